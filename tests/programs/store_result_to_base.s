@ 5 cycles = 3 issue + 1 address + 1 branch
@ A store needs its base as early as a load does [TRM DDI0337I 3.3.2: any load or store]. Its data may come late.
    .include "frame.inc"
    program
    measure
    adds r1, r1, 4              @ 1
    str r1, [r1]                @ 1 + 1
    finish
