@ 16 cycles = 7 issue + 1 branch + 8 flash_code
@ Eight bytes are only two cycles of 32-bit instructions: of five wait states prefetch hides two and the fetch buffer two.
    .include "frame.inc"
    program
    flash_control 0x705
    measure
    .rept 6
    add.w r0, r0, 1             @ 1
    .endr
    finish                      @ 5 + 3 x 1 of waiting
