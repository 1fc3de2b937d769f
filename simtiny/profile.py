"""What one execution did: counts and nothing else. `estimate.py` turns them into cycles and energy."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simtiny.notes import Note


class CodeBlock(NamedTuple):
    """A basic block as the emulator ran it: straight-line code with one entry. A tuple, which is quick to look up."""

    address: int
    code: bytes
    flash_loads: frozenset[int]  # addresses of its instructions that were seen to load from flash, or by its bus


@dataclass(frozen=True)
class OperatingPoint:
    """What the firmware had programmed when the profile ended."""

    clock_hz: float
    wait_states: int
    prefetch: bool
    instruction_cache: bool
    data_cache: bool
    voltage_range: str
    miss_overhead_cycles: int = 0  # what a miss takes beyond the flash's wait states
    ram_miss_cycles: int = 0
    regulator: str = ""  # "ldo", "smps"…; empty where no register of the chip tells


@dataclass(frozen=True)
class CacheMisses:
    """What other caches would have missed in the same window: `caches` as the user wrote them, counts as in Profile.

    sequential_wait: cycles that the core would have waited for the sequential ones, before the flash's reading ahead.
    """

    caches: str
    branch: int
    sequential: int
    sequential_wait: int
    data: int
    ram: int

    def since(self, before: "CacheMisses") -> "CacheMisses":
        """Counts from an earlier moment to this one."""
        return CacheMisses(
            self.caches,
            self.branch - before.branch,
            self.sequential - before.sequential,
            self.sequential_wait - before.sequential_wait,
            self.data - before.data,
            self.ram - before.ram,
        )


@dataclass(frozen=True)
class Profile:
    """Counts of one window of execution on one board.

    edges: int64 (n, 3), rows of (block before or -1, block, count); taken: bool (n,), the first one branched.
    fetch_misses: int64 (blocks, 2), units of flash missed by a branch and in sequence, by the block that fetched.
    hidden: int64 (32,), of the sequential misses how many had 0, 1, 2… cycles hidden by prefetch.
    data_reads: int64 (blocks, 2), reads from flash and those that missed the data cache.
    ram_misses: int64 (blocks,), reads from RAM that missed the data cache. mispredicts: int64 (blocks,), by the block
    that ends in the branch. unaligned_loads: int64 (blocks,), but for those from the stack.
    read_ahead: int64 (blocks, 2), cycles by which waits for code and for data differ from those of plain misses because
    the flash reads ahead, or has to read the rest of a line first.
    divides: int64 (32,), divides that took 0, 1, 2… cycles.
    exception_cycles, exceptions, sleep_cycles: int. cycles: the machine's clock over the window.
    what_if: caches of other geometries that were tried in the same run.
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
    mispredicts: NDArray[np.int64]
    unaligned_loads: NDArray[np.int64]
    read_ahead: NDArray[np.int64]
    divides: NDArray[np.int64]
    exceptions: int
    exception_cycles: int
    sleep_cycles: int
    cycles: int
    operating_point: OperatingPoint
    notes: tuple[Note, ...]
    what_if: tuple[CacheMisses, ...] = ()
