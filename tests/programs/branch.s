@ 6 cycles = 3 issue + 3 branch
@ B takes 1 + P cycles, P = 1 for a direct branch to an aligned target, which is fetched while the branch is decoded
@ [TRM 100166 table 3-1; DDI0337G 1-14].
    .include "frame.inc"
    program
    measure
    b.n first                   @ 1 + 1
    .balign 4
first:
    b.w second                  @ 1 + 1
    .balign 4
second:
    finish
