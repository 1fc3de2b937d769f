@ 96 cycles = 61 issue + 3 branch + 32 flash_code
@ A loop of 40 bytes is five reads: one more than are held, and the oldest is the next one needed. Without prefetch each
@ costs both wait states.
    .include "m0plus_frame.inc"
    program
    movs r0, 3
    flash_control 2
    measure
again:
    .rept 18
    nop                         @ 3 x 18
    .endr
    subs r0, 1                  @ 3 x 1
    bne again                   @ 2 + 2 + 1
    finish                      @ (3 x 5 + 1) x 2 of waiting
