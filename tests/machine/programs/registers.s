@ Carries out the list of register accesses at LIST: kind, address, value. Kind 1, 2, 4: store so many bytes; 0x11, 0x12,
@ 0x14: load them and append what came to RESULTS; 0: end.
        .include "prelude.inc"
        .equ    LIST, 0x08010000

begin accesses
        ldr     r4, =LIST
        ldr     r5, =RESULTS
next_access:
        ldmia   r4!, {r0-r2}
        cbz     r0, last_access
        cmp     r0, #1
        it      eq
        strbeq  r2, [r1]
        cmp     r0, #2
        it      eq
        strheq  r2, [r1]
        cmp     r0, #4
        it      eq
        streq   r2, [r1]
        dsb
        isb
        cmp     r0, #0x10
        bls     next_access
        cmp     r0, #0x11
        it      eq
        ldrbeq  r2, [r1]
        cmp     r0, #0x12
        it      eq
        ldrheq  r2, [r1]
        cmp     r0, #0x14
        it      eq
        ldreq   r2, [r1]
        str     r2, [r5], #4
        b       next_access
last_access:
        finish

begin log_handler
        ldr     r0, =RESULTS + 256
        ldr     r1, [r0]
        adds    r1, #1
        str     r1, [r0]
        ldr     r2, =ICSR
        ldr     r2, [r2]
        str     r2, [r0, #4]
        bx      lr
