@ 9 cycles = 8 issue + 1 branch
@ Shifted operands and extend-and-add give their result to the addend of the next one at once [J].
    .include "m33_frame.inc"
    program
    measure
    eor.w r0, r1, r2, lsl 3     @ 1
    mla r0, r4, r5, r0          @ 1
    uxtab r2, r4, r5            @ 1
    mla r2, r4, r5, r2          @ 1
    uxtab r0, r4, r5            @ 1
    uxtab r0, r0, r5            @ 1
    str.w r0, [r3]              @ 1
    finish
