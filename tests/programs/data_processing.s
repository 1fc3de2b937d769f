@ 11 cycles = 10 issue + 1 branch
@ One cycle each, whatever the operand and the width [TRM 100166 table 3-1].
    .include "frame.inc"
    program
    measure
    movs r0, 5                  @ 1
    adds r0, r0, 1              @ 1
    eor.w r2, r0, r0, lsl 3     @ 1
    ubfx r4, r2, 2, 5           @ 1
    clz r5, r4                  @ 1
    ssat r5, 8, r2              @ 1
    uadd8 r5, r5, r2            @ 1
    qadd r5, r5, r2             @ 1
    nop                         @ 1
    finish
