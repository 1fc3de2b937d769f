@ 8 cycles = 5 issue + 2 memory + 1 branch
@ Any other instruction between two loads ends the chain.
    .include "frame.inc"
    program
    measure
    ldr r0, [r1]                @ 1
    ldr r2, [r3]                @ 2: N + 1 for two
    adds r4, r4, 1              @ 1
    ldr r5, [r1, 4]             @ 2
    finish
