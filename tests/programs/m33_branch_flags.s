@ 13 cycles = 6 issue + 7 branch
@ A branch issues with the narrow instruction that sets its flags: 2 cycles taken, 0 not taken [J].
    .include "m33_frame.inc"
    program
    measure
    movs.w r7, 4                @ 1
loop:
    subs r7, 1                  @ 1 four times
    bne.n loop                  @ 2 three times, then 0
    finish
