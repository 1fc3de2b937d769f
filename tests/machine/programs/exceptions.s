@ Exception entry and return: what is on the stack, in the registers, and in which order handlers run.
        .include "prelude.inc"
        .equ    PSP_TOP, 0x20004000

@ --- What a handler sees ------------------------------------------------------------------------------------------

@ r0-r3, r12, lr and the flags get known values; then SVC. The handler copies EXC_RETURN, MSP, PSP, IPSR, CONTROL and
@ the frame's words to RESULTS.
        .macro  known_registers
        ldr     r0, =0x00112233
        ldr     r1, =0x11111111
        ldr     r2, =0x22222222
        ldr     r3, =0x33333333
        ldr     r12, =0xCCCCCCCC
        ldr     lr, =0xEEEEEEEF
        cmp     r0, r0                  @ Z and C
        .endm

begin svc_main_stack
        known_registers
begin svc_main_stack_call
        svc     #5
begin svc_main_stack_return
        b       keep_registers

begin svc_unaligned_stack
        push    {r4}
        known_registers
        svc     #5
        b       keep_registers

begin svc_unaligned_stack_not_aligned
        put     CCR, 0                  @ STKALIGN off
        push    {r4}
        known_registers
        svc     #5
        b       keep_registers

begin svc_process_stack
        ldr     r0, =PSP_TOP
        msr     psp, r0
        movs    r0, #2
        msr     control, r0
        isb
        known_registers
        svc     #5
        b       keep_registers

begin svc_with_fpu
        enable_fpu
        bl      known_fpu
        known_registers
        svc     #5
        b       keep_registers

begin svc_process_stack_with_fpu
        enable_fpu
        ldr     r0, =PSP_TOP
        msr     psp, r0
        movs    r0, #2
        msr     control, r0
        isb
        bl      known_fpu
        known_registers
        svc     #5
        b       keep_registers

known_fpu:
        ldr     r0, =0x40000000         @ 2.0
        vmov    s0, r0
        ldr     r0, =0x40400000         @ 3.0
        vmov    s15, r0
        ldr     r0, =0x40800000         @ 4.0, not in the frame
        vmov    s16, r0
        ldr     r0, =0x03000000         @ flush to zero and default NaN
        vmsr    fpscr, r0
        bx      lr

@ After the return: r0-r3, r12, lr, flags, SP to RESULTS + 256.
        .thumb_func
keep_registers:
        push    {r4}
        ldr     r4, =RESULTS + 256
        stmia   r4!, {r0-r3}
        str     r12, [r4], #4
        str     lr, [r4], #4
        mrs     r0, apsr
        str     r0, [r4], #4
        add     r0, sp, #4
        str     r0, [r4], #4
        mrs     r0, control
        str     r0, [r4], #4
        finish

begin keep_frame
        ldr     r0, =RESULTS
        str     lr, [r0], #4
        mov     r1, sp
        str     r1, [r0], #4
        mrs     r1, psp
        str     r1, [r0], #4
        mrs     r1, ipsr
        str     r1, [r0], #4
        mrs     r1, control
        str     r1, [r0], #4
        tst     lr, #4
        ite     eq
        moveq   r2, sp
        mrsne   r2, psp
        movs    r3, #26
        tst     lr, #16
        it      ne
        movne   r3, #8
1:      ldr     r1, [r2], #4
        str     r1, [r0], #4
        subs    r3, #1
        bne     1b
        @ What the frame must bring back
        movs    r1, #0
        movs    r2, #0
        mov     r12, r1
        bx      lr

@ --- FPU state and its price --------------------------------------------------------------------------------------

@ SVC from code that used the FPU; s0 and FPSCR after the return go to RESULTS.
begin fpu_user
        enable_fpu
        bl      known_fpu
        svc     #0
        b       keep_fpu

begin fpu_user_eager
        enable_fpu
        put     FPCCR, 0x80000000       @ ASPEN without LSPEN
        bl      known_fpu
        svc     #0
        b       keep_fpu

