@ Firmware that talks and waits, each in its own way, and firmware that only seems to wait.
        .include "prelude.inc"
        .equ    GPIOB_MODER, 0x48000400
        .equ    GPIOF_MODER, 0x48001400
        .equ    GPIOF_BSRR, 0x48001418
        .equ    BSRR, 0x18
        .equ    LPUART1_CR1, 0x40008000
        .equ    ISR, 0x1C
        .equ    RDR, 0x24
        .equ    TDR, 0x28
        .equ    TIM2_CR1, 0x40000000
        .equ    CNT, 0x24
        .equ    TICKS, RESULTS
        .equ    RECEIVED, RESULTS + 4   @ a byte and 0x100

        .macro  open_port control
        put     LPUART1_CR1 + 0x0C, 8889        @ BRR: 4 MHz * 256 / 115200
        put     LPUART1_CR1, \control
        .endm

        .macro  say label
        ldr     r0, =\label
        bl      print
        .endm

        .macro  pulse port
        ldr     r0, =\port + BSRR
        ldr     r1, =0x20000000
        str     r1, [r0]
        lsrs    r1, #16
        str     r1, [r0]
        .endm

@ An energy-mode build: PF13 falls before and after the inference, which is 1000 rounds of a loop.
begin energy
        movs    r7, #0
        b       measured
@ The same, with a lamp on PB13 that blinks along.
begin energy_with_lamp
        movs    r7, #1
        b       measured
@ The same without any timestamp.
begin energy_without_pin
        movs    r7, #2
        b       measured
@ The same, with a pin that rests low until its first timestamp.
begin energy_from_low
        movs    r7, #0
        b       from_low
measured:
        put     GPIOF_BSRR, 0x2000
from_low:
        put     GPIOB_MODER + BSRR, 0x2000
        put     GPIOF_MODER, 0xF7FFFFFF
        put     GPIOB_MODER, 0xF7FFFFFF
        open_port 0xD
answer: say     ready
        bl      listen
        say     begins
        bl      timestamp
        mov     r2, #1000
1:      subs    r2, #1
        bne     1b
        bl      timestamp
        say     ends
        b       answer
timestamp:
        cmp     r7, #1
        bhi     2f
        bne     1f
        pulse   GPIOB_MODER
1:      pulse   GPIOF_MODER
2:      bx      lr
        .ltorg

@ Up to and with a '%'.
listen:
        ldr     r0, =LPUART1_CR1
1:      ldr     r1, [r0, #ISR]
        lsls    r1, #26
        bpl     1b
        ldr     r1, [r0, #RDR]
        cmp     r1, #'%'
        bne     1b
        bx      lr
print:  ldr     r1, =LPUART1_CR1 + TDR
1:      ldrb    r2, [r0], #1
        cbz     r2, 2f
        str     r2, [r1]
        b       1b
2:      bx      lr
        .ltorg
ready:  .asciz  "m-ready\r\n"
begins: .asciz  "m-infer-start-1\r\n"
ends:   .asciz  "m-infer-done\r\nm-results-[1.000]\r\n"
        .balign 4

@ A performance build. It takes the time from DWT's cycle counter, leaves it in RAM and prints its first timestamp 300
@ rounds of a loop later, its second 5,000.
begin laps
        ldr     r6, =5000
        b       lapped
@ The same, with 50,000 rounds.
begin laps_late
        ldr     r6, =50000
lapped:
        put     DEMCR, 1 << 24
        put     DWT_CTRL, 1
        open_port 0xD
lap_answer:
        say     ready
        bl      listen
        say     begins
        ldr     r5, =RESULTS
        mov     r4, #300
        bl      lap
        mov     r2, #1000
1:      subs    r2, #1
        bne     1b
        mov     r4, r6
        bl      lap
        say     ends
        b       lap_answer
lap:    push    {lr}
        ldr     r0, =DWT_CYCCNT
        ldr     r1, [r0]
        str     r1, [r5], #4
1:      subs    r4, #1
        bne     1b
        say     lap_line
        pop     {pc}
        .ltorg
lap_line:
        .asciz  "m-lap-us-7\r\n"
        .balign 4

@ Echoes what its receive interrupt has left in RAM, while a millisecond tick goes on.
begin echo
        put     TICKS, 0
        put     RECEIVED, 0
        put     SYST_RVR, 3999
        put     SYST_CVR, 0
        put     SYST_CSR, 7
        put     ISER + 8, 1 << 6        @ LPUART1: interrupt 70
        open_port 0x2D
        ldr     r0, =RECEIVED
        ldr     r2, =LPUART1_CR1
        movs    r3, #0
begin echo_waits
        ldr     r1, [r0]
        cmp     r1, #0
        beq     echo_waits
        str     r3, [r0]
        uxtb    r1, r1
        str     r1, [r2, #TDR]
        b       echo_waits
begin tick
        ldr     r0, =TICKS
        ldr     r1, [r0]
        adds    r1, #1
        str     r1, [r0]
        bx      lr
begin receive
        ldr     r0, =LPUART1_CR1
        ldr     r1, [r0, #RDR]
        orr     r1, #0x100
        ldr     r0, =RECEIVED
        str     r1, [r0]
        bx      lr
        .ltorg

@ A loop that gets somewhere: it counts in RAM, and its registers come back to the same values.
begin counts
        put     TICKS, 0
begin counts_on
        ldr     r0, =TICKS
        ldr     r1, [r0]
        adds    r1, #1
        str     r1, [r0]
        movs    r1, #0
        cmp     r1, #0
        b       counts_on
        .ltorg

@ A loop that waits for a timer that takes 4000 cycles to a count: long the same state, but not for ever.
begin times
        put     TIM2_CR1 + 0x28, 3999   @ PSC
        put     TIM2_CR1 + 0x14, 1      @ EGR.UG
        put     TIM2_CR1, 1
        ldr     r0, =TIM2_CR1
begin times_on
        ldr     r1, [r0, #CNT]
        cmp     r1, #100
        blo     times_on
        finish
