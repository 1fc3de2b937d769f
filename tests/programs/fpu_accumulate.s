@ 17 cycles = 7 issue + 9 floating_point + 1 branch
@ VMLA and VFMA three cycles [FPU table]. A result may come late as the addend, not as a factor [GCC: cortex-m4-fpu.md].
    .include "frame.inc"
    program
    enable_fpu
    measure
    vmla.f32 s0, s1, s2         @ 3
    vfma.f32 s3, s1, s2         @ 3
    vadd.f32 s4, s1, s2         @ 1
    vmla.f32 s4, s1, s2         @ 3: the addend
    vadd.f32 s5, s1, s2         @ 1
    vmls.f32 s6, s5, s2         @ 1 + 3: a factor
    finish
