@ 7 cycles = 2 issue + 1 memory + 4 branch
@ LDR PC blocks: two cycles for the load and three to refill, five at least [TRM DDI0337I 3.3.2].
    .include "frame.inc"
    program
    adr.w r4, first
    add.w r4, r4, 1
    str r4, [r1]
    measure
    ldr.w pc, [r1]              @ 2 + 3
    .balign 4
first:
    finish
