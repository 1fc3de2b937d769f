@ 6 cycles = 3 issue + 1 memory + 1 address + 1 branch
@ The result of data processing as a base stalls the load by one cycle [TRM DDI0337I 3.3.2: no forwarding path].
    .include "frame.inc"
    program
    measure
    adds r1, r1, 4              @ 1
    ldr r0, [r1]                @ 1 + 2
    finish
