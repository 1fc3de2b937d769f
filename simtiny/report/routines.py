"""Functions of a program without names: they begin where calls go, and where something begins without a call."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from simtiny.engine import LR
from simtiny.image import Image, Symbol
from simtiny.isa.instruction import Instruction
from simtiny.profiles import Profile
from simtiny.timing.prices import instructions


def routines(profiles: Sequence[Profile], name: str) -> Image:
    """An image called `name` of routines named by their addresses, as far as the profiles of one replay tell them."""
    begins, ends = set(), []
    for profile in profiles:
        blocks = profile.blocks
        for (before, block, _), taken in zip(profile.edges.tolist(), profile.taken.tolist(), strict=True):
            for each in (block,) if before < 0 else (before, block):
                ends.append((blocks[each].address, blocks[each].address + len(blocks[each].code)))
            if before < 0 or (taken and _calls(instructions(blocks[before])[-1])):
                begins.add(blocks[block].address)
    if not ends:
        return Image(name, "", ())
    begins.add(min(ends)[0])
    starts = sorted(begins)
    last = dict.fromkeys(starts, 0)
    for address, end in ends:
        start = starts[bisect_right(starts, address) - 1]
        last[start] = max(last[start], end)
    limits = [after for _, after in pairwise(starts)] + [1 << 32]
    found = tuple(
        Symbol(f"0x{start:08x}", start, min(last[start], limit) - start, "function")
        for start, limit in zip(starts, limits, strict=True)
    )
    return Image(name, "", (), functions=found)


def _calls(last: Instruction) -> bool:
    return last.writes_pc and bool(last.writes >> LR & 1)
