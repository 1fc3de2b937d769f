@ 24 cycles = 13 issue + 1 branch + 10 flash_code
@ 26 bytes of straight code are four reads of eight bytes. The first one, behind the branch, costs all four wait states;
@ of the others' two are hidden, as the core fetches two words in two cycles and takes four for them. No prefetch.
    .include "frame.inc"
    program
    flash_control 0x604
    measure
    .rept 12
    nop                         @ 1
    .endr
    finish                      @ 4 + 3 x 2 of waiting
