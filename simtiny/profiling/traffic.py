"""What a window moves between core and memories: the bytes of its loads and stores, and what misses read from flash.

Counts of a profile are by block, so each load and store of a block counts as often as the block ran, one in an IT block
as well. How many of a block's loads went to flash is counted, in units: see `Profile.data_reads`. Code, and what
exceptions stack, are not among the bytes. What is not flash counts as RAM: registers of peripherals do, too.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simtiny.board import Board
from simtiny.flash.acceleration import unit_bytes
from simtiny.isa.instruction import Access, Instruction, Kind
from simtiny.profiles import CodeBlock, Profile
from simtiny.timing.prices import instructions

_SP = 13
_EXCLUSIVE_BYTES = {"b": 1, "h": 2}


@dataclass(frozen=True)
class Traffic:
    """Bytes. flash_loaded, ram_loaded, ram_stored: by instructions. flash_array: on misses, for code and data.

    What the flash prefetches counts when it is used.
    """

    flash_loaded: int
    ram_loaded: int
    ram_stored: int
    flash_array: int


@dataclass(frozen=True)
class _BlockTraffic:
    """Of one run through a block. loaded, stored: bytes.

    may_be_flash: of loads from literals, of those seen to read flash, and of all others but from the stack: bytes, and
    the fewest units that they read if it is flash.
    """

    loaded: int
    stored: int
    may_be_flash: tuple[tuple[int, int], ...]


def traffic(profile: Profile, board: Board) -> Traffic:
    """The traffic of one window."""
    unit = unit_bytes(board)
    runs = np.zeros(len(profile.blocks), np.int64)
    np.add.at(runs, profile.edges[:, 1], profile.edges[:, 2])
    loaded = stored = from_flash = 0
    for number in np.flatnonzero(runs).tolist():
        times, block = int(runs[number]), _of_block(profile.blocks[number], unit)
        loaded += times * block.loaded
        stored += times * block.stored
        from_flash += _from_flash(block, times, int(profile.data_reads[number, 0]))
    units = int(profile.fetch_misses.sum()) + int(profile.data_reads[:, 1].sum())
    return Traffic(from_flash, loaded - from_flash, stored, units * unit)


def _from_flash(block: _BlockTraffic, times: int, reads: int) -> int:
    """Bytes of a block's loads that came from flash, which was read `reads` times for them.

    A load that reads flash at one time and RAM at another is told by how often; where it crosses units, more of it may
    be taken for flash than was.
    """
    found = 0
    for loaded, units in block.may_be_flash:
        here = min(reads, times * units)
        found += loaded * here // units if units else 0
        reads -= here
    return found


@lru_cache(maxsize=1 << 16)
def _of_block(block: CodeBlock, unit: int) -> _BlockTraffic:
    loaded = stored = 0
    sorts: list[list[int]] = [[0, 0], [0, 0], [0, 0]]
    for now in instructions(block):
        if now.kind is Kind.EXCLUSIVE:
            size = _EXCLUSIVE_BYTES.get(now.name[-1], 4)
            if now.name.startswith("ld"):
                loaded += size
            else:
                stored += size
        elif now.target is not None:
            stored += now.target.bytes
        elif now.source is not None:
            loaded += now.source.bytes
            if now.source.base != _SP:
                sort = sorts[_sort(now, now.source, block)]
                sort[0] += now.source.bytes
                sort[1] += -(-now.source.bytes // unit)
    return _BlockTraffic(loaded, stored, tuple((size, units) for size, units in sorts))


def _sort(now: Instruction, source: Access, block: CodeBlock) -> int:
    if source.base < 0:
        return 0
    return 1 if now.address in block.flash_loads else 2
