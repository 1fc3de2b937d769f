@ 25 cycles = 24 issue + 1 branch
@ Shifted operands and DSP instructions have results two cycles later; plain ones, patterns and BFI the next [J], as do rotated
@ extends that add nothing: AES by tables takes one cycle an instruction with them, 54 a round (jnk0le/cortexm-AES).
    .include "m33_frame.inc"
    program
    measure
    eor.w r0, r1, r2, lsl 3     @ 1
    add.w r4, r0, r5            @ 2
    eor r0, r1, 0x1fc0          @ 1
    add.w r4, r0, r5            @ 2
    eor r0, r1, 0x1b1b1b1b      @ 1
    add.w r4, r0, r5            @ 1
    bfi r0, r1, 3, 4            @ 1
    add.w r4, r0, r5            @ 1
    uadd8 r0, r1, r2            @ 1
    add.w r4, r0, r5            @ 2
    pkhbt r0, r1, r2            @ 1
    add.w r4, r0, r5            @ 2
    uxtab r0, r1, r2            @ 1
    add.w r4, r0, r5            @ 2
    uxtb.w r0, r1, ror 16       @ 1
    add.w r4, r0, r5            @ 1
    sxth.w r0, r1, ror 8        @ 1
    add.w r4, r0, r5            @ 1
    finish
