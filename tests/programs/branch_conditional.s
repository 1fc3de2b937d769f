@ 9 cycles = 7 issue + 2 branch
@ Not taken 1, taken 1 + P [TRM 100166 table 3-1]; a wide one refills a cycle later [Embench].
    .include "frame.inc"
    program
    measure
    cmp r1, 0                   @ 1
    beq.n elsewhere             @ 1: not taken
    beq.w elsewhere             @ 1: not taken
    nop                         @ 1
    bne.n first                 @ 1 + 1
elsewhere:
    nop
    .balign 4
first:
    nop                         @ 1
    finish
