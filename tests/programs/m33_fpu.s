@ 23 cycles = 14 issue + 8 floating_point + 1 branch
@ VADD, VMUL: result in 2 cycles; VFMA: 3 as an addend, 4 otherwise, and nothing of the FPU in the next two [J].
    .include "m33_frame.inc"
    program
    enable_fpu
    measure
    vadd.f32 s0, s1, s2         @ 1
    vmul.f32 s3, s0, s4         @ 2
    vmul.f32 s5, s6, s7         @ 1
    vfma.f32 s8, s9, s10        @ 1
    vfma.f32 s8, s11, s12       @ 3
    vfma.f32 s8, s11, s12       @ 3
    nop.w                       @ 1
    nop.w                       @ 1
    vadd.f32 s13, s14, s8       @ 2
    vldr s0, [r1]               @ 1
    vadd.f32 s1, s0, s2         @ 1
    vmov r0, s1                 @ 2
    add.w r2, r0, r4            @ 2
    finish
