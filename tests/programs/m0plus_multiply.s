@ 5 cycles = 4 issue + 1 branch
@ MULS takes one cycle with the fast multiplier [TRM DDI0484C table 3.1].
    .include "m0plus_frame.inc"
    program
    movs r0, 255
    mvns r2, r0
    measure
    muls r0, r2, r0             @ 1
    muls r0, r0, r0             @ 1
    muls r2, r0, r2             @ 1
    finish
