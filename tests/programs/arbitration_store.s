@ 8 cycles = 6 issue + 1 ram_data + 1 branch
@ The first of a run of stores waits for the bus matrix in the write buffer, and has the second wait once.
    .include "frame.inc"
    program
    add.w r4, r1, 0x10000
    measure
    str r0, [r4]                @ 1
    str r0, [r4, 4]             @ 1 + 1
    str r0, [r4, 8]             @ 1
    add r6, r7                  @ 1
    str r0, [r4]                @ 1
    finish
