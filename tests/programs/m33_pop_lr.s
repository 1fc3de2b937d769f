@ 26 cycles = 8 issue + 16 memory + 2 branch
@ With three instructions between, POP LR and BX LR are two cycles faster than POP PC [J]: 12 - 2 + 3 cycles.
    .include "m33_frame.inc"
    program
    measure
    adr.w lr, behind + 1        @ 1
    push {r4-r11, lr}           @ 9
    pop {r4-r11, lr}            @ 9
    mov r10, r10                @ 1
    mov r10, r10                @ 1
    mov r10, r10                @ 1
    bx lr                       @ 0 + 1
    .balign 4
behind:
    nop.w                       @ 1
    finish
