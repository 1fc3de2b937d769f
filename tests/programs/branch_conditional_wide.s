@ 6 cycles = 3 issue + 3 branch
@ Taken, 32 bits wide: 1 + 2 [Embench; P is 1 to 3, TRM 100166 table 3-1].
    .include "frame.inc"
    program
    cmp r1, 0
    measure
    bne.w first                 @ 1 + 2
    nop
    nop
first:
    nop                         @ 1
    finish
