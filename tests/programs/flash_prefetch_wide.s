@ 21 cycles = 7 issue + 1 branch + 13 flash_code
@ Eight bytes are only two cycles of 32-bit instructions: so many of the five wait states are hidden, and of the read
@ behind the first one a third, that of the refill.
    .include "frame.inc"
    program
    flash_control 0x705
    measure
    .rept 6
    add.w r0, r0, 1             @ 1
    .endr
    finish                      @ 5 + 2 + 2 x 3 of waiting
