"""What the machine needs to be each of the cores in `simtiny.cores`."""

from dataclasses import dataclass
from typing import Any

from simtiny.cores import CORE_FACTS, CoreFacts
from simtiny.timing.core import Core
from simtiny.timing.models import MODELS


@dataclass(frozen=True)
class CoreKind:
    """`entry_cycles`: from an exception to its handler's first instruction, without wait states."""

    facts: CoreFacts
    unicorn_model: str  # its name there, behind UC_CPU_ARM_
    cpuid: int  # SCB CPUID: the part's Technical Reference Manual
    priority_bits: int  # STM32: 2 on Cortex-M0 and M0+, 4 on the others (reference manuals, NVIC); PSoC 6: 3
    timing: Core
    entry_cycles: int = 12  # Cortex-M3, M4: Arm knowledge base ka16366; taken over for M7 and M33
    has_only_hard_fault: bool = False  # Armv6-M ARM B1.5.1: no other fault exceptions, and no registers that say why
    exc_return_zeros: int = 0  # bits of EXC_RETURN that are zero here and one on Armv7-M


def _kind(name: str, unicorn_model: str, cpuid: int, priority_bits: int, **others: Any) -> CoreKind:
    return CoreKind(CORE_FACTS[name], unicorn_model, cpuid, priority_bits, MODELS[name], **others)


# Entry: 15 cycles on Cortex-M0+ (TRM DDI0484C 3.6.1), 16 on Cortex-M0 (Arm's table of interrupt latencies by core, as
# quoted by others). EXC_RETURN: without the Security Extension bits 0 and 6, ES and S, are zero (Armv8-M ARM).
CORES = {
    "cortex-m0": _kind("cortex-m0", "CORTEX_M0", 0x410C_C200, 2, entry_cycles=16, has_only_hard_fault=True),
    "cortex-m0plus": _kind("cortex-m0plus", "CORTEX_M0", 0x410C_C601, 2, entry_cycles=15, has_only_hard_fault=True),
    "cortex-m3": _kind("cortex-m3", "CORTEX_M3", 0x412F_C231, 4),
    "cortex-m4f": _kind("cortex-m4f", "CORTEX_M4", 0x410F_C241, 4),
    "cortex-m7": _kind("cortex-m7", "CORTEX_M7", 0x411F_C270, 4),
    "cortex-m33": _kind("cortex-m33", "CORTEX_M33", 0x410F_D214, 4, exc_return_zeros=0x41),
}
