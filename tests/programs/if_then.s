@ 8 cycles = 7 issue + 1 branch
@ IT is folded into a 16-bit instruction before it [TRM 100166, IT folding]. What is skipped takes its cycle too.
    .include "frame.inc"
    program
    measure
    cmp r1, 0                   @ 1
    ite eq                      @ 0
    moveq r0, 1                 @ 1: skipped
    movne r0, 2                 @ 1
    add.w r2, r2, 1             @ 1
    it eq                       @ 1: the instruction before has 32 bits
    moveq r0, 3                 @ 1: skipped
    finish
