@ 2 cycles = 1 issue + 1 branch
@ The frame alone: a direct branch to an aligned target refills in one cycle [TRM 100166 table 3-1: P is 1 to 3].
    .include "frame.inc"
    program
    measure
    finish
