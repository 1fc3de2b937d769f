@ 5 cycles = 3 issue + 1 memory + 1 branch
@ LDR R0; STR R0 with an immediate offset is three cycles [TRM DDI0337I 3.3.2, examples].
    .include "frame.inc"
    program
    measure
    ldr r0, [r1]                @ 2
    str r0, [r3, 20]            @ 1
    finish
