@ 5 cycles = 3 issue + 2 branch
@ A 16-bit target in the second half of a word costs nothing more.
    .include "frame.inc"
    program
    measure
    b.n first                   @ 1 + 1
    .balign 4
    nop
first:
    nop                         @ 1
    finish
