@ 18 cycles = 9 issue + 2 memory + 7 branch
@ BL takes three cycles, BX and BLX of a register two, POP with PC three and one a register, PC among them
@ [TRM DDI0484C table 3.1].
    .include "m0plus_frame.inc"
    program
    adr r2, leaf
    adds r2, 1
    measure
    bl function                 @ 3
    blx r2                      @ 2
    finish
    .balign 4
leaf:
    bx lr                       @ 2
    .balign 4
function:
    nop                         @ 1
    push {lr}                   @ 2
    nop                         @ 1
    nop                         @ 1
    pop {pc}                    @ 3 + 1
