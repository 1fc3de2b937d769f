@ 12 cycles = 2 issue + 2 branch + 8 flash_code
@ Four wait states: a branch into code that is in no cache waits for all four [ST manuals: n + 1 cycles a read].
    .include "frame.inc"
    program
    flash_control 0x604
    measure
    b.n first                   @ 1 + 1, and 4 each for the frame's and this one's target
    .balign 16
first:
    finish
