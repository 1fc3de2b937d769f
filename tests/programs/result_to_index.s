@ 7 cycles = 4 issue + 1 memory + 1 address + 1 branch
@ An index is as late as a base [J: jnk0le/random, cortex_m3m4.md: base and offset a cycle earlier].
    .include "frame.inc"
    program
    movs r2, 0
    measure
    nop                         @ 1
    adds r2, r2, 4              @ 1
    ldr.w r0, [r1, r2, lsl 2]   @ 1 + 2
    finish
