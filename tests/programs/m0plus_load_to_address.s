@ 8 cycles = 4 issue + 3 memory + 1 branch
@ What was loaded or computed can be an address at once: no interlock [TRM DDI0484C table 3.1].
    .include "m0plus_frame.inc"
    program
    str r1, [r1]
    measure
    ldr r0, [r1]                @ 2
    ldr r0, [r0]                @ 2
    str r0, [r0, 4]             @ 2
    finish
