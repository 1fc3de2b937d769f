@ 11 cycles = 3 issue + 7 memory + 1 branch
@ 1 + N cycles each [TRM 100166 table 3-1]. The stack pointer that PUSH writes is a base update, not a late result.
    .include "frame.inc"
    program
    measure
    push {r0, r2, r4}           @ 1 + 3
    pop {r4-r7}                 @ 1 + 4
    finish
