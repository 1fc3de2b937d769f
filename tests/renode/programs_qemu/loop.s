@ 38 cycles: 1, ten times SUBS 1 and BNE 1, nine refills of 1, LDR 2, MUL 1, ADD 1, STR 1, B 1 and its refill 1, LDM 1 + 2
    .include "frame.inc"
    program
    ldr     r7, =0x20000000
    measure
    movs    r0, #10             @ 1
1:  subs    r0, #1              @ 10 x 1
    bne     1b                  @ 10 x 1 + 9 x 1
    ldm     r7, {r1, r2}        @ 1 + 2
    mul     r3, r1, r2          @ 1
    add.w   r3, r3, r1          @ 1
    finish                      @ 1 + 1
