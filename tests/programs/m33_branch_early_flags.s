@ 14 cycles = 10 issue + 4 branch
@ Flags that were set earlier: the branch takes one cycle taken, none not taken [J].
    .include "m33_frame.inc"
    program
    measure
    movs.w r7, 4                @ 1
loop:
    subs r7, 1                  @ 1 four times
    add r0, r8                  @ 1 four times
    bne.n loop                  @ 1 three times, then 0
    finish
