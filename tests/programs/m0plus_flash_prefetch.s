@ 16 cycles = 13 issue + 1 branch + 2 flash_code
@ With prefetch the next eight bytes are read while four 16-bit instructions run: four cycles hide both wait states of
@ all reads but the first, behind the branch.
    .include "m0plus_frame.inc"
    program
    flash_control 3
    measure
    .rept 12
    nop                         @ 1
    .endr
    finish                      @ 2 of waiting
