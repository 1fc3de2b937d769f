@ 10 cycles = 9 issue + 1 branch
@ A narrow NOP issues with a narrow instruction before it; nothing else does, nor with a wide one [J].
    .include "m33_frame.inc"
    program
    measure
    adds r0, 1                  @ 1
    nop                         @ 0
    adds r2, 1                  @ 1
    adds r4, 1                  @ 1
    ldr r5, [r1]                @ 1
    nop                         @ 0
    add.w r0, r0, r2            @ 1
    nop                         @ 1
    adds r4, 1                  @ 1
    nop.w                       @ 1
    finish
