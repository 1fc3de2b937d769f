@ 33 cycles = 10 issue + 22 divide + 1 branch
@ 2 to 12 cycles [TRM 100166 table 3-1]; by the project's law 3 + (bits(dividend) - bits(divisor)) / 4, rounded down,
@ and 2 for a quotient of zero or a divisor of zero (native.divide_cycles).
    .include "frame.inc"
    program
    movs r0, 7
    movs r2, 9
    movs r4, 100
    mvn r5, 0
    movs r6, 1
    movs r7, 0
    mvn r8, 99                  @ -100
    measure
    udiv r9, r0, r2             @ 2: quotient 0
    udiv r9, r0, r0             @ 3: 3 - 3 bits
    udiv r9, r4, r0             @ 4: 7 - 3 bits, 1 step more
    sdiv r9, r8, r0             @ 4: of the magnitudes
    udiv r9, r5, r2             @ 10: 32 - 4 bits, 7 steps
    sdiv r9, r5, r2             @ 2: -1 / 9
    sdiv r9, r5, r6             @ 3: -1 / 1
    udiv r9, r4, r7             @ 2: by zero
    nop                         @ 1
    finish