begin fpu_user_no_state
        enable_fpu
        put     FPCCR, 0                @ neither ASPEN nor LSPEN
        bl      known_fpu
        svc     #0
keep_fpu:
        ldr     r1, =RESULTS
        vmov    r0, s0
        str     r0, [r1]
        vmov    r0, s15
        str     r0, [r1, #4]
        vmov    r0, s16
        str     r0, [r1, #8]
        vmrs    r0, fpscr
        str     r0, [r1, #12]
        mrs     r0, control
        str     r0, [r1, #16]
        finish

begin plain_handler
        bx      lr

begin fpu_handler
        ldr     r0, =0x3F800000
        vmov    s0, r0
        vmov    s15, r0
        bx      lr

@ --- Order --------------------------------------------------------------------------------------------------------

@ Handlers append their number to the list whose end r11 points at, on entry, and number + 0x100 on exit.
        .macro  log_entry
        mrs     r0, ipsr
        str     r0, [r11], #4
        .endm
        .macro  log_exit
        mrs     r0, ipsr
        add     r0, r0, #0x100
        str     r0, [r11], #4
        .endm

begin logging_handler
        log_entry
        log_exit
        bx      lr

@ Sets IRQ 1 (exception 17) pending in the middle.
begin pending_17_handler
        log_entry
        ldr     r0, =ISPR
        movs    r1, #2
        str     r1, [r0]
        dsb
        isb
        log_exit
        bx      lr

@ Sets IRQ 1 and 2 pending in the middle.
begin pending_all_handler
        log_entry
        ldr     r0, =ISPR
        movs    r1, #6
        str     r1, [r0]
        dsb
        isb
        log_exit
        bx      lr

@ Thread: enable IRQ 0 to 3 with priorities r4 (a byte each), PRIGROUP r5, and set pending r6.
        .macro  order priorities, group, pending
        ldr     r11, =RESULTS
        put     AIRCR, (0x05FA0000 | (\group << 8))
        put     IPR, \priorities
        put     ISER, 15
        put     ISPR, \pending
        dsb
        isb
        finish
        .ltorg
        .endm

begin order_by_number
        order   0x40404040, 3, 0xE
begin order_by_priority
        order   0x20406080, 3, 0xE
begin preempted_by_higher
        order   0x80804080, 3, 4        @ IRQ 2 runs at 0x40, its handler sets IRQ 1 pending at 0x80
begin preempting_17
        order   0x80800040, 3, 1        @ IRQ 1 at 0x00 preempts IRQ 0 at 0x40
begin same_group
        order   0x80800040, 6, 1        @ PRIGROUP 6: bit 7 alone preempts
begin two_groups
        order   0x80800080, 6, 1        @ 0x00 and 0x80 differ in bit 7
begin no_preemption
        order   0x80800080, 7, 1        @ PRIGROUP 7: no bit preempts
begin three_deep
        order   0x00204060, 3, 1

@ --- Masks --------------------------------------------------------------------------------------------------------

@ IRQ 0 at priority 0x40 is set pending under a mask; words at RESULTS tell what the handler saw.
        .macro  mask_setup
        ldr     r11, =RESULTS
        put     IPR, 0x40
        put     ISER, 1
        .endm
        .macro  mark_step value
        movw    r0, #\value
        str     r0, [r11], #4
        .endm
        .macro  pend_irq0
        put     ISPR, 1
        dsb
        isb
        .endm

begin primask_holds
        mask_setup
        cpsid   i
        pend_irq0
        mark_step 0xA1
        b       1f
1:      mark_step 0xA2
        cpsie   i
        mark_step 0xA3
        finish

begin primask_msr
        mask_setup
        cpsid   i
        pend_irq0
        mark_step 0xA1
        movs    r2, #0
        msr     primask, r2
        mark_step 0xA3
        finish

begin faultmask_holds
        mask_setup
        cpsid   f
        pend_irq0
        mark_step 0xA1
        cpsie   f
        mark_step 0xA3
        finish

begin basepri_holds
        mask_setup
        movs    r2, #0x40               @ as the interrupt's own: held back
        msr     basepri, r2
        pend_irq0
        mark_step 0xA1
        movs    r2, #0x50
        msr     basepri, r2
        mark_step 0xA2
        finish

begin basepri_zero
        mask_setup
        movs    r2, #0x20
        msr     basepri, r2
        pend_irq0
        mark_step 0xA1
        movs    r2, #0
        msr     basepri, r2
        mark_step 0xA2
        finish

@ BASEPRI_MAX only ever raises the mask: 0x20, then 0x60 has no effect.
begin basepri_max
        mask_setup
        movs    r2, #0x20
        msr     basepri_max, r2
        movs    r2, #0x60
        msr     basepri_max, r2
        pend_irq0
        mrs     r0, basepri
        str     r0, [r11], #4
        movs    r2, #0
        msr     basepri, r2
        mark_step 0xA2
        finish

@ NMI ignores PRIMASK.
begin nmi_under_primask
        mask_setup
        cpsid   i
        put     ICSR, 0x80000000
        dsb
        isb
        mark_step 0xA3
        finish

@ A handler that sets FAULTMASK returns without it (B1.5.8).
begin faultmask_handler
        log_entry
        cpsid   f
        bx      lr
begin faultmask_return
        mask_setup
        pend_irq0
        mrs     r0, faultmask
        str     r0, [r11], #4
        finish

@ NMI's return is the one that leaves FAULTMASK alone.
begin nmi_under_faultmask
        mask_setup
        cpsid   f
        b       1f
begin nmi_without_faultmask
        mask_setup
1:      put     ICSR, 0x80000000
        dsb
        isb
        mrs     r0, faultmask
        str     r0, [r11], #4
        finish

begin faultmask_clearing_handler
        log_entry
        cpsie   f
        bx      lr

@ --- Software exceptions ------------------------------------------------------------------------------------------

begin pendsv_and_svc
        ldr     r11, =RESULTS
        put     SHPR3, 0x00FF0000       @ PendSV lowest
        put     ICSR, 0x10000000
        dsb
        isb
        mark_step 0xA1
        svc     #0
        mark_step 0xA2
        finish

@ SVC's handler sets PendSV pending, which tail-chains.
begin pendsv_from_svc
        ldr     r11, =RESULTS
        put     SHPR3, 0x00FF0000
        svc     #0
        mark_step 0xA1
        finish
begin svc_pends_pendsv
        log_entry
        put     ICSR, 0x10000000
        dsb
        isb
        log_exit
        bx      lr

@ From an interrupt's handler: EXC_RETURN of the SVC inside of it is 0xFFFFFFF1.
begin svc_in_handler
        ldr     r11, =RESULTS
        put     IPR, 0x80
        put     ISER, 1
        pend_irq0
        finish
begin svc_in_handler_with_fpu
        enable_fpu
        ldr     r11, =RESULTS
        put     IPR, 0x80
        put     ISER, 1
        pend_irq0
        finish
begin calling_svc
        push    {r4, lr}
        svc     #0
        mrs     r0, ipsr
        str     r0, [r11], #4
        pop     {r4, pc}
begin calling_svc_with_fpu
        push    {r4, lr}
        vmov    s0, r0
        svc     #0
        mrs     r0, control
        str     r0, [r11], #4
        pop     {r4, pc}
begin log_exc_return
        str     lr, [r11], #4
        bx      lr

@ IT blocks that the host's interrupts find in any state.
begin interrupted_it_block
        ldr     r11, =RESULTS
        put     ISER, 1
        movs    r2, #0
        movs    r4, #0
1:      cmp     r4, #0
        itttt   eq
        addeq   r2, #1
        addeq   r2, #2
        addeq   r2, #4
        addeq   r2, #8
        add     r5, #1
        cmp     r2, #1504                @ after 101 passes
        blo     1b
        str     r2, [r11], #4
        finish
begin count_handler
        ldr     r0, =RESULTS + 64
        ldr     r1, [r0]
        adds    r1, #1
        str     r1, [r0]
        movs    r1, #7
        cmp     r1, #9                  @ other flags than the thread's
        bx      lr

@ --- Two tasks ----------------------------------------------------------------------------------------------------

@ Each task counts in its own word. SysTick sets PendSV pending; PendSV swaps the tasks' process stacks.
        .equ    TASK, RESULTS           @ which task runs; counters at +4 and +8; saved PSPs at +12 and +16
        .equ    SWITCHES, RESULTS + 20
begin rtos
        ldr     r0, =RESULTS
        movs    r1, #0
        movs    r2, #6
1:      str     r1, [r0], #4
        subs    r2, #1
        bne     1b
        @ Task 1's first frame, with r4-r11 below
        ldr     r0, =0x20006000 - 64
        ldr     r2, =0x20000000 + 16
        str     r0, [r2]
        movs    r1, #0
        movs    r3, #16
2:      str     r1, [r0], #4
        subs    r3, #1
        bne     2b
        ldr     r1, =task_1
        str     r1, [r0, #-8]
        ldr     r1, =0x01000000
        str     r1, [r0, #-4]
        put     SHPR3, 0x40FF0000       @ SysTick above PendSV
        put     SYST_RVR, 999
        put     SYST_CVR, 0
        put     SYST_CSR, 7
        ldr     r0, =0x20005000
        msr     psp, r0
        movs    r0, #3                  @ unprivileged, process stack
        msr     control, r0
        isb
        b       task_0
begin task_0
        ldr     r4, =RESULTS + 4
        movs    r5, #0
1:      adds    r5, #1
        str     r5, [r4]
        b       1b
begin task_1
        ldr     r4, =RESULTS + 8
        movs    r5, #0
1:      adds    r5, #1
        str     r5, [r4]
        nop
        b       1b
begin rtos_systick
        put     ICSR, 0x10000000
        bx      lr
begin rtos_pendsv
        mrs     r0, psp
        stmdb   r0!, {r4-r11}
        ldr     r1, =RESULTS
        ldr     r2, [r1]
        add     r3, r1, #12
        str     r0, [r3, r2, lsl #2]
        eor     r2, r2, #1
        str     r2, [r1]
        ldr     r0, [r3, r2, lsl #2]
        ldmia   r0!, {r4-r11}
        msr     psp, r0
        ldr     r2, [r1, #20]
        adds    r2, #1
        str     r2, [r1, #20]
        bx      lr

@ --- Vector table and reset ---------------------------------------------------------------------------------------

begin move_vectors
        ldr     r11, =RESULTS
        svc     #0
        ldr     r0, =0x20008000
        ldr     r1, =other_handler
        str     r1, [r0, #44]
        put     VTOR, 0x20008000
        dsb
        svc     #0
        finish
begin other_handler
        mark_step 0xBEEF
        bx      lr

@ Counts its boots in RAM, which a reset keeps, and asks for another one until the third.
begin resetting
        mrs     r0, ipsr
        mrs     r1, control
        mrs     r2, primask
        ldr     r3, =RESULTS
        ldr     r4, [r3]
        cmp     r4, #0xFF
        it      hi
        movhi   r4, #0                  @ power-on
        adds    r4, #1
        str     r4, [r3]
        str     r0, [r3, #4]
        str     r1, [r3, #8]
        str     r2, [r3, #12]
        ldr     r5, =ISER
        ldr     r5, [r5]
        str     r5, [r3, #16]
        mov     r5, sp
        str     r5, [r3, #20]
        cmp     r4, #3
        beq     3f
        cpsid   i
        put     ISER, 0xFF
        push    {r4}
        ldr     r0, =0x20004000
        msr     psp, r0
        movs    r0, #2
        msr     control, r0
        cpsie   i
        svc     #0                      @ the handler resets
2:      b       2b
3:      finish
begin reset_handler
        put     AIRCR, 0x05FA0004
        dsb
1:      b       1b
        .ltorg
