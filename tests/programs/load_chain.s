@ 6 cycles = 4 issue + 1 memory + 1 branch
@ N independent loads take N + 1 cycles: LDR; LDR; LDR is four [TRM DDI0337I 3.3.2, examples].
    .include "frame.inc"
    program
    measure
    ldr r0, [r1]                @ 1
    ldrb r2, [r3]               @ 1
    ldrsh r4, [r1, 8]           @ 2
    finish
