"""Which bits of a register a polling loop waits for, from the loop's own instructions."""

import re
from collections.abc import Callable, Sequence

from simtiny.isa.instruction import LOADS, Instruction

_MASKED = re.compile(r"(?:tst|ands?)(?:\.w)? (?:r\d+, )?r(\d+), (?:#(\w+)|r(\d+))$")
_SHIFTED_UP = re.compile(r"lsls?(?:\.w)? (?:r\d+, )?r(\d+), #(\w+)$")
_FIELD = re.compile(r"ubfx(?:\.w)? r\d+, r(\d+), #(\w+), #(\w+)$")
_SIGNS = ("bmi", "bpl")
_WORD = 0xFFFF_FFFF


def polled_bits(loop: Sequence[Instruction], register: Callable[[int], int]) -> int:
    """A mask of the bits that the loop tests of what it loads first, 0 where its code does not say.

    `loop`: its instructions in the order in which they run. `register(n)`: what Rn holds, for masks that stand there.
    """
    at = next((at for at, now in enumerate(loop) if now.kind in LOADS), None)
    if at is None:
        return 0
    loaded = loop[at].writes & 0x7FFF
    for now, following in zip(loop[at + 1 :], (*loop[at + 2 :], loop[0]), strict=True):
        if not now.reads & loaded:
            if now.writes & loaded:
                return 0
            continue
        return _tested(now.text, following.text, loaded, register)
    return 0


def _tested(text: str, branch: str, loaded: int, register: Callable[[int], int]) -> int:
    """The bits that one instruction takes of the register that was loaded. `branch`: what follows it."""
    if found := _MASKED.match(text):
        if found[2] is not None:
            return int(found[2], 0)
        one, other = int(found[1]), int(found[3])
        return register(other if loaded >> one & 1 else one) & _WORD
    if found := _SHIFTED_UP.match(text):
        shift = int(found[2], 0)
        return 1 << 31 - shift if branch.startswith(_SIGNS) else _WORD >> shift
    if found := _FIELD.match(text):
        return (1 << int(found[3], 0)) - 1 << int(found[2], 0)
    return 0


def bits_text(mask: int) -> str:
    """What a message says of them: ` bit 5`, ` bits 0x00030000`, nothing where they are not known."""
    if mask == 0 or mask == _WORD:
        return ""
    return f" bit {mask.bit_length() - 1}" if mask & mask - 1 == 0 else f" bits 0x{mask:08x}"
