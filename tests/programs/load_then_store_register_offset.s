@ 5 cycles = 3 issue + 1 memory + 1 branch
@ LDR R0,[R1,R2]; STR R1,[R3,R2] is three cycles [TRM DDI0337I 3.3.2, examples]: the store's second cycle is saved.
    .include "frame.inc"
    program
    movs r2, 4
    measure
    ldr r0, [r1, r2]            @ 2
    str r1, [r3, r2]            @ 1
    finish
