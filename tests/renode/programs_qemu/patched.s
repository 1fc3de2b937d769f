@ Code that is copied into RAM, runs there, is changed and runs again; tables of branches; more calls than fit in a page.
    .include "frame.inc"
    program
    ldr     r7, =0x20000100
    measure
    movs    r6, #4
again:
    adr     r0, one
    tst     r6, #1
    it      eq
    addeq   r0, #8
    ldrd    r1, r2, [r0]
    strd    r1, r2, [r7]
    dsb
    isb
    add     r3, r7, #1
    blx     r3
    and     r1, r6, #1
    tbb     [pc, r1]
table:
    .byte   (first - table) / 2, (second - table) / 2
first:
    adds    r0, #1
second:
    subs    r6, #1
    bne     again
    finish
    .balign 4
one:
    adds    r0, #1
    adds    r0, #1
    bx      lr
    nop
    muls    r0, r0, r0
    nop
    nop
    bx      lr
