@ 4 cycles = 2 issue + 2 branch
@ The same at zero wait states.
    .include "frame.inc"
    program
    flash_control 0x600
    measure
    b.n first                   @ 1 + 1
    .balign 16
first:
    finish
