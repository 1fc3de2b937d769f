@ 37 cycles: the refill of the branch into the window is in it, that of the branch out of it is not
    .include "frame.inc"
    .global head
    program
    ldr     r7, =0x20000000
    measure                     @ 1 of the branch's
    movs    r0, #10             @ 1
head:
    subs    r0, #1              @ 10 x 1
    bne.n   head                @ 10 x 1 + 9 x 1
    ldm     r7, {r1, r2}        @ 1 + 2
    mul     r3, r1, r2          @ 1
    add.w   r3, r3, r1          @ 1
    finish                      @ 1
