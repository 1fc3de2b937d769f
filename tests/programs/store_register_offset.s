@ 6 cycles = 3 issue + 2 memory + 1 branch
@ A store with three registers to read takes two cycles, and nothing pipelines behind it [TRM DDI0337I 3.3.2; J].
    .include "frame.inc"
    program
    movs r2, 4
    measure
    str r0, [r1, r2]            @ 2
    strb r0, [r3, r2]           @ 2
    finish
