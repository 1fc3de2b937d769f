@ 22 cycles = 7 issue + 1 branch + 14 flash_code
@ Eight bytes are only two cycles of 32-bit instructions: so many of the five wait states are hidden.
    .include "frame.inc"
    program
    flash_control 0x705
    measure
    .rept 6
    add.w r0, r0, 1             @ 1
    .endr
    finish                      @ 5 + 3 x 3 of waiting
