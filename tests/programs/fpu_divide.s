@ 31 cycles = 4 issue + 26 floating_point + 1 branch
@ VDIV and VSQRT 14 cycles [FPU table].
    .include "frame.inc"
    program
    enable_fpu
    measure
    vdiv.f32 s0, s1, s2         @ 14
    vsqrt.f32 s3, s4            @ 14
    nop                         @ 1
    finish
