"""Bit-band aliases: a word for each bit of the first megabyte of SRAM and of the peripherals.

Arm v7-M ARM, B3.1, and the Cortex-M3 and M4 technical reference manuals: a read gives the bit, a write reads the unit
of its own size that holds the bit, and writes it back with that changed. The core goes on meanwhile, unless it needs
the system bus (Cortex-M3 TRM, DDI 0337, 12.10), which is not modelled: an access right behind one waits on the chip.
"""

from collections.abc import Callable
from typing import NamedTuple

from simtiny.board import Board

SRAM, SRAM_ALIAS, PERIPHERALS, PERIPHERALS_ALIAS = 0x2000_0000, 0x2200_0000, 0x4000_0000, 0x4200_0000
BYTES, ALIAS_BYTES = 0x10_0000, 0x200_0000
HAVE_IT = frozenset({"cortex-m3", "cortex-m4f"})
"""Cores that mostly come with it: a board says where its chip does not."""


class Bit(NamedTuple):
    """One bit: `number` of the unit of `size` bytes at `address`."""

    address: int
    size: int
    number: int


def is_in(board: Board) -> bool:
    """Whether the board's core has it."""
    return board.core in HAVE_IT if board.bit_band is None else board.bit_band


def is_peripheral_alias(address: int) -> bool:
    return PERIPHERALS_ALIAS <= address < PERIPHERALS_ALIAS + ALIAS_BYTES


def bit(alias: int, size: int) -> Bit:
    """What an access of `size` bytes to an address in an alias means."""
    is_sram = alias < SRAM_ALIAS + ALIAS_BYTES
    base, begin = (SRAM, SRAM_ALIAS) if is_sram else (PERIPHERALS, PERIPHERALS_ALIAS)
    byte, number = (alias - begin) >> 5, (alias - begin) >> 2 & 7
    address = (base + byte) & ~(size - 1)
    return Bit(address, size, 8 * (base + byte - address) + number)


def read_bit(alias: int, size: int, read: Callable[[int, int], int]) -> int:
    """`read(address, size)` is that of the memory or register."""
    found = bit(alias, size)
    return read(found.address, size) >> found.number & 1


def write_bit(
    alias: int, size: int, value: int, read: Callable[[int, int], int], write: Callable[[int, int, int], None]
) -> None:
    """Bit 0 of `value` counts."""
    found = bit(alias, size)
    write(found.address, size, read(found.address, size) & ~(1 << found.number) | (value & 1) << found.number)
