@ 6 cycles = 3 issue + 2 memory + 1 branch
@ A load can't pipeline behind a store: one cycle more [J: stores can't be pipelined with following loads].
    .include "frame.inc"
    program
    measure
    str r0, [r1]                @ 1
    ldr r2, [r3]                @ 1 + 2
    finish
