"""Cycles of a basic block on each core. `price` picks the core's model by the type of its parameters."""

from simtiny.isa.instruction import Instruction
from simtiny.timing import cortex_m4
from simtiny.timing.cortex_m4 import CortexM4
from simtiny.timing.effects import Cost

Core = CortexM4
__all__ = ["Core", "Cost", "price"]


def price(core: Core, block: tuple[Instruction, ...], before: tuple[Instruction, ...] | None, taken: bool) -> Cost:
    """Cycles by effect of one run through a block: see the core's own module. Raises Unpriced."""
    return cortex_m4.price(core, block, before, taken)
