@ 7 cycles = 4 issue + 1 fetch + 2 branch
@ A word a cycle comes over the code bus: a wide instruction in two words waits for the second.
    .include "m33_frame.inc"
    program
    measure
    b.w target                  @ 1 + 1
    .balign 4
    nop
target:
    nop.w                       @ 2
    nop.w                       @ 1
    finish
