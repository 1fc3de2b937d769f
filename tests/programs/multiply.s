@ 10 cycles = 8 issue + 1 multiply + 1 branch
@ Multiplies take one cycle [TRM 100166 table 3-1]; MLS two [Embench: matmult-int, edn; older issues of the TRM].
    .include "frame.inc"
    program
    measure
    mul r0, r4, r5              @ 1
    mla r0, r4, r5, r0          @ 1
    mls r0, r4, r5, r0          @ 2
    smull r6, r7, r4, r5        @ 1
    smlal r6, r7, r4, r5        @ 1
    umaal r6, r7, r4, r5        @ 1
    smlad r0, r4, r5, r0        @ 1
    finish
