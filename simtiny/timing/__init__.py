"""Cycles of a basic block on each core. `price` picks the core's model by the type of its parameters."""

from functools import lru_cache

from simtiny.isa.instruction import Instruction
from simtiny.timing import cortex_m0plus, cortex_m4, cortex_m7, cortex_m33
from simtiny.timing.cortex_m0plus import CortexM0Plus
from simtiny.timing.cortex_m4 import CortexM4
from simtiny.timing.cortex_m7 import CortexM7
from simtiny.timing.cortex_m33 import CortexM33
from simtiny.timing.effects import Cost

Core = CortexM0Plus | CortexM4 | CortexM7 | CortexM33
__all__ = ["Core", "Cost", "price"]


@lru_cache(maxsize=1 << 16)  # each edge is priced as it is found, and again by every estimate
def price(core: Core, block: tuple[Instruction, ...], before: tuple[Instruction, ...] | None, taken: bool) -> Cost:
    """Cycles by effect of one run through a block: see the core's own module. Raises Unpriced."""
    if isinstance(core, CortexM0Plus):
        return cortex_m0plus.price(core, block, before, taken)
    if isinstance(core, CortexM7):
        return cortex_m7.price(core, block, before, taken)
    if isinstance(core, CortexM33):
        return cortex_m33.price(core, block, before, taken)
    return cortex_m4.price(core, block, before, taken)
