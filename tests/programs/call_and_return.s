@ 8 cycles = 4 issue + 4 branch
@ BL 1 + P with P = 1; BX LR 1 + P with P = 2: its target comes from a register [TRM 100166 table 3-1].
    .include "frame.inc"
    program
    measure
    bl function                 @ 1 + 1
    nop                         @ 1
    finish
    .balign 4
function:
    bx lr                       @ 1 + 2
