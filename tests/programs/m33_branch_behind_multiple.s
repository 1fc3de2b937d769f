@ 26 cycles = 10 issue + 12 memory + 4 branch
@ A branch issues with a load multiple, whose four registers take four cycles [J].
    .include "m33_frame.inc"
    program
    measure
    movs.w r7, 4                @ 1
loop:
    subs r7, 1                  @ 1 four times
    ldmia r1!, {r2-r5}          @ 4 four times
    bne.n loop                  @ 1 three times, then 0
    finish
