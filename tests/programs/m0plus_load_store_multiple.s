@ 17 cycles = 5 issue + 11 memory + 1 branch
@ LDM, STM, PUSH and POP of N registers take 1 + N cycles [TRM DDI0484C table 3.1].
    .include "m0plus_frame.inc"
    program
    mov r4, r1
    measure
    stm r4!, {r0, r2, r3}       @ 1 + 3
    push {r0, r2, r3}           @ 1 + 3
    pop {r0, r2, r3}            @ 1 + 3
    ldm r1!, {r5, r6}           @ 1 + 2
    finish
