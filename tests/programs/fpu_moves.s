@ 10 cycles = 6 issue + 3 floating_point + 1 branch
@ One register one cycle, two registers two [FPU table]; s3 is read right behind the addition that makes it
@ [GCC: cortex-m4-fpu.md].
    .include "frame.inc"
    program
    enable_fpu
    measure
    vmov s0, r0                 @ 1
    vmov s0, s1, r0, r2         @ 2
    vmov r0, r2, s0, s1         @ 2
    vadd.f32 s3, s1, s2         @ 1
    vmov r0, s3                 @ 1 + 1
    finish
