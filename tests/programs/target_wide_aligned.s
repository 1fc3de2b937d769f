@ 5 cycles = 3 issue + 2 branch
@ Nor does a 32-bit target on a word boundary.
    .include "frame.inc"
    program
    measure
    b.n first                   @ 1 + 1
    .balign 4
first:
    add.w r0, r0, 1             @ 1
    finish
