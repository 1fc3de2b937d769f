@ What only Cortex-M7 has: cache registers, the MPU's, and arithmetic in double precision (as .inst.w: the assembler is
@ told Cortex-M4).
        .include "prelude.inc"
        .equ    CCSIDR, 0xE000ED80
        .equ    CSSELR, 0xE000ED84
        .equ    MPU_RNR, 0xE000ED98
        .equ    MPU_RBAR, 0xE000ED9C
        .equ    ICIALLU, 0xE000EF50
        .equ    DCISW, 0xE000EF60

@ Turns both caches on as CMSIS does: invalidates, sets and ways from CCSIDR. Leaves the two CCSIDRs and the number of
@ DCISW writes at RESULTS.
begin enable_caches
        ldr     r7, =RESULTS
        put     CSSELR, 1
        ldr     r2, =CCSIDR
        ldr     r3, [r2]
        str     r3, [r7, #4]
        put     ICIALLU, 0
        put     CSSELR, 0
        ldr     r3, [r2]
        str     r3, [r7]
        movs    r6, #0
        ubfx    r4, r3, #13, #15        @ sets - 1
next_set:
        ubfx    r5, r3, #3, #10         @ ways - 1
next_way:
        lsls    r0, r5, #30
        orr     r0, r0, r4, lsl #5
        ldr     r1, =DCISW
        str     r0, [r1]
        adds    r6, #1
        subs    r5, #1
        bpl     next_way
        subs    r4, #1
        bpl     next_set
        str     r6, [r7, #8]
        ldr     r0, =CCR
        ldr     r1, [r0]
        orr     r1, r1, #0x30000
        str     r1, [r0]
        finish

@ Region 3 by RBAR with VALID, then its attributes, region 5 by RNR; reads region 3 back.
begin mpu_regions
        put     MPU_RBAR, 0x20010013
        put     MPU_RBAR + 4, 0x03080025
        put     MPU_RNR, 5
        put     MPU_RBAR, 0x24000000
        put     MPU_RBAR + 4, 0x03080027
        put     MPU_RNR, 3
        ldr     r7, =RESULTS
        ldr     r0, =MPU_RBAR
        ldmia   r0, {r1, r2}
        stmia   r7, {r1, r2}
        finish

@ d0 = 1.5; in an IT block of which both instructions hold: d1 = d0 + d0, r2 = 7; then one that does not: d1 = d0.
begin doubles_in_it_blocks
        enable_fpu
        ldr     r7, =RESULTS
        movs    r2, #0
        movs    r0, #0
        ldr     r1, =0x3FF80000
        vmov    d0, r0, r1
        cmp     r0, #0
        itt     eq
        .inst.w 0xEE301B00              @ vaddeq.f64 d1, d0, d0
        moveq   r2, #7
        it      ne
        .inst.w 0xEEB01B40              @ vmovne.f64 d1, d0
        vstr    d1, [r7]
        str     r2, [r7, #8]
        finish
