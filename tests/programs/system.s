@ 15 cycles = 8 issue + 6 system + 1 branch
@ MRS, MSR, CPS two cycles [TRM: 1 or 2]; DSB and DMB one, ISB 1 + P with P = 3 [TRM 100166 table 3-1: B].
    .include "frame.inc"
    program
    measure
    mrs r0, primask             @ 2
    msr basepri, r0             @ 2
    cpsie i                     @ 2
    nop                         @ 1: and the barriers stand on word boundaries
    dmb                         @ 1
    dsb                         @ 1
    isb                         @ 4
    finish
