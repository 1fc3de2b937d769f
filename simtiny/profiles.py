"""What one execution did: counts and nothing else. `estimate.py` turns them into cycles and energy."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simtiny.consumers import SwitchedOn
from simtiny.notes import Note


class CodeBlock(NamedTuple):
    """A basic block as the emulator ran it: straight-line code with one entry. A tuple, which is quick to look up."""

    address: int
    code: bytes
    flash_loads: frozenset[int]  # addresses of its instructions that were seen to load from flash, or by its bus


class HandlerTime(NamedTuple):
    """An exception in a window: its number, how often its handler began there, and its cycles, entry and return, too.

    A handler that was interrupted has not those of the other one.
    """

    number: int
    taken: int
    cycles: int


@dataclass(frozen=True)
class OperatingPoint:
    """Clock, flash, caches and voltage at the end of a profile: what was in force, or what the firmware programs.

    `switched_on`: what else of the chip was on then; None: not known. Points that differ in it alone are the same.
    """

    clock_hz: float
    wait_states: int
    prefetch: bool
    instruction_cache: bool
    data_cache: bool
    voltage_range: str
    miss_overhead_cycles: int = 0  # what a miss takes beyond the flash's wait states
    ram_miss_cycles: int = 0
    regulator: str = ""  # "ldo", "smps"…; empty where no register of the chip tells
    switched_on: tuple[SwitchedOn, ...] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Profile:
    """Counts of one window of execution on one board.

    edges: int64 (n, 3), rows of (block before or -1, block, count); taken: bool (n,), the first one branched.
    fetch_misses: int64 (blocks, 2), units of flash missed by a branch and in sequence, by the block that fetched.
    hidden: int64 (32,), of the sequential misses how many had 0, 1, 2… cycles hidden by prefetch.
    data_reads: int64 (blocks, 2), reads from flash and those that missed the data cache.
    ram_misses: int64 (blocks,), reads from RAM that missed the data cache. ram_waits: int64 (blocks,), other cycles of
    waits for RAM: with wait states, or past a cache that is off, and of code that runs there.
    mispredicts: int64 (blocks,), by the block that ends in the branch.
    unaligned_loads: int64 (blocks,), but for those from the stack.
    read_ahead: int64 (blocks, 2), cycles by which waits for code and for data differ from those of plain misses because
    the flash reads ahead, or has to read the rest of a line first.
    divides: int64 (32,), divides that took 0, 1, 2… cycles.
    exception_cycles, exceptions, sleep_cycles: int. cycles: the machine's clock over the window.
    handlers: of exceptions, by number, but for one in which the window begins.
    operating_point: at which it was counted. programmed: what the firmware programs, the same unless settings of the
    user's were in force in its place.
    """

    board: str
    image: str
    blocks: tuple[CodeBlock, ...]
    edges: NDArray[np.int64]
    taken: NDArray[np.bool_]
    fetch_misses: NDArray[np.int64]
    hidden: NDArray[np.int64]
    data_reads: NDArray[np.int64]
    ram_misses: NDArray[np.int64]
    ram_waits: NDArray[np.int64]
    mispredicts: NDArray[np.int64]
    unaligned_loads: NDArray[np.int64]
    read_ahead: NDArray[np.int64]
    divides: NDArray[np.int64]
    exceptions: int
    exception_cycles: int
    sleep_cycles: int
    cycles: int
    operating_point: OperatingPoint
    programmed: OperatingPoint
    notes: tuple[Note, ...]
    handlers: tuple[HandlerTime, ...] = ()
