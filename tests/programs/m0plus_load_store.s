@ 16 cycles = 8 issue + 7 memory + 1 branch
@ A load or a store takes two cycles, and nothing pipelines [TRM DDI0484C table 3.1].
    .include "m0plus_frame.inc"
    program
    movs r2, 4
    measure
    str r2, [r1]                @ 2
    ldr r0, [r1]                @ 2
    ldrb r4, [r1, 1]            @ 2
    ldrsh r5, [r1, r2]          @ 2
    strh r5, [r1, r2]           @ 2
    ldr r7, [sp, 0]             @ 2
    str r7, [sp, 0]             @ 2
    finish
