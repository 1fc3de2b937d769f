@ Divides, some of them in IT blocks: 48 are done in the window. With a load from a register before a divide, QEMU begins a
@ block within the IT block.
    .include "frame.inc"
    program
    ldr     r7, =0xE000E010     @ SysTick
    measure
    movs    r6, #12
1:  ldr     r0, =1000003
    udiv    r1, r0, r6          @ 12 are done
    cmp     r6, #5
    itete   hi
    sdivhi  r2, r0, r1          @ 7
    sdivls  r2, r1, r0          @ 5
    ldrhi   r4, [r7]
    ldrls   r4, [r7]
    itet    hi
    ldrhi   r4, [r7]
    udivls  r3, r0, r6          @ 5
    udivhi  r3, r1, r6          @ 7
    sdiv    r3, r3, r2          @ 12
    subs    r6, #1
    bne     1b
    finish
