@ 225 cycles = 145 issue + 2 branch + 78 flash_code
@ A loop of 144 bytes, twice, in an instruction cache of 128 that drops what was used longest ago: each read finds that
@ its line has just gone. Both passes: one read behind a branch, 4, and 17 in sequence, 4 - 2 each; then one for `b end`.
    .include "frame.inc"
    program
    flash_control 0x604
    movs r5, 2
    measure
again:
    .rept 70
    nop                         @ 2 x 1
    .endr
    subs r5, 1                  @ 2 x 1
    bne.n again                 @ 2 x 1, and 1 to refill
    finish
