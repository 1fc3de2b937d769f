@ Divides, some of them in IT blocks.
    .include "frame.inc"
    program
    movs    r6, #12
    measure
1:  ldr     r0, =1000003
    udiv    r1, r0, r6          @ 12 are done
    cmp     r6, #5
    itete   hi
    sdivhi  r2, r0, r1          @ 7
    sdivls  r2, r1, r0          @ 5
    udivhi  r3, r1, r6          @ 7
    movls   r3, #0
    udiv    r3, r3, r2          @ 12
    subs    r6, #1
    bne     1b
    finish
