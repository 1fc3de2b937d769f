@ DMA1 of the STM32L4R5 moves code into RAM, and code again to the same place; its interrupt tells that it is done.
        .include "prelude.inc"
        .equ    RAM_CODE, 0x20002000
        .equ    DMA1, 0x40020000
        .equ    NVIC_ISER0, 0xE000E100

@ The functions of RAM return 1, then 2, both from one place.
begin moves_code
        ldr     r0, =first_code
        bl      move
        ldr     r1, =RAM_CODE + 1
        blx     r1
        ldr     r5, =RESULTS
        str     r0, [r5]
        ldr     r0, =second_code
        bl      move
        ldr     r1, =RAM_CODE + 1
        blx     r1
        str     r0, [r5, #4]
        finish

move:
        ldr     r1, =DMA1
        movs    r2, #0
        str     r2, [r1, #0x08]         @ CCR1
        movs    r2, #0xF
        str     r2, [r1, #0x04]         @ IFCR
        movs    r2, #2
        str     r2, [r1, #0x0C]         @ CNDTR1: words
        str     r0, [r1, #0x10]         @ CPAR1
        ldr     r2, =RAM_CODE
        str     r2, [r1, #0x14]         @ CMAR1
        ldr     r2, =0x4AC1             @ memory to memory, words, both increment
        str     r2, [r1, #0x08]
moving:
        ldr     r2, [r1]
        lsls    r2, r2, #30             @ TCIF1
        bpl     moving
        bx      lr

        .balign 4
first_code:
        movs    r0, #1
        bx      lr
        nop
        nop
second_code:
        movs    r0, #2
        bx      lr
        nop
        nop

@ Sleeps until 1000 words are moved. The handler leaves what ISR was.
begin sleeps
        ldr     r0, =NVIC_ISER0
        mov     r1, #1 << 11
        str     r1, [r0]
        ldr     r1, =DMA1
        mov     r2, #1000
        str     r2, [r1, #0x0C]
        ldr     r2, =0x08000400
        str     r2, [r1, #0x10]
        ldr     r2, =RAM_CODE
        str     r2, [r1, #0x14]
        ldr     r2, =0x4AC3             @ with the interrupt of all
        str     r2, [r1, #0x08]
        wfi
        finish

begin sleeps_handler
        ldr     r1, =DMA1
        ldr     r2, [r1]
        ldr     r0, =RESULTS
        str     r2, [r0]
        movs    r2, #1
        str     r2, [r1, #0x04]
        bx      lr
