@ 15 cycles = 5 issue + 1 memory + 1 branch + 4 flash_code + 4 flash_data
@ The same in single-bank mode: one read of 16 bytes for the constants and one for the code.
    .include "frame.inc"
    program
    flash_control 0x604
    adr.w r4, data
    measure
    ldr r0, [r4]                @ 1
    ldr r2, [r4, 4]             @ 1
    ldr r5, [r4, 8]             @ 1
    ldr r7, [r4, 12]            @ 2
    finish
    .balign 16
data:
    .word 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
