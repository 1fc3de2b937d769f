@ Code whose blocks are hard to count.
        .include "prelude.inc"
        .equ    RAM_CODE, 0x20002000

@ Loops, calls, IT blocks, a block across the end of a page, one longer than a translation, divides.
begin mixed
        movs    r4, #12                 @ passes
        movs    r5, #0                  @ checksum
mixed_pass:
        mov     r0, r4
        bl      triangle
        add     r5, r0
        mov     r0, r4
        bl      across_pages
        add     r5, r0
        bl      long_block
        add     r5, r0
        tst     r4, #1
        itete   eq
        addeq   r5, #3
        addne   r5, #5
        lsleq   r6, r5, #1
        lsrne   r6, r5, #1
        eor     r5, r6
        bic     r5, r5, #0xFF000000
        movs    r1, #7
        udiv    r0, r5, r1
        mls     r2, r0, r1, r5
        cbz     r2, mixed_multiple
        add     r5, r2
mixed_multiple:
        subs    r4, #1
        bne     mixed_pass
        ldr     r0, =RESULTS
        str     r5, [r0]
        finish

@ 1 + 2 + ... + r0, by recursion.
begin triangle
        push    {r4, lr}
        mov     r4, r0
        cbz     r0, 1f
        subs    r0, #1
        bl      triangle
        add     r0, r4
1:      pop     {r4, pc}

begin long_block
        movs    r0, #0
        .rept   1100
        adds    r0, #1
        .endr
        bx      lr

@ Conditional loads from flash, the two words of a table by turns: 100 passes.
begin conditional_loads
        ldr     r1, =table
        movs    r4, #100
        movs    r5, #0
        movs    r6, #0
1:      tst     r4, #1
        ite     eq
        ldreq   r0, [r1]
        ldrne   r0, [r1, #4]
        add     r5, r0
        tst     r4, #3
        ittt    ne
        ldrne   r0, [r1, #8]
        addne   r6, r0
        addne   r6, #1
        subs    r4, #1
        bne     1b
        ldr     r0, =RESULTS
        str     r5, [r0]
        str     r6, [r0, #4]
        finish
        .balign 4
table:  .word   1000, 1, 100000

@ A load inside an IT block that ends its block of code: the next one must run unconditionally.
begin conditional_load_last
        ldr     r1, =table
        movs    r4, #50
        movs    r5, #0
1:      tst     r4, #1
        it      eq
        ldreq   r0, [r1]
        b       2f
2:      adds    r5, #1
        subs    r4, #1
        bne     1b
        ldr     r0, =RESULTS
        str     r5, [r0]
        finish

@ A routine is copied to RAM, called 5 times, patched, called 7 times, and patched back and called twice.
begin patched
        bl      copy_routine
        movs    r5, #0
        movs    r4, #5
1:      blx     r6
        subs    r4, #1
        bne     1b
        ldrh    r7, [r2]                @ adds r5, #1
        add     r0, r7, #9              @ adds r5, #10
        strh    r0, [r2]
        dsb
        isb
        movs    r4, #7
1:      blx     r6
        subs    r4, #1
        bne     1b
        strh    r7, [r2]
        dsb
        isb
        movs    r4, #2
1:      blx     r6
        subs    r4, #1
        bne     1b
        ldr     r0, =RESULTS
        str     r5, [r0]
        finish

begin copy_routine
        ldr     r1, =routine
        bic     r1, #1
        ldr     r2, =RAM_CODE
        mov     r6, r2
        orr     r6, #1
        ldmia   r1, {r0, r3}
        stmia   r2, {r0, r3}
        dsb
        isb
        bx      lr
        .balign 4
begin routine
        adds    r5, #1
        nop
        bx      lr
        nop

@ A divide in flash, then the same code in RAM.
begin divide_in_ram
        ldr     r1, =divide_routine
        bic     r1, #1
        ldr     r2, =RAM_CODE
        ldmia   r1, {r0, r3}
        stmia   r2, {r0, r3}
        dsb
        isb
        ldr     r0, =0xFFFFFFFF
        movs    r1, #1
        orr     r2, #1
        ldr     r5, =divide_routine
        movs    r4, #3
1:      blx     r5
        subs    r4, #1
        bne     1b
        movs    r4, #4
1:      blx     r2
        subs    r4, #1
        bne     1b
        finish
        .balign 4
begin divide_routine
        udiv    r3, r0, r1
        bx      lr
        nop

@ Calls a routine in flash at its alias below 0x00200000, 3 times, and at its own address, 4 times.
begin alias
        ldr     r6, =alias_routine
        bic     r7, r6, #0x08000000
        ldr     r0, =0xFFFFFFFF
        movs    r1, #1
        movs    r5, #0
        movs    r4, #3
1:      blx     r7
        subs    r4, #1
        bne     1b
        movs    r4, #4
1:      blx     r6
        subs    r4, #1
        bne     1b
        ldr     r0, =RESULTS
        str     r5, [r0]
        finish
begin alias_routine
        adds    r5, #1
        udiv    r3, r0, r1
        bx      lr

@ 1000 passes of a loop that an interrupt may cut anywhere. r5 counts them.
begin interrupted
        put     ISER, 1
        movw    r4, #1000
        movs    r5, #0
begin interrupted_pass
        adds    r5, #1
        tst     r5, #3
        ittet   eq
        addeq   r6, #1
        lsleq   r7, r6, #2
        addne   r7, #1
        eoreq   r6, r7
        subs    r4, #1
        bne     interrupted_pass
        ldr     r0, =RESULTS
        str     r5, [r0]
        finish
begin counting_handler
        ldr     r0, =RESULTS + 4
        ldr     r1, [r0]
        adds    r1, #1
        str     r1, [r0]
        cmp     r1, #0
        bx      lr

@ YIELD ends a translation, WFI and WFE are not reached while their condition fails.
begin hints
        movs    r4, #10
        movs    r5, #0
1:      yield
        adds    r5, #1
        yield.w
        adds    r5, #1
        cmp     r5, #0
        itt     eq
        nopeq
        wfieq
        adds    r5, #1
        subs    r4, #1
        bne     1b
        ldr     r0, =RESULTS
        str     r5, [r0]
        finish

@ The IT block and the wide instruction straddle the end of a page.
        .balign 4096
        .space  4096 - 10
begin across_pages
        cmp     r0, #5                  @ ..FF6
        itttt   ls
        addls   r0, #1
        addls   r0, #2
        addls   r0, r0, #1024           @ ..FFE to ..1002
        addls   r0, #4
        bx      lr
