@ 6 cycles = 4 issue + 2 branch
@ CBZ and CBNZ: 1, or 1 + P if taken [TRM 100166 table 3-1].
    .include "frame.inc"
    program
    measure
    cbz r1, first               @ 1: not taken
    nop                         @ 1
    cbnz r1, first              @ 1 + 1
    nop
    .balign 4
first:
    finish
