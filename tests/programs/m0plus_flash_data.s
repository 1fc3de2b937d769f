@ 14 cycles = 4 issue + 3 memory + 1 branch + 2 flash_code + 4 flash_data
@ A load from flash takes both wait states, unless from the eight bytes that were read as data last. The instruction cache
@ does not hold data.
    .include "m0plus_frame.inc"
    program
    adr r2, constants
    flash_control 3
    measure
    ldr r0, [r2]                @ 2 + 2 of waiting
    ldrb r3, [r2, 5]            @ 2
    ldr r4, [r2, 8]             @ 2 + 2 of waiting
    finish                      @ 2 of waiting
    .balign 16, 0
constants:
    .word 1, 2, 3, 4
