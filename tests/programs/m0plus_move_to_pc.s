@ 5 cycles = 3 issue + 2 branch
@ MOV PC takes two cycles [TRM DDI0484C table 3.1].
    .include "m0plus_frame.inc"
    program
    adr r2, target
    measure
    mov pc, r2                  @ 2
    .balign 4
target:
    nop                         @ 1
    finish
