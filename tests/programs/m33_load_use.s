@ 11 cycles = 8 issue + 2 memory + 1 branch
@ A load's result can be used two cycles later [J].
    .include "m33_frame.inc"
    program
    movs r7, 0
    str r7, [r3]
    measure
    ldr r0, [r1]                @ 1
    adds r2, r0, 1              @ 2
    ldr r4, [r1]                @ 1
    adds r5, r5, 1              @ 1
    adds r6, r4, 1              @ 1
    ldr.w r7, [r3]              @ 1
    ldrb.w r8, [r3, r7]         @ 2
    finish
