@ 26 cycles = 6 issue + 16 memory + 4 branch
@ POP of nine registers with PC takes twelve cycles [J].
    .include "m33_frame.inc"
    program
    measure
    nop.w                       @ 1
    adr.w lr, behind + 1        @ 1
    push {r4-r11, lr}           @ 9
    pop {r4-r11, pc}            @ 9 + 3
    .balign 4
behind:
    nop.w                       @ 1
    finish
