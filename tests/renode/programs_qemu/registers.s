@ Registers within blocks: where QEMU counts instructions, and in newer ones always, it stops before each of these accesses.
    .include "frame.inc"
    program
    ldr     r7, =0x20000000
    ldr     r6, =0xE000E010     @ SysTick
    ldr     r5, =0xE000ED88     @ CPACR
    measure
    movs    r4, #20
1:  mov     r0, r4
    ldr     r1, [r6, #4]
    adds    r1, #100
    str     r1, [r6, #4]
    ldr     r2, [r7]
    str     r2, [r7, #4]
    ldm     r6, {r0, r1, r2}
    stm     r6, {r0, r1, r2}
    movs    r0, #0xF00000
    str     r0, [r5]
    dsb
    isb
    cmp     r4, #10
    itt     hi
    ldrhi   r0, [r6]
    strhi   r0, [r7]
    ldr     r0, [r6, #8]
    cmp     r4, #5
    ite     ls
    ldrls   r0, [r6, #8]
    ldrhi   r0, [r7]
    vldr    s0, [r7]
    vadd.f32 s1, s0, s0
    vldm    r7, {s2-s5}
    vstr    s1, [r7]
    ldr     r0, [r6, #8]
    subs    r4, #1
    bne     1b
    finish
