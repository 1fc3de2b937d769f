@ 22 cycles = 13 issue + 1 branch + 8 flash_code
@ 26 bytes of straight code are four reads of eight bytes. Without prefetch each takes both wait states; the core has no
@ fetch buffer to hide them.
    .include "m0plus_frame.inc"
    program
    flash_control 0
    measure
    .rept 12
    nop                         @ 1
    .endr
    finish                      @ 4 x 2 of waiting
