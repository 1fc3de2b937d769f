@ 11 cycles = 6 issue + 5 branch
@ A taken branch takes two cycles, one not taken one [TRM DDI0484C table 3.1], whether its target is aligned or not.
    .include "m0plus_frame.inc"
    program
    movs r0, 0
    measure
    b first                     @ 2
    nop
first:
    bne first                   @ 1, not taken
    beq second                  @ 2
    nop
second:
    bpl third                   @ 2
    nop
third:
    bcc fourth                  @ 2, the carry is clear
    nop
fourth:
    finish
