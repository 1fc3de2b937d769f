@ 5 cycles = 3 issue + 1 memory + 1 branch
@ A PC-relative load and one from RAM pipeline: its address is known early [Embench].
    .include "frame.inc"
    program
    measure
    ldr r0, constant            @ 1
    ldr r2, [r1]                @ 2
    finish
    .balign 4
constant:
    .word 1
