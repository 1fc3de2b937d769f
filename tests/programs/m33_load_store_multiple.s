@ 17 cycles = 7 issue + 9 memory + 1 branch
@ Doubles take two cycles, multiples as many as registers [J].
    .include "m33_frame.inc"
    program
    measure
    ldrd r4, r5, [r1]           @ 2
    strd r4, r5, [r3]           @ 2
    ldm r3, {r4, r5, r6}        @ 3
    stm r1, {r4, r5, r6}        @ 3
    push {r4, r5, r6}           @ 3
    pop {r4, r5}                @ 2
    finish
