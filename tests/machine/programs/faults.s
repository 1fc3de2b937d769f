@ What must end in a diagnosis. Each routine faults at the label of its own name with _here.
        .include "prelude.inc"

begin read_unmapped
        ldr     r0, =0x60000000
        ldr     lr, =read_unmapped + 1
begin read_unmapped_here
        ldr     r1, [r0]
        finish

begin write_unmapped
        ldr     r0, =0x1FFF0000
        movs    r1, #1
begin write_unmapped_here
        str     r1, [r0, #4]
        finish

begin fetch_unmapped
        ldr     r0, =0x60000001
        blx     r0
        finish

begin write_flash
        ldr     r0, =0x08001000
        movs    r1, #1
begin write_flash_here
        str     r1, [r0]
        finish

begin undefined
        movs    r0, #1
begin undefined_here
        udf     #3
        finish

@ Erased flash: 0xFFFF is no instruction that decoders know.
begin undecodable
        movs    r0, #1
begin undecodable_here
        .short  0xFFFF, 0xFFFF
        finish

begin no_fpu
        movs    r0, #0
begin no_fpu_here
        vmov    s0, r0
        finish

begin even_branch
        ldr     r0, =even_branch_target
        bic     r0, r0, #1
        bx      r0
begin even_branch_target
        finish

begin breakpoint
        movs    r0, #0
begin breakpoint_here
        bkpt    #0x01
        finish

@ 64 bytes a call until the stack leaves RAM.
begin recursion
        bl      recurse
        finish
begin recurse
        push    {r0-r7, lr}
        sub     sp, #28
        bl      recurse
        add     sp, #28
        pop     {r0-r7, pc}

@ The stack pointer ends up in the program's variables; nothing else goes wrong.
begin creeping
        ldr     r0, =0x20000100
        mov     sp, r0
1:      b       1b

begin endless
        b       endless

begin sleeping
        cpsid   i
        finish

begin bad_stack
        svc     #0
        ldr     r0, =0x60000000
        mov     sp, r0
begin bad_stack_here
        svc     #0
        finish

begin flash_stack
        svc     #0
        ldr     r0, =0x08001000
        mov     sp, r0
begin flash_stack_here
        svc     #0
        finish

begin bad_vectors
        put     VTOR, 0x60000000
        dsb
begin bad_vectors_here
        svc     #0
        finish

@ The handler moves the stack away before it returns.
begin bad_unstacking
        svc     #0
        finish
begin moving_stack_handler
        ldr     r0, =0x60000000
        mov     sp, r0
        bx      lr

begin bad_exc_return_handler
        ldr     r0, =0xFFFFFFF5         @ no such EXC_RETURN
        bx      r0

begin svc_without_handler
        movs    r0, #0
begin svc_without_handler_here
        svc     #0
        finish

begin svc_masked
        cpsid   i
begin svc_masked_here
        svc     #0
        finish

begin ok_handler
        bx      lr

begin print_then_fault
        put     0x40008000, 0x9         @ LPUART1 CR1: UE and TE
        ldr     r0, =0x40008028         @ TDR
        movs    r1, #'h'
        str     r1, [r0]
        movs    r1, #'i'
        str     r1, [r0]
        movs    r1, #'\n'
        str     r1, [r0]
        udf     #0
        finish
