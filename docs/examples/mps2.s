@ For QEMU's machines mps2-an386, mps2-an500 and mps3-an547, with code at 0 and RAM at 0x20000000: loops, calls, literals,
@ loads and stores of one and of several registers, IT blocks. Then it ends QEMU by semihosting. For mps2-an505 tell the
@ linker -Ttext=0x10000000 and the assembler --defsym RAM=0x38000000.
@
@     arm-none-eabi-gcc -mcpu=cortex-m4 -nostdlib -Wl,-Ttext=0,-e,start -o mps2.elf mps2.s

    .syntax unified
    .cpu    cortex-m4
    .thumb
    .ifndef RAM
    .set    RAM, 0x20000000
    .endif
    .text
    .word   RAM + 0x8000, start + 1
    .balign 0x100

    .global start, window_begins, window_ends
    .type   start, %function
start:
    ldr     r7, =RAM
    movs    r6, #0
    b       window_begins
    .size   start, . - start
    .ltorg
    .type   window_begins, %function
window_begins:
    movs    r5, #50
outer:
    mov     r0, r7
    mov     r1, r5
    bl      fill
    bl      reduce
    add     r6, r0
    subs    r5, #1
    bne     outer
    .size   window_begins, . - window_begins
    .type   window_ends, %function
window_ends:
    movs    r0, #0x18           @ SYS_EXIT
    ldr     r1, =0x20026        @ ADP_Stopped_ApplicationExit
    bkpt    0xAB
    b       .
    .size   window_ends, . - window_ends

@ 16 words from r0 on, made of r1.
    .type   fill, %function
fill:
    movs    r2, #8
    ldr     r3, =0x9E3779B9
1:  muls    r1, r3, r1
    eor     r1, r1, r1, lsr #15
    strd    r1, r3, [r0], #8
    subs    r2, #1
    bne     1b
    bx      lr
    .size   fill, . - fill

@ What these words make: r0.
    .type   reduce, %function
reduce:
    push    {r4, r5, r6, lr}
    mov     r4, r7
    movs    r5, #4
    movs    r0, #0
2:  ldmia   r4!, {r1, r2, r3, r12}
    cmp     r1, r2
    itte    hi
    ldrhi   r6, [r4, #-16]
    addhi   r6, r6, r3
    ldrls   r6, [r4, #-11]      @ not aligned
    eors    r0, r6
    cmp     r0, #0
    it      mi
    rsbmi   r0, r0, #0
    subs    r5, #1
    bne     2b
    pop     {r4, r5, r6, pc}
    .size   reduce, . - reduce
    .ltorg
