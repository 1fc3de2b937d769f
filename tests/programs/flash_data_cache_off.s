@ 22 cycles = 4 issue + 1 memory + 1 branch + 4 flash_code + 12 flash_data
@ Without the cache only the last read is held: going back and forth waits each time.
    .include "frame.inc"
    program
    flash_control 0x204
    adr.w r4, data
    measure
    ldr r0, [r4]                @ 1
    ldr r2, [r4, 8]             @ 1
    ldr r5, [r4]                @ 2
    finish
    .balign 16
data:
    .word 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
