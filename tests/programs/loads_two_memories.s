@ 11 cycles = 5 issue + 2 memory + 4 branch
@ Loads from flash and from RAM don't pipeline: they use two buses [J: the same memory block by all loads]. Which loads
@ read flash is learnt when they first run, so they run once before.
    .include "frame.inc"
    program
    mov.w r4, 0x08000000
    bl function
    measure
    bl function                 @ 1 + 1
    finish
    .balign 4
function:
    ldr r0, [r4]                @ 2
    ldr r2, [r1]                @ 2
    bx lr                       @ 1 + 2
