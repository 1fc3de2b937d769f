"""What differs between the cores that the machine can be."""

from dataclasses import dataclass

from unicorn.arm_const import UC_CPU_ARM_CORTEX_M4

from simtiny.timing import Core
from simtiny.timing.cortex_m4 import CortexM4


@dataclass(frozen=True)
class CoreKind:
    unicorn_model: int
    cpuid: int  # SCB CPUID: the part's Technical Reference Manual
    priority_bits: int  # STM32L4: 4 (reference manual, NVIC)
    timing: Core


CORES = {
    "cortex-m4f": CoreKind(UC_CPU_ARM_CORTEX_M4, 0x410F_C241, 4, CortexM4()),
}
