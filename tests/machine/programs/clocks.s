@ SysTick, DWT and sleep. A write to STIMULUS tells the host.
        .include "prelude.inc"
        .equ    STIMULUS, 0xE0000000
        .equ    TICKS, RESULTS

        .macro  enable_cyccnt
        put     DEMCR, 0x01000000
        put     DWT_CYCCNT, 0
        put     DWT_CTRL, 0x40000001
        .endm

@ Reads CYCCNT around a loop of 1000 passes, and tells the host at the same places.
begin cyccnt
        enable_cyccnt
        ldr     r6, =DWT_CYCCNT
        ldr     r7, =STIMULUS
        ldr     r4, =RESULTS
        b       1f
1:      ldr     r0, [r6]
        str     r0, [r7]
        str     r0, [r4]
        movw    r5, #1000
2:      subs    r5, #1
        bne     2b
        ldr     r0, [r6]
        str     r0, [r7]
        str     r0, [r4, #4]
        @ Stopped, it holds its count.
        put     DWT_CTRL, 0x40000000
        ldr     r0, [r6]
        str     r0, [r4, #8]
        movs    r5, #100
2:      subs    r5, #1
        bne     2b
        ldr     r0, [r6]
        str     r0, [r4, #12]
        finish

        .macro  start_systick reload, control
        put     SYST_RVR, \reload
        put     SYST_CVR, 0
        put     SYST_CSR, \control
        .endm

begin systick_interrupts
        ldr     r0, =TICKS
        movs    r1, #0
        str     r1, [r0]
        start_systick 4799, 7
1:      adds    r1, #1
        b       1b
begin systick_slow
        ldr     r0, =TICKS
        movs    r1, #0
        str     r1, [r0]
        start_systick 599, 3            @ core clock / 8: a period of 4800 cycles
1:      adds    r1, #1
        b       1b
begin tick_handler
        ldr     r0, =TICKS
        ldr     r1, [r0]
        adds    r1, #1
        str     r1, [r0]
        bx      lr

@ Polls COUNTFLAG and tells the host each time it is set.
begin systick_polled
        start_systick 2999, 5
        ldr     r6, =SYST_CSR
        ldr     r7, =STIMULUS
        movs    r5, #20
1:      ldr     r0, [r6]
        tst     r0, #0x10000
        beq     1b
        str     r0, [r7]
        ldr     r1, [r6]                @ reading has cleared it
        str     r1, [r7, #4]
        subs    r5, #1
        bne     1b
        put     SYST_CSR, 0
        finish

@ CVR a while after it was started, twice, and the host's clock.
begin systick_value
        start_systick 0xFFFFF, 5
        ldr     r6, =SYST_CVR
        ldr     r7, =STIMULUS
        b       1f
1:      ldr     r0, [r6]
        str     r0, [r7]
        movw    r5, #1000
2:      subs    r5, #1
        bne     2b
        ldr     r0, [r6]
        str     r0, [r7]
        put     SYST_CSR, 0
        finish

@ Sleeps through 50 periods of SysTick.
begin sleeping_ticks
        start_systick 9999, 7
        movs    r4, #50
1:      wfi
        subs    r4, #1
        bne     1b
        put     SYST_CSR, 0
        finish

@ WFI under PRIMASK wakes without the handler; that runs at CPSIE.
begin masked_sleep
        ldr     r11, =RESULTS
        start_systick 9999, 7
        cpsid   i
        wfi
        movs    r0, #0xA1
        str     r0, [r11], #4
        cpsie   i
        movs    r0, #0xA2
        str     r0, [r11], #4
        put     SYST_CSR, 0
        finish
begin masked_sleep_handler
        movs    r0, #0xFF
        str     r0, [r11], #4
        bx      lr

@ BASEPRI holds back the wake-up too.
begin basepri_sleep
        put     SHPR3, 0x80000000
        movs    r0, #0x80
        msr     basepri, r0
        start_systick 9999, 7
1:      wfi
        b       1b

@ WFE returns at once after SEV, after an exception; else it sleeps.
begin events
        ldr     r11, =RESULTS
        ldr     r6, =STIMULUS
        sev
        wfe                             @ takes the event
        str     r6, [r6]                @ 0
        svc     #0
        wfe                             @ SVC was one
        str     r6, [r6, #4]            @ 1
        start_systick 9999, 7
        wfe.w                           @ sleeps
        str     r6, [r6, #8]            @ 2
        wfe                             @ the tick's own event
        str     r6, [r6, #12]           @ 3
        wfe                             @ sleeps
        str     r6, [r6, #16]           @ 4
        put     SYST_CSR, 0
        finish
begin nothing_handler
        bx      lr

@ Waits for interrupt 0, which the host raises; r4 counts the wake-ups.
begin wait_for_host
        put     ISER, 1
        movs    r4, #0
1:      wfi
        adds    r4, #1
        ldr     r0, =RESULTS
        str     r4, [r0]
        b       1b
