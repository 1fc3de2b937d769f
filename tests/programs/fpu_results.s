@ 9 cycles = 6 issue + 2 floating_point + 1 branch
@ One cycle each [FPU table]; the result of the instruction before comes a cycle late [GCC: cortex-m4-fpu.md].
    .include "frame.inc"
    program
    enable_fpu
    measure
    vadd.f32 s0, s1, s2         @ 1
    vmul.f32 s3, s4, s5         @ 1: independent
    vsub.f32 s6, s0, s2         @ 1: one in between
    vadd.f32 s7, s6, s2         @ 1 + 1
    vabs.f32 s8, s7             @ 1 + 1
    finish
