@ 21 cycles = 5 issue + 1 memory + 1 branch + 6 flash_code + 8 flash_data
@ Constants in flash: 16 bytes are two reads of eight bytes in dual-bank mode, 4 wait states each. Code: 4 + (4 - 2).
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
