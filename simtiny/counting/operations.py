"""What the native hooks have to know of an instruction: its operands price it, or may be refused.

An access that is only looked at for that, and priced without, is `OperationKind.CHECKED`.
"""

import re
from enum import IntEnum

from simtiny.counting.layout import OperationKind, Right
from simtiny.isa.instruction import FLOATING_POINT, SP, Access, Instruction, Kind

_SP = 13
_OFFSET = re.compile(r"#(-?(?:0x[0-9a-f]+|\d+))\]")
_SIZES = {"b": 1, "h": 2}
_AS_UNPRIVILEGED = frozenset(
    ("ldrt", "ldrbt", "ldrht", "ldrsbt", "ldrsht", "strt", "strbt", "strht"),
)  # Arm v7-M ARM, A4.6.1
Operation = tuple[int, int, int, int, int, int, int, int, int, int]


class Look(IntEnum):
    """How much is looked at, beside what has a price."""

    ALWAYS_ALIGNED = 0
    """What faults at an address that is no multiple of its size, whatever CCR.UNALIGN_TRP says."""
    ALIGNMENT = 1
    """All of which the address may be no multiple of its size."""
    EVERYTHING = 2
    """Every access."""


def operation(now: Instruction, stores: bool, stack: bool, look: Look, arbitrations: int = 0) -> Operation | None:
    """Of a load, divide or, if they matter, a store, and of what is looked at; None for anything else.

    `stores`, `stack`: whether these matter for the price. The stack is never in flash, and hardly ever misses the
    cache: it matters where RAM has wait states, or is read past the cache. `arbitrations`: how often the access waits
    for the bus matrix, on a board where that takes time.
    """
    if now.kind is Kind.DIVIDE:
        kind = OperationKind.SIGNED_DIVIDE if now.name == "sdiv" else OperationKind.UNSIGNED_DIVIDE
        return kind, *now.divided, 0, 0, 0, 0, 1, 0, 0
    if _becomes_sp(now):
        return OperationKind.TO_SP, (now.reads & 0x7FFF).bit_length() - 1, -1, 0, 0, 0, 0, 1, 0, 0
    access = now.source or (now.target if stores or arbitrations else None)
    if access is not None and (access.base != _SP or stack or arbitrations):
        kind = OperationKind.LOAD if now.source is not None else OperationKind.STORE
        return _access(kind, now, access, arbitrations)
    access = now.source or now.target or _exclusive(now)
    if access is None or not _is_looked_at(now, access, look):
        return None
    return _access(OperationKind.CHECKED, now, access, 0)


def _becomes_sp(now: Instruction) -> bool:
    """Whether a register is moved to a stack pointer, of which the two low bits are zero (Arm v7-M ARM, B1.4.1)."""
    return (now.name == "mov" and now.writes == SP) or now.text.startswith(("msr msp,", "msr psp,"))


def _access(kind: OperationKind, now: Instruction, access: Access, arbitrations: int) -> Operation:
    known, aligned, rights = int(now.reads_flash), _alignment(now, access), _rights(now)
    place = access.base, access.index, access.shift, access.offset, access.bytes
    return kind, *place, known, aligned, rights, arbitrations


def _is_looked_at(now: Instruction, access: Access, look: Look) -> bool:
    if look is Look.EVERYTHING:
        return True
    aligned = min(access.bytes, 4) if look is Look.ALIGNMENT else _alignment(now, access)
    is_fixed = access.index < 0 and access.base in (-1, _SP)  # a stack pointer is a multiple of 4
    return aligned > 1 and not (is_fixed and access.offset % aligned == 0)


def _alignment(now: Instruction, access: Access) -> int:
    """What an address has to be a multiple of although CCR.UNALIGN_TRP is clear. Arm v7-M ARM, A3.2.1.

    Loads and stores of one integer register have none, unless they are exclusive or acquire and release.
    """
    if now.kind is Kind.EXCLUSIVE:
        return access.bytes
    return 4 if now.transfers > 1 or now.kind in FLOATING_POINT else 1


def _exclusive(now: Instruction) -> Access | None:
    """Where an exclusive access goes, or one that acquires or releases: a base and an offset."""
    base = now.address_registers
    if now.kind is not Kind.EXCLUSIVE or not base:
        return None
    offset = _OFFSET.search(now.text)
    size = _SIZES.get(now.name[-1], 4)
    return Access(base.bit_length() - 1, -1, 0, int(offset.group(1), 0) if offset else 0, size)


def _rights(now: Instruction) -> int:
    is_store = now.target is not None or (now.kind is Kind.EXCLUSIVE and now.name.startswith("st"))
    rights = Right.MAY_WRITE if is_store else Right.MAY_READ
    return rights | (Right.AS_UNPRIVILEGED if now.name in _AS_UNPRIVILEGED else 0)
