@ 14 cycles = 9 issue + 4 multiply + 1 branch
@ A product can be used two cycles later, but added to the next product at once; MULS takes two cycles [J].
    .include "m33_frame.inc"
    program
    measure
    mul r0, r4, r5              @ 1
    add.w r2, r0, r4            @ 2
    mul r0, r4, r5              @ 1
    mla r0, r4, r5, r0          @ 1
    smlad r0, r4, r5, r0        @ 1
    smlad r2, r0, r5, r4        @ 2
    muls r0, r4, r0             @ 2
    adds r6, r0, 1              @ 2
    finish
