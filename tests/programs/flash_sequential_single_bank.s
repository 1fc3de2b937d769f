@ 18 cycles = 13 issue + 1 branch + 4 flash_code
@ The same in single-bank mode: two reads of 16 bytes. The core fetches four words in four cycles and takes eight for them: all of
@ the second read is hidden.
    .include "frame.inc"
    program
    flash_control 0x604
    measure
    .rept 12
    nop                         @ 1
    .endr
    finish                      @ 4 of waiting
