@ Two tasks as ports of common kernels have them, for any flash and RAM: everything is found by VTOR. The first word of
@ the table is the top of 4 KiB of RAM; below it, from its begin on:
@   0 the task that runs   4, 8 their stack pointers   12 ticks   16, 20 turns   24 MSP at the end   28 switches
@ The first task is started by SVC, with the main stack as at reset. Each task yields five times by PendSV, beginning with
@ 0; then 0 starts SysTick and waits for three ticks, each of which switches. test_tasks.py has what comes of that.
        .include "prelude.inc"
        .equ    SIZE, 0x1000
        .equ    PERIOD, 20000

        .macro  data_to to, scratch
        ldr     \to, =VTOR
        ldr     \to, [\to]
        ldr     \to, [\to]
        ldr     \scratch, =SIZE
        subs    \to, \to, \scratch
        .endm

        @ A task's stack, with r1 at its end: a frame, and below it room for `words`.
        .macro  stack task, top, words
        ldr     r1, =\top
        adds    r1, r1, r7
        subs    r1, #32
        movs    r0, #1
        lsls    r0, r0, #24
        str     r0, [r1, #28]
        adr     r0, task
        str     r0, [r1, #24]
        movs    r0, #\task
        str     r0, [r1]                @ the argument, r0
        subs    r1, #\words * 4
        str     r1, [r7, #4 + 4 * \task]
        .endm

        @ r7: the data, zeroed.
        .macro  begin_data
        data_to r7, r0
        movs    r0, #0
        movs    r1, #32
3:      subs    r1, #4
        str     r0, [r7, r1]
        bne     3b
        .endm

        .macro  start_first
        put     SHPR3, 0xFFFF0000
        ldr     r0, =VTOR
        ldr     r0, [r0]
        ldr     r0, [r0]
        msr     msp, r0
        cpsie   i
        dsb
        isb
        svc     #0
        b       .
        .ltorg
        .endm

@ The next task's: r3 has its stack pointer, r1 the data. Uses r0 and r2.
        .macro  next
        ldr     r0, [r1]
        lsls    r2, r0, #2
        adds    r2, r2, r1
        str     r3, [r2, #4]
        movs    r2, #1
        eors    r0, r2
        str     r0, [r1]
        ldr     r2, [r1, #28]
        adds    r2, #1
        str     r2, [r1, #28]
        lsls    r2, r0, #2
        adds    r2, r2, r1
        ldr     r3, [r2, #4]
        .endm

@ --- Armv6-M: r4 to r11 below the frame, EXC_RETURN known ----------------------------------------------------------

        .cpu    cortex-m0plus
        .balign 4
begin v6m
        begin_data
        stack   0, 0x400, 8
        stack   1, 0x800, 8
        start_first
begin v6m_svc
        data_to r1, r0
        ldr     r0, [r1, #4]
        adds    r0, #32
        msr     psp, r0
        isb
        movs    r0, #2
        mvns    r0, r0                  @ 0xFFFFFFFD
        bx      r0
begin v6m_pendsv
        mrs     r3, psp
        subs    r3, #32
        mov     r0, r3
        stmia   r0!, {r4-r7}
        mov     r4, r8
        mov     r5, r9
        mov     r6, r10
        mov     r7, r11
        stmia   r0!, {r4-r7}
        data_to r1, r0
        next
        adds    r3, #16
        ldmia   r3!, {r4-r7}
        mov     r8, r4
        mov     r9, r5
        mov     r10, r6
        mov     r11, r7
        msr     psp, r3
        subs    r3, #32
        ldmia   r3!, {r4-r7}
        bx      lr
        .ltorg

@ --- The tasks, for all -----------------------------------------------------------------------------------------

        .balign 4
begin task                              @ r0: its number
        mov     r6, r0
        data_to r7, r1
        lsls    r4, r6, #2
        adds    r4, r4, r7
        movs    r5, #0
1:      adds    r5, #1
        str     r5, [r4, #16]
        bl      yield
        cmp     r5, #5
        bne     1b
        cmp     r6, #0
        bne     .
        put     SYST_RVR, PERIOD - 1
        put     SYST_CVR, 0
        put     SYST_CSR, 7
2:      ldr     r0, [r7, #12]
        cmp     r0, #3
        blo     2b
        cpsid   i
        put     SYST_CSR, 0
        mrs     r0, msp
        str     r0, [r7, #24]
        finish
begin yield
        put     ICSR, 0x10000000
        dsb
        isb
        bx      lr
begin tick
        data_to r0, r1
        ldr     r1, [r0, #12]
        adds    r1, #1
        str     r1, [r0, #12]
        put     ICSR, 0x10000000
        bx      lr
        .ltorg
@ --- Armv7-M with FPU: r4 to r11 and EXC_RETURN --------------------------------------------------------------------

        .cpu    cortex-m4
        .fpu    fpv4-sp-d16
        .balign 4
begin v7m
        enable_fpu
        begin_data
        stack   0, 0x400, 9
        mvn     r0, #2
        str     r0, [r1, #32]
        stack   1, 0x800, 9
        mvn     r0, #2
        str     r0, [r1, #32]
        start_first
begin v7m_svc
        data_to r1, r0
        ldr     r0, [r1, #4]
        ldmia   r0!, {r4-r11, lr}
        msr     psp, r0
        isb
        bx      lr
begin v7m_pendsv
        mrs     r3, psp
        tst     lr, #0x10
        it      eq
        vstmdbeq r3!, {s16-s31}
        stmdb   r3!, {r4-r11, lr}
        data_to r1, r0
        next
        ldmia   r3!, {r4-r11, lr}
        tst     lr, #0x10
        it      eq
        vldmiaeq r3!, {s16-s31}
        msr     psp, r3
        isb
        bx      lr
        .ltorg

@ --- Armv8-M without TrustZone: the stack's limit and EXC_RETURN, then r4 to r11 -----------------------------------

        .cpu    cortex-m33
        .fpu    fpv5-sp-d16
        .balign 4
begin v8m
        enable_fpu
        begin_data
        stack   0, 0x400, 10
        mvn     r0, #0x43               @ 0xFFFFFFBC
        add     r2, r7, #0x80
        str     r2, [r1]
        str     r0, [r1, #4]
        stack   1, 0x800, 10
        mvn     r0, #0x43
        add     r2, r7, #0x400
        str     r2, [r1]
        str     r0, [r1, #4]
        start_first
begin v8m_svc
        data_to r1, r0
        ldr     r0, [r1, #4]
        ldmia   r0!, {r1-r2}
        msr     psplim, r1
        movs    r1, #2
        msr     control, r1
        adds    r0, #32
        msr     psp, r0
        isb
        bx      r2
begin v8m_pendsv
        mrs     r0, psp
        tst     lr, #0x10
        it      eq
        vstmdbeq r0!, {s16-s31}
        mrs     r2, psplim
        mov     r3, lr
        stmdb   r0!, {r2-r11}
        mov     r3, r0
        data_to r1, r0
        next
        ldmia   r3!, {r1, r2}
        mov     lr, r2
        ldmia   r3!, {r4-r11}
        msr     psplim, r1
        tst     lr, #0x10
        it      eq
        vldmiaeq r3!, {s16-s31}
        msr     psp, r3
        isb
        bx      lr
        .ltorg
