@ 15 cycles = 11 issue + 4 branch
@ Only two narrow instructions issue together [J]: a wide branch takes a cycle, and a taken one another.
    .include "m33_frame.inc"
    program
    measure
    movs.w r7, 4                @ 1
loop:
    subs.w r7, r7, 1            @ 1 four times
    bne.w loop                  @ 2 three times, then 1
    nop.w                       @ 1
    finish
