@ 10 cycles = 4 issue + 5 memory + 1 branch
@ LDRD and STRD take three cycles and don't pipeline with neighbours; the load in between takes its two
@ [TRM DDI0337I 3.3.2].
    .include "frame.inc"
    program
    measure
    ldrd r4, r5, [r1]           @ 3
    ldr.w r0, [r3]              @ 2
    strd r4, r5, [r3, 8]        @ 3
    finish
