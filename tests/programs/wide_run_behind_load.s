@ 12 cycles = 9 issue + 1 memory + 1 branch + 1 fetch
@ A load, then three wide instructions across word boundaries: the fetch buffer has filled up and starts again a cycle
@ late [eprint 2025/523, cited by J; C: groups of three or more].
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
    add.w r5, r5, 1             @ 1 + 1 somewhere in this run
    finish
