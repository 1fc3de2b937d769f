@ 23 cycles = 13 issue + 1 branch + 3 fetch + 2 flash_code + 4 flash_data
@ Two wait states, one cache for code and data, prefetch: the line behind the one that was read last is there in time.
    .include "m33_frame.inc"
    program
    movw r6, 0x0400
    movt r6, 0x4003
    movs r7, 5
    str r7, [r6]                @ ICACHE_CR: on, two ways
    flash_control 0x102
    measure                     @ code 2: a miss by a branch; the lines that follow are fetched ahead
    ldr.w r0, data              @ 1, data 2
    nop.w                       @ 1
    nop.w                       @ 2, the literal takes a cycle of the code bus
    nop.w                       @ 1
    ldr.w r0, data + 16         @ 1, data 0: prefetched
    nop.w                       @ 1
    nop.w                       @ 2
    nop.w                       @ 1
    ldr.w r0, data + 64         @ 1, data 2
    nop.w                       @ 1
    nop.w                       @ 2
    nop.w                       @ 1
    finish
    .balign 16
data:
    .space 80, 0
