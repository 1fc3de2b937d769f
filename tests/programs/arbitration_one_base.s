@ 11 cycles = 4 issue + 1 memory + 5 ram_data + 1 branch
@ Indexed loads on the same base do not chain in SRAM2, so each waits for the bus matrix [recorded cycles of pqm4's AES].
    .include "frame.inc"
    program
    add.w r4, r1, 0x10000
    measure
    ldr r0, [r4], 4             @ 2 + 1
    ldr r2, [r4], 4             @ 2 + 1
    ldr r5, [r4], 4             @ 2 + 1
    finish
