@ 7 cycles = 5 issue + 1 fetch + 1 branch
@ A word a cycle comes over the code bus. The literal takes the cycle in which the third word would have come.
    .include "m33_frame.inc"
    program
    measure
    ldr.w r0, table + 4         @ 1
    nop.w                       @ 1
    nop.w                       @ 2
    nop.w                       @ 1
    finish
