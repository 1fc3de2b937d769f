"""What a user wants in another memory than the firmware has it in, such as "weights=sram2"."""

from collections.abc import Iterable
from dataclasses import dataclass

from simtiny.board import Board, Memory
from simtiny.errors import BadInput, unknown

PARTS = ("code", "weights", "tensors", "stack")
"""Of the built-in firmware, which is executed with them where they are wanted: see `simtiny.mlperf.moved`."""


@dataclass(frozen=True)
class Placement:
    """`what`: a part, as PARTS has it, or what an image has: a section, a symbol, a range of addresses."""

    what: str
    memory: Memory


def parse(place: Iterable[str], board: Board) -> tuple[Placement, ...]:
    """Each "WHAT=MEMORY", with a memory of the board in any case of letters. Raises BadInput."""
    found: dict[str, Placement] = {}
    for text in place:
        what, equals, name = (part.strip() for part in text.rpartition("="))
        if not (what and equals and name):
            raise BadInput(f"`place` {text}: expected WHAT=MEMORY, such as weights={board.memories[-1].name}")
        memories = {memory.name.lower(): memory for memory in board.memories}
        if name.lower() not in memories:
            raise BadInput(f"`place` {text}: {board.id}: {unknown('memory', name, memories)}")
        what = what.lower() if what.lower() in PARTS else what
        if what in found:
            raise BadInput(f"`place` {text}: {what} is placed twice")
        found[what] = Placement(what, memories[name.lower()])
    return tuple(found.values())


def called(memory: Memory) -> str:
    """What messages call it."""
    return "the flash" if memory.kind == "flash" else memory.name.upper()


def does_not_fit(what: str, memory: Memory, size: int, free: int) -> BadInput:
    """The error for `size` bytes where only so many are free. `what`: with its verb, such as "the stack does"."""
    return BadInput(
        f"{what} not fit {called(memory)} by {size - free:,} bytes: {size:,} are needed, and {free:,} are free"
    )
