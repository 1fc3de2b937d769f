@ 6 cycles = 4 issue + 1 memory + 1 branch
@ Indexed loads on alternating bases chain like others [J: cm4]. The wide opcodes stand on word boundaries.
    .include "frame.inc"
    program
    measure
    ldr r0, [r1], 4             @ 1
    ldr r2, [r3, 4]!            @ 1
    ldr r4, [r1], 4             @ 2
    finish
