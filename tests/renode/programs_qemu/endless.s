    .include "frame.inc"
    program
    measure
1:  adds    r0, #1
    b       1b
    finish
