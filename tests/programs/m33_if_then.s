@ 7 cycles = 6 issue + 1 branch
@ IT issues with the narrow instruction before it; what is shifted has its result a cycle later [J].
    .include "m33_frame.inc"
    program
    measure
    cmp r0, r0                  @ 1
    it eq                       @ 0
    addeq.w r0, r1, r2, ror 23  @ 1
    add r0, r3                  @ 2
    adds.w r4, r4, 1            @ 1
    finish
