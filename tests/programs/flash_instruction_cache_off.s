@ 33 cycles = 17 issue + 2 branch + 14 flash_code
@ Without the cache only the last read is held: a loop of two reads waits in each pass, 4 + (4 - 2), and `b end` once.
    .include "frame.inc"
    program
    flash_control 0x004
    movs r5, 2
    measure
again:
    .rept 6
    nop                         @ 2 x 1
    .endr
    subs r5, 1                  @ 2 x 1
    bne.n again                 @ 2 x 1, and 1 to refill
    finish
