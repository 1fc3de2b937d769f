"""How far below its stack pointer a block of code reaches, as far as the code alone tells."""

import re
from dataclasses import dataclass

from simtiny.isa.instruction import LOADS, SP, STORES, Instruction, Kind

_SP_NUMBER = 13
_IMMEDIATE = re.compile(r"#(-?(?:0x[0-9a-f]+|[0-9]+))$")
_ADJUSTMENT = re.compile(r"(add|sub)\S* sp, (?:sp, )?#(0x[0-9a-f]+|[0-9]+)$")
_POINTERS = (
    "msp",
    "psp",
    "control",
)  # written, they are another stack, or another place on it: Arm v7-M ARM, B5.2.3


@dataclass(frozen=True)
class StackDip:
    """bytes: from the stack pointer that the block began with to the lowest address that it puts in use, 0 if none.

    address: of the first instruction that reaches so deep, -1 if none. moves_sp: the stack pointer is written by what
    the code alone doesn't tell, such as MOV SP, R7; `bytes` is of what runs before.
    """

    bytes: int
    address: int
    moves_sp: bool


NO_DIP = StackDip(0, -1, False)


def stack_dip(instructions: tuple[Instruction, ...]) -> StackDip:
    """The dip of a block of decoded code.

    In an IT block what goes down is taken to run, and what goes up not to. A store below the stack pointer that leaves
    that where it is counts as well.
    """
    now_at, deepest, address = 0, 0, -1
    for now in instructions:
        change = _change(now)
        reached = min(_stored_at(now, now_at), now_at if change is None else now_at + change)
        if reached < deepest:
            deepest, address = reached, now.address
        if change is None:
            return StackDip(-deepest, address, True)
        if not (now.conditional and change > 0):
            now_at += change
    return StackDip(-deepest, address, False) if deepest else NO_DIP


def _stored_at(now: Instruction, sp: int) -> int:
    """The lowest byte that a store by SP and a constant writes, relative to where the block began; else `sp`."""
    place = now.target
    return sp + place.offset if place is not None and place.base == _SP_NUMBER and place.index < 0 else sp


def _change(now: Instruction) -> int | None:
    """What an instruction adds to SP, None where the code doesn't tell."""
    if now.kind is Kind.SYSTEM and now.name == "msr":
        return None if now.text.split(" ", 1)[1].startswith(_POINTERS) else 0
    if not now.writes & SP:
        return 0
    place = now.target or now.source
    if place is not None and place.base == _SP_NUMBER and now.writeback:
        return None if now.kind in LOADS and _loads_sp(now) else _written_back(now)
    adjusted = _ADJUSTMENT.match(now.text)
    if adjusted is None:
        return None
    return int(adjusted[2], 0) * (1 if adjusted[1] == "add" else -1)


def _loads_sp(now: Instruction) -> bool:
    return now.text.split(" ", 1)[1].startswith("sp,")


def _written_back(now: Instruction) -> int | None:
    """Of a load or store that moves SP: multiple, pre-indexed or post-indexed."""
    place = now.target or now.source
    if place is None or now.kind not in LOADS | STORES:
        return None
    if now.kind.name.endswith("MULTIPLE"):
        return -place.bytes if place.offset < 0 else place.bytes
    if now.text.endswith("!"):
        return place.offset
    behind = _IMMEDIATE.search(now.text)
    return int(behind[1], 0) if behind is not None else None
