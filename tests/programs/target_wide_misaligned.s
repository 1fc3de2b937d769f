@ 6 cycles = 3 issue + 2 branch + 1 fetch
@ A 32-bit target across a word boundary needs two fetches: one cycle more [C: compendium.i-0.nl, alignment rules].
    .include "frame.inc"
    program
    measure
    b.n first                   @ 1 + 1
    .balign 4
    nop
first:
    add.w r0, r0, 1             @ 1 + 1
    finish
