"""What differs between the cores that the machine can be."""

import re
from dataclasses import dataclass

from unicorn.arm_const import UC_CPU_ARM_CORTEX_M4

from simtiny.timing import Core
from simtiny.timing.cortex_m4 import CortexM4

# SDIV and UDIV, encoding T1: 1111 1011 10x1 nnnn 1111 dddd 1111 mmmm, as little-endian halfwords.
_DIVIDE = re.compile(rb"[\x90-\x9f\xb0-\xbf]\xfb[\xf0-\xff][\xf0-\xff]", re.DOTALL)


@dataclass(frozen=True)
class CoreKind:
    unicorn_model: int
    cpuid: int  # SCB CPUID: the part's Technical Reference Manual
    priority_bits: int  # STM32L4: 4 (reference manual, NVIC)
    timing: Core


CORES = {
    "cortex-m4f": CoreKind(UC_CPU_ARM_CORTEX_M4, 0x410F_C241, 4, CortexM4()),
}


def find_divides(code: bytes) -> list[int]:
    """Offsets of all halfword pairs that are SDIV or UDIV if they run. Data that looks like one does no harm."""
    return [
        match.start()
        for match in re.finditer(b"(?=" + _DIVIDE.pattern + b")", code, re.DOTALL)
        if not match.start() & 1
    ]
