@ 10 cycles = 9 issue + 1 branch
@ Data processing takes one cycle, whatever it reads [TRM DDI0484C table 3.1]. No dependency costs anything.
    .include "m0plus_frame.inc"
    program
    measure
    movs r0, 1                  @ 1
    adds r0, r0, r0             @ 1
    lsls r2, r0, 3              @ 1
    rev16 r2, r2                @ 1
    sxtb r2, r2                 @ 1
    add r8, r2                  @ 1
    cmp r0, r8                  @ 1
    cpsid i                     @ 1
    finish
