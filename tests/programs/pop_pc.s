@ 13 cycles = 4 issue + 4 memory + 5 branch
@ POP of N registers with PC: 1 + N + P with P = 3, for the target comes from memory [TRM 100166 table 3-1].
    .include "frame.inc"
    program
    measure
    bl function                 @ 1 + 1
    finish
    .balign 4
function:
    push {r4, lr}               @ 1 + 2
    pop {r4, pc}                @ 1 + 2 + 3
