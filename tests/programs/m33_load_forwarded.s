@ 12 cycles = 9 issue + 2 memory + 1 branch
@ A loaded word can be stored or added to a product at once, but not be added to an extended register [J].
    .include "m33_frame.inc"
    program
    measure
    ldr r0, [r1]                @ 1
    str r0, [r3]                @ 1
    ldr r5, [r1]                @ 1
    mla r2, r4, r4, r5          @ 1
    ldr r0, [r1]                @ 1
    mla r4, r0, r4, r5          @ 2
    ldr.w r0, [r1]              @ 1
    uxtab r2, r0, r4            @ 2
    finish
