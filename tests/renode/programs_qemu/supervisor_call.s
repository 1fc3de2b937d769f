@ An exception that comes at the same place in every engine.
    .include "frame.inc"
    .word   0x20008000, start + 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, handler + 1
    .balign 0x100
    .thumb_func
start:
    measure
    movs    r6, #5
1:  adds    r0, #1
    svc     0
    adds    r1, #1
    subs    r6, #1
    bne     1b
    finish
    .thumb_func
handler:
    adds    r2, #1
    bx      lr
