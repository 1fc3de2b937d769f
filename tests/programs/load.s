@ 5 cycles = 3 issue + 1 memory + 1 branch
@ A load alone takes two cycles [TRM 100166 table 3-1].
    .include "frame.inc"
    program
    measure
    ldr r0, [r1]                @ 2
    adds r2, r2, 1              @ 1
    finish
