@ 24 cycles = 13 issue + 1 branch + 10 flash_code
@ 26 bytes of straight code are four reads of eight bytes. The first one, behind the branch, costs all four wait states;
@ the core's own fetch buffer, two words ahead, hides two of the others'. No prefetch.
    .include "frame.inc"
    program
    flash_control 0x604
    measure
    .rept 12
    nop                         @ 1
    .endr
    finish                      @ 4 + 3 x 2 of waiting
