@ What Unicorn gets wrong: conversions from fixed point under other roundings than to nearest, and bit 3 of CONTROL.
        .include "prelude.inc"

@ By each of the four roundings, toward the nearest first: 0x01000003 with 12 places as a single, 0x00FFFFFF.C0 with 8
@ places, -0x01000001 with none but by VCVT of a whole number, which goes by FPSCR. Then FPSCR, twice in a loop, so that
@ translated code runs, too.
begin convert
        enable_fpu
        movs    r5, #2
again:  ldr     r7, =RESULTS
        movs    r6, #0                  @ FPSCR.RMode
next:   lsls    r0, r6, #22
        vmsr    fpscr, r0
        ldr     r0, =0x01000003
        vmov    s0, r0
        vcvt.f32.s32 s0, s0, #12
        ldr     r0, =0xFFFFFFC0
        vmov    s1, r0
        vcvt.f32.u32 s1, s1, #8
        ldr     r0, =0xFEFFFFFF
        vmov    s2, r0
        vcvt.f32.s32 s2, s2
        vstmia  r7!, {s0-s2}
        vmrs    r0, fpscr
        str     r0, [r7], #4
        adds    r6, #1
        cmp     r6, #4
        bne     next
        subs    r5, #1
        bne     again
        finish

@ CONTROL before the first floating-point instruction and after it; FPSCR behind a write of CONTROL.
begin control
        enable_fpu
        ldr     r7, =RESULTS
        mrs     r0, control
        str     r0, [r7]
        movs    r0, #3
        lsls    r0, r0, #22
        vmsr    fpscr, r0
        mrs     r0, control
        str     r0, [r7, #4]
        msr     control, r0
        isb
        vmrs    r1, fpscr
        str     r1, [r7, #8]
        mrs     r0, control
        str     r0, [r7, #12]
        finish
