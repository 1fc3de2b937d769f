@ Blocks that end without a branch: at the ends of pages of 1 KiB, with instructions of 2 and 4 bytes up to them and across
@ them, in IT blocks, and after as many instructions as QEMU puts into one.
    .include "frame.inc"
    .macro  before_page_ends bytes
    b.w     1f
    .balign 0x400
    .space  0x400 - \bytes
1:
    .endm
    program
    ldr     r7, =0x20000000
    measure
    movs    r6, #3
again:
    before_page_ends 10
    add.w   r1, r1, #1
    add.w   r1, r1, #1
    add.w   r1, r1, #1          @ across the end
    add.w   r1, r1, #1
    before_page_ends 8
    ldr.w   r2, [r7, #4]
    ldr.w   r2, [r7, #4]        @ up to it
    ldr.w   r2, [r7, #4]
    before_page_ends 6
    adds    r0, #1
    adds    r0, #1
    adds    r0, #1              @ up to it
    ldr.w   r2, [r7, #4]
    before_page_ends 6
    ittet   eq
    ldreq   r2, [r7]
    ldreq   r2, [r7]            @ up to it, and the next two have its condition
    strne   r0, [r7]
    ldreq   r3, [r7, #8]
    before_page_ends 8
    tst     r6, #1
    ite     eq
    ldreq   r2, [r7, #4]        @ up to it
    ldrne   r3, [r7, #8]
    .rept   600
    adds    r0, #1
    .endr
    subs    r6, #1
    beq     done
    b.w     again
    .ltorg
done:
    finish
