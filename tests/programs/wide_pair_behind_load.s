@ 10 cycles = 8 issue + 1 memory + 1 branch
@ Two such instructions don't empty the buffer [C: groups of three or more].
    .include "frame.inc"
    program
    measure
    nop                         @ 1
    nop                         @ 1
    nop                         @ 1
    nop                         @ 1
    ldr r0, [r1]                @ 2
    add.w r2, r2, 1             @ 1
    add.w r4, r4, 1             @ 1
    finish
