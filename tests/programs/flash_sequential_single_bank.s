@ 20 cycles = 13 issue + 1 branch + 6 flash_code
@ The same in single-bank mode: two reads of 16 bytes.
    .include "frame.inc"
    program
    flash_control 0x604
    measure
    .rept 12
    nop                         @ 1
    .endr
    finish                      @ 4 + 2 of waiting
