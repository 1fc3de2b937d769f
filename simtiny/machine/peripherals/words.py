"""Small helpers that register blocks share: byte lanes of a 32-bit word, and typed parameters."""

from typing import TypeVar

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.errors import BadInput

WORD = 0xFFFFFFFF

P = TypeVar("P", bound=msgspec.Struct)


def split(offset: int) -> tuple[int, int]:
    """A byte offset as (offset of its word, left shift of its lane in bits)."""
    return offset & ~3, (offset & 3) * 8


def lane_mask(offset: int, size: int) -> int:
    """The bits of a word that an access of `size` bytes at `offset` touches."""
    return (((1 << 8 * size) - 1) << split(offset)[1]) & WORD


def read_lane(word: int, offset: int, size: int) -> int:
    """The part of `word` that an access of `size` bytes at `offset` sees."""
    if size == 4:  # nearly always
        return word & WORD
    return (word & lane_mask(offset, size)) >> split(offset)[1]


def write_lane(word: int, offset: int, size: int, value: int) -> int:
    """`word` after `value` was written to `size` bytes at `offset`."""
    if size == 4:
        return value & WORD
    mask = lane_mask(offset, size)
    return (word & ~mask) | ((value << split(offset)[1]) & mask)


def parameters(config: PeripheralConfig, into: type[P]) -> P:
    """The platform file's parameters of this block, checked against what its kind takes."""
    try:
        return msgspec.convert(dict(config.parameters), into)
    except msgspec.ValidationError as error:
        raise BadInput(f"peripheral {config.name} ({config.kind}): parameters: {error}") from error
