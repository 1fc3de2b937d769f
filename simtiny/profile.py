"""What one execution did: counts and nothing else. `estimate.py` turns them into cycles and energy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A basic block as the emulator ran it: straight-line code with one entry."""

    address: int
    code: bytes
    flash_loads: frozenset[int]  # addresses of its instructions that were seen to load from flash


@dataclass(frozen=True)
class OperatingPoint:
    """What the firmware had programmed when the profile ended."""

    clock_hz: float
    wait_states: int
    prefetch: bool
    instruction_cache: bool
    data_cache: bool
    voltage_range: str


@dataclass(frozen=True)
class Profile:
    """Counts of one window of execution on one board.

    edges: int64 (n, 3), rows of (block before or -1, block, count); taken: bool (n,), the first one branched.
    fetch_misses: int64 (blocks, 2), units of flash missed by a branch and in sequence, by the block that fetched.
    hidden: int64 (16,), of the sequential misses how many had 0, 1, 2… cycles hidden by prefetch.
    data_reads: int64 (blocks, 2), reads from flash and those that missed the data cache.
    divides: int64 (16,), divides that took 0, 1, 2… cycles.
    exception_cycles, exceptions, sleep_cycles: int. cycles: the machine's clock over the window.
    """

    board: str
    image: str
    blocks: tuple[CodeBlock, ...]
    edges: NDArray[np.int64]
    taken: NDArray[np.bool_]
    fetch_misses: NDArray[np.int64]
    hidden: NDArray[np.int64]
    data_reads: NDArray[np.int64]
    divides: NDArray[np.int64]
    exceptions: int
    exception_cycles: int
    sleep_cycles: int
    cycles: int
    operating_point: OperatingPoint
    notes: tuple[str, ...]
