@ 18 cycles = 13 issue + 1 branch + 4 flash_code
@ With prefetch the next eight bytes are read while four 16-bit instructions run: four cycles hide the four wait states
@ [ST manuals: prefetch reads the next line while the current one executes].
    .include "frame.inc"
    program
    flash_control 0x704
    measure
    .rept 12
    nop                         @ 1
    .endr
    finish                      @ 4 of waiting
