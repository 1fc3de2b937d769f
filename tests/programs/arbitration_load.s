@ 9 cycles = 5 issue + 2 memory + 1 ram_data + 1 branch
@ A load alone waits until the bus matrix has turned to SRAM2, loads that chain do not [recorded cycles of pqm4].
    .include "frame.inc"
    program
    add.w r4, r1, 0x10000
    measure
    ldr r0, [r4]                @ 2 + 1
    add r6, r7                  @ 1
    ldr r2, [r4, 4]             @ 1
    ldr r5, [r4, 8]             @ 2
    finish
