@ 8 cycles = 2 issue + 2 memory + 4 branch
@ TBB blocks: two cycles for the load, one for the addition, three to refill: six at least [TRM DDI0337I 3.3.2].
    .include "frame.inc"
    program
    movs r0, 1
    measure
    tbb [pc, r0]                @ 2 + 1 + 3
offsets:
    .byte 0, (first - offsets) / 2
    .balign 4
first:
    finish
