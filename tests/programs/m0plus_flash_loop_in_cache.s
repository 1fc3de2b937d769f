@ 47 cycles = 36 issue + 3 branch + 8 flash_code
@ A loop of 22 bytes and what follows are four reads of eight bytes: each is read once, without prefetch.
    .include "m0plus_frame.inc"
    program
    movs r0, 3
    flash_control 2
    measure
again:
    .rept 9
    nop                         @ 3 x 9
    .endr
    subs r0, 1                  @ 3 x 1
    bne again                   @ 2 + 2 + 1
    nop                         @ 1
    nop
    finish                      @ 4 x 2 of waiting
