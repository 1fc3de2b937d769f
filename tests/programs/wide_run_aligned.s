@ 13 cycles = 11 issue + 1 memory + 1 branch
@ On word boundaries a word a cycle is enough, for a run of any length.
    .include "frame.inc"
    program
    measure
    nop                         @ 1
    nop                         @ 1
    nop                         @ 1
    ldr r0, [r1]                @ 2
    add.w r2, r2, 1             @ 1
    add.w r4, r4, 1             @ 1
    add.w r5, r5, 1             @ 1
    add.w r2, r2, 1             @ 1
    add.w r4, r4, 1             @ 1
    add.w r5, r5, 1             @ 1
    finish
