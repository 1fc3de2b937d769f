@ 7 cycles = 4 issue + 2 address + 1 branch
@ Pre- and post-indexed stores on the same base do not follow each other at once [J: cm4].
    .include "frame.inc"
    program
    measure
    str r0, [r1], 4             @ 1
    str r0, [r1], 4             @ 2
    str r0, [r1], 4             @ 2
    finish
