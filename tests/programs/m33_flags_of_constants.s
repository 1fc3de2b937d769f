@ 9 cycles = 8 issue + 1 branch
@ A shifted constant takes two cycles when it sets the flags, a shifted register does not [J].
    .include "m33_frame.inc"
    program
    measure
    adds.w r0, r1, 0x1fc0       @ 2
    add.w r2, r1, 0x1fc0        @ 1
    adds.w r4, r1, r2, lsl 3    @ 2 one waits for r2
    movs.w r5, 0x1fc0           @ 1
    adds.w r0, r1, 0x1f         @ 1
    finish
