@ 21 cycles = 8 issue + 12 system + 1 branch
@ MRS, MSR, DMB, DSB and ISB take three cycles, CPS one [TRM DDI0484C table 3.1].
    .include "m0plus_frame.inc"
    program
    measure
    mrs r0, primask             @ 3
    msr primask, r0             @ 3
    dmb                         @ 3
    dsb                         @ 3
    isb                         @ 3
    cpsie i                     @ 1
    mrs r0, apsr                @ 3
    finish
