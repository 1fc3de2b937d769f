@ 6 cycles = 4 issue + 1 memory + 1 branch
@ One instruction in between is enough for the base to arrive.
    .include "frame.inc"
    program
    measure
    adds r1, r1, 4              @ 1
    movs r2, 0                  @ 1
    ldr r0, [r1]                @ 2
    finish
