@ 15 cycles = 4 issue + 6 memory + 5 branch
@ POP with PC takes three cycles and one a register, PC among them; BL takes three [TRM DDI0484C table 3.1].
    .include "m0plus_frame.inc"
    program
    measure
    bl function                 @ 3
    finish
    .balign 4
function:
    push {r4, r5, lr}           @ 1 + 3
    pop {r4, r5, pc}            @ 3 + 3
