@ 29 cycles = 9 issue + 19 memory + 1 branch
@ VLDR.32 two, pipelined one; VLDR.64 three; VSTR.32 one like STR; multiples 1 + N words
@ [FPU table; GCC: cortex-m4-fpu.md for VSTR].
    .include "frame.inc"
    program
    enable_fpu
    measure
    vldr s0, [r1]               @ 1
    vldr s1, [r1, 4]            @ 2: N + 1 for two
    vstr s0, [r3]               @ 1
    nop.w                       @ 1
    vldr d1, [r1, 8]            @ 3
    vldmia r1!, {s4-s7}         @ 1 + 4
    vpush {d0-d2}               @ 1 + 6
    vpop {s0-s5}                @ 1 + 6
    finish
