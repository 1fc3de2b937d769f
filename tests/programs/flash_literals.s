@ 13 cycles = 3 issue + 1 memory + 1 branch + 4 flash_code + 4 flash_data
@ Literals come over the data bus and stay in its cache: the first load waits, the second finds its neighbour there.
    .include "frame.inc"
    program
    flash_control 0x604
    measure
    ldr r0, literals            @ 1
    ldr r2, literals + 4        @ 2
    finish
    .balign 8
literals:
    .word 1, 2
