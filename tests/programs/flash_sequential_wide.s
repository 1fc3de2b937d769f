@ 24 cycles = 7 issue + 1 branch + 16 flash_code
@ Eight bytes of 32-bit instructions run in the two cycles in which the core fetches them: it never gets ahead, and each of the
@ four reads waits for all four wait states [RM0440 3.3.4: at least two cycles for the 64 bits read before]. No prefetch.
    .include "frame.inc"
    program
    flash_control 0x604
    measure
    .rept 6
    add.w r0, r0, 1             @ 1
    .endr
    finish                      @ 4 x 4 of waiting
