@ 7 cycles = 4 issue + 2 memory + 1 branch
@ LDREX and STREX two cycles, CLREX one [TRM 100166 table 3-1].
    .include "frame.inc"
    program
    measure
    ldrex r0, [r1]              @ 2
    strex r2, r0, [r1]          @ 2
    clrex                       @ 1
    finish
