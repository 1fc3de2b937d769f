"""Which accesses wait until the bus matrix has turned to their memory, on cores of the Cortex-M4 kind.

The System bus of an STM32 leads to several RAMs, and one of them, SRAM1, is served at once. Before it serves another,
the matrix takes a cycle: `Memory.arbitration_cycles`. Which accesses wait for that cycle follows from those recorded on
STM32L4R5 and on STM32F407; `docs/validation/cortex-m4.md` has the story.

- A load alone waits. Of loads that chain none does; why it is hidden there is not known. Where a load moves its base
  and the next one uses that, the two do not chain.
- A store waits in the write buffer, behind the back of what follows, unless that is a store, too. Of a run of stores
  the second waits, once. A base that the first has moved is late by as much, and hides it.
- A load or store of several registers waits once.
"""

from simtiny.isa.instruction import SEVERAL, SINGLE_LOADS, SINGLE_STORES, Instruction
from simtiny.timing.core import Code


def waits(block: Code) -> tuple[int, ...]:
    """How often each instruction waits, if its access is to such a memory.

    It is told from the block alone: a chain that begins in the block before is taken to begin here. Besides, a load
    that does not chain behind one that has moved its base waits for the cycle that its price takes for saved.
    """
    return tuple(_waits(block, place) for place in range(len(block)))


def _waits(block: Code, place: int) -> int:
    now = block[place]
    before = block[place - 1] if place > 0 else None
    after = block[place + 1] if place + 1 < len(block) else None
    if now.kind in SEVERAL:
        return 1
    if now.kind in SINGLE_LOADS:
        alone = not _chain(before, now) and not _chain(now, after)
        return alone + _unchained(before, now)
    if now.kind in SINGLE_STORES and _follow(before, now):
        return int(place < 2 or not _follow(block[place - 2], block[place - 1]))
    return 0


def _are_loads(before: Instruction, now: Instruction) -> bool:
    return {before.kind, now.kind} <= SINGLE_LOADS and before.transfers == now.transfers == 1


def _chain(before: Instruction | None, now: Instruction | None) -> bool:
    """Whether both are loads that overlap."""
    if before is None or now is None or not _are_loads(before, now):
        return False
    return not before.writes & now.address_registers


def _unchained(before: Instruction | None, now: Instruction) -> bool:
    """Whether `now` is a load from the base that the load before has moved, and nothing else is in its way."""
    if before is None or not _are_loads(before, now) or not before.writeback:
        return False
    in_the_way = before.writes & now.address_registers
    return in_the_way != 0 and not in_the_way & ~before.address_registers


def _follow(before: Instruction | None, now: Instruction) -> bool:
    """Whether both are stores, and the second need not wait for its base."""
    return before is not None and before.kind in SINGLE_STORES and not before.writes & now.address_registers
