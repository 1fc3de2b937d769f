@ 5 cycles = 4 issue + 1 branch
@ STR with an immediate offset is always one cycle: the write buffer hides the rest [TRM DDI0337I 3.3.2].
    .include "frame.inc"
    program
    measure
    str r0, [r1]                @ 1
    strb r0, [r1, 5]            @ 1
    strh r0, [r3, 2]            @ 1
    finish
