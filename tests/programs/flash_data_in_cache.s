@ 65 cycles = 21 issue + 2 memory + 2 branch + 8 flash_code + 32 flash_data
@ Eight reads of eight bytes fit into a data cache of 64 bytes: the second pass hits. Code: 4 + 2 x (4 - 2), once.
    .include "frame.inc"
    program
    flash_control 0x604
    adr.w r4, data
    movs r5, 2
    measure
again:
    .irp offset, 0, 8, 16, 24, 32, 40, 48, 56
    ldr r0, [r4, \offset]       @ 1, the last one 2
    .endr
    subs r5, 1                  @ 1
    bne.n again                 @ 1, and 1 to refill
    finish
    .balign 16
data:
    .word 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
