@ 155 cycles = 121 issue + 2 branch + 32 flash_code
@ A loop of 120 bytes, twice, in an instruction cache of 128: the second pass hits [ST manuals: caches without wait].
@ First pass: one read behind the branch, 4, and 14 in sequence, 4 - 2 each: the core fetches eight bytes in two cycles and
@ takes four for them. The second pass fills its fetch buffer, two words, four cycles, which hide all of the read for `b end`.
    .include "frame.inc"
    program
    flash_control 0x604
    movs r5, 2
    measure
again:
    .rept 58
    nop                         @ 2 x 1
    .endr
    subs r5, 1                  @ 2 x 1
    bne.n again                 @ 2 x 1, and 1 to refill
    finish
