@ 5 cycles = 4 issue + 1 branch
@ Pre- and post-indexed stores take one cycle, alternating bases [J: cm4].
    .include "frame.inc"
    program
    measure
    str r0, [r1], 4             @ 1
    str r0, [r3, 4]!            @ 1
    str r0, [r1], 4             @ 1
    finish
