@ Functions that are called with different work, by themselves, by a jump, or interrupted, and one that is left by another
@ way than its return. tests/mlperf/test_windows.py counts their instructions by hand.
        .include "prelude.inc"

        begin calls
        movs    r4, #3
1:      mov     r0, r4
        bl      spin                    @ spin(3), spin(2), spin(1)
        subs    r4, #1
        bne     1b
        movs    r0, #2
        bl      nest                    @ nest(2) calls nest(1) calls nest(0)
        movs    r0, #1
        bl      by_jump                 @ goes on in spin(1)
        movs    r0, #4
        bl      again
        movs    r4, #2
        b       turn
        begin turn
        bl      thrower
        nop                             @ it never comes back to here
        begin caught
        subs    r4, #1
        bne     turn
        finish

@ 2 n + 1 instructions.
        begin spin
2:      subs    r0, #1
        bne     2b
        bx      lr

@ 4 instructions, 5 where it calls itself.
        begin nest
        push    {r4, lr}
        subs    r0, #1
        bmi     3f
        bl      nest
3:      pop     {r4, pc}

        begin by_jump
        mov     r1, r0
        b       spin

@ 2 n + 1 instructions, and its loop begins with its first one.
        begin again
        subs    r0, #1
        bne     again
        bx      lr

        begin thrower
        push    {r4, lr}
        add     sp, #8
        b       caught

@ Leaves hidden once from higher in the stack, and calls it twice from below.
        begin hides
        movs    r0, #0
        bl      hidden
        nop
        begin hid
        sub     sp, #64
        movs    r0, #1
        bl      hidden
        movs    r0, #1
        bl      hidden
        finish

        begin hidden
        cbz     r0, 5f
        bx      lr
5:      b       hid

@ Works until SysTick has come five times.
        begin interrupted
        put     RESULTS, 0
        put     SYST_RVR, 999
        put     SYST_CVR, 0
        put     SYST_CSR, 7
        bl      busy
        put     SYST_CSR, 0
        finish

        begin busy
        ldr     r1, =RESULTS
4:      ldr     r0, [r1]
        cmp     r0, #5
        blt     4b
        bx      lr

@ 5 instructions.
        begin tick
        ldr     r1, =RESULTS
        ldr     r0, [r1]
        adds    r0, #1
        str     r0, [r1]
        bx      lr
        .ltorg

@ Its second call changes the wait states, and then polls a register.
        begin set_up
        movs    r0, #0
        bl      change
        movs    r0, #1
        bl      change
        finish

        begin change
        cbz     r0, 6f
        ldr     r1, =0x40022000         @ FLASH_ACR
        str     r0, [r1]
        movs    r2, #20
5:      ldr     r0, [r1]
        subs    r2, #1
        bne     5b
6:      bx      lr
        .ltorg
