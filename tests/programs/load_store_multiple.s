@ 12 cycles = 4 issue + 7 memory + 1 branch
@ LDM and STM of N registers take 1 + N cycles and pipeline with nothing [TRM 100166 table 3-1].
    .include "frame.inc"
    program
    measure
    ldm r1, {r4-r6}             @ 1 + 3
    nop                         @ 1
    stm r3!, {r4-r7}            @ 1 + 4
    finish
