@ 6 cycles = 3 issue + 2 memory + 1 branch
@ Indexed loads on the same base can't be chained back to back [J: cm4].
    .include "frame.inc"
    program
    measure
    ldr r0, [r1], 4             @ 2
    ldr r2, [r1], 4             @ 2
    finish
