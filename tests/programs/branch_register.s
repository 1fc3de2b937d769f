@ 9 cycles = 4 issue + 5 branch
@ BLX and MOV PC: 1 + P with P = 2 [TRM 100166 table 3-1].
    .include "frame.inc"
    program
    adr.w r4, first
    add.w r4, r4, 1
    adr.w r5, second
    measure
    blx r4                      @ 1 + 2
    .balign 4
first:
    nop                         @ 1
    mov pc, r5                  @ 1 + 2
    .balign 4
second:
    finish
