"""The price of an edge between blocks, remembered: the machine asks for it as it finds the edge, each estimate again.

An edge is told by its code and where that stands. Its decoded instructions would do as well, but to hash and compare
those takes longer than most of the work that it saves.
"""

from functools import lru_cache

from simtiny.isa.decode import decode
from simtiny.timing.core import Code, Core
from simtiny.timing.effects import Cost

PlacedCode = tuple[int, bytes, frozenset[int]]
"""A block: its address, its code, and the addresses of its instructions that were seen to load from flash."""


def instructions(block: PlacedCode) -> Code:
    """The block decoded."""
    address, code, flash_loads = block
    return decode(code, address, flash_loads)


@lru_cache(maxsize=1 << 17)
def edge_price(core: Core, block: PlacedCode, before: PlacedCode | None, taken: bool) -> Cost:
    """`Core.price` of a block by its code. Raises Unpriced as that does. Threads may ask at the same time."""
    return core.price(instructions(block), None if before is None else instructions(before), taken)
