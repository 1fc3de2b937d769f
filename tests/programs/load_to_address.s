@ 7 cycles = 3 issue + 2 memory + 1 address + 1 branch
@ A load whose address the load before brings can't pipeline [TRM DDI0337I 3.3.2], and the base is needed a cycle
@ earlier than a result usually is [J: jnk0le/random, cortex_m3m4.md]: three cycles from a link of a list to the next.
    .include "frame.inc"
    program
    str r1, [r1]                @ points to itself
    measure
    ldr r0, [r1]                @ 2
    ldr r2, [r0]                @ 1 + 2
    finish
