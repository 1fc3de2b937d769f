@ 5 cycles = 3 issue + 1 memory + 1 branch
@ Indexed loads on the same base chain like any others [recorded latencies of X-CUBE-AI on L4R5ZI, whose kernels are made
@ of such chains; J says they don't].
    .include "frame.inc"
    program
    measure
    ldr r0, [r1], 4             @ 2
    ldr r2, [r1], 4             @ 1
    finish
