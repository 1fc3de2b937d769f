@ 10 cycles = 3 issue + 4 memory + 2 ram_data + 1 branch
@ Loads and stores of several registers wait for the bus matrix once.
    .include "frame.inc"
    program
    add.w r4, r1, 0x10000
    measure
    ldm r4, {r5, r6}            @ 3 + 1
    strd r0, r2, [r4]           @ 3 + 1
    finish
