"""Cortex-M3 instruction timing: that of Cortex-M4 (`simtiny.timing.cortex_m4`), a smaller multiplier, no DSP, no FPU.

Source: [TRM] Cortex-M3 TRM DDI0337, table 3-1. SMULL and UMULL take 3 to 5 cycles, SMLAL and UMLAL 4 to 7, fewer for
small operands; Arm gives no law. Each is priced at the middle of its range, rounded up, and may be off by half of it.
Nothing was calibrated: no recorded result of this core is at hand.
"""

from dataclasses import replace

from simtiny.timing.cortex_m4 import CORTEX_M4

CORTEX_M3 = replace(
    CORTEX_M4,
    name="Cortex-M3",
    extensions=False,
    multiply_accumulate=1,  # MLA: two cycles [TRM]
    multiply_subtract=1,  # MLS: two cycles [TRM]
    long_multiply=3,  # the middle of 3 to 5 cycles [TRM]
    long_multiply_accumulate=5,  # the middle of 4 to 7 cycles [TRM]
    evidence=replace(
        CORTEX_M4.evidence,
        relative_uncertainty=0.14,  # twice Cortex-M4's, as no record confirms it
        calibrated_on=(),
    ),
)
