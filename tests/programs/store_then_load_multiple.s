@ 8 cycles = 3 issue + 4 memory + 1 branch
@ Nor does LDM [J: stores can't be pipelined with following load multiple]: 1 + 1 + (1 + N).
    .include "frame.inc"
    program
    measure
    str r0, [r1]                @ 1
    ldm r3, {r4-r6}             @ 1 + 1 + 3
    finish
