"""What `simtiny profile` found, as plain data: the tables, files and pages are all made from it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simtiny.call_tree import StackUse
from simtiny.notes import Note
from simtiny.report.result import RunResult

INLINED, ASLEEP, ENTRY = "inlined", "asleep", "exception entry and return"
"""Kinds of frames beside those of `simtiny.call_tree`."""


@dataclass(frozen=True)
class Frame:
    """What a path's last step is in. `kind`: "function", "inlined", "exception", "thread", "asleep"...

    `name` as the user wrote it, of C++ with its scope; `file` (with its folders, as debug information has it; empty if
    unknown) and `line` (0) of its declaration; `address` of its first instruction, -1 where it has none of its own.
    """

    name: str
    kind: str
    address: int
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Paths:
    """The call tree with inlined frames, as a tree of call paths. Every value is exclusive: of that path alone.

    parent: int64 (paths,), -1 of a root; a parent comes before its children. frame: index into `frames`. site, calls:
    as in `CallTree`; an inlined frame has -1 and 0. cycles, energy_nj, instructions, misses: float64 (paths,). They sum
    up to the window; energy is NaN where it is not known. misses: reads of the flash array, for code and data, and
    lines of RAM that the data cache did not hold.
    """

    parent: NDArray[np.int64]
    frame: NDArray[np.int64]
    site: NDArray[np.int64]
    calls: NDArray[np.int64]
    cycles: NDArray[np.float64]
    energy_nj: NDArray[np.float64]
    instructions: NDArray[np.float64]
    misses: NDArray[np.float64]

    def inclusive(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each path with all that it calls: shape (paths,)."""
        sums = values.copy()
        for path in range(len(sums) - 1, -1, -1):
            if self.parent[path] >= 0:
                sums[self.parent[path]] += sums[path]
        return sums


@dataclass(frozen=True)
class Instructions:
    """What each instruction of the window took, in order of addresses, under each path that ran it.

    address, bytes, path: int64 (rows,). file, line: where it comes from, indices into `files` (-1: unknown) and from 1
    on (0). runs: how often it was executed. cycles, energy_nj: float64. by_effect: float64 (rows, effects), of
    `cycles`, by `simtiny.timing.effects.Effect`. misses: float64 (rows,), as in `Paths`; of a block each instruction
    has them by what it waits for memories. text: of each, disassembled.
    """

    files: tuple[str, ...]
    address: NDArray[np.int64]
    bytes: NDArray[np.int64]
    path: NDArray[np.int64]
    file: NDArray[np.int64]
    line: NDArray[np.int64]
    runs: NDArray[np.float64]
    cycles: NDArray[np.float64]
    energy_nj: NDArray[np.float64]
    by_effect: NDArray[np.float64]
    misses: NDArray[np.float64]
    text: tuple[str, ...]


@dataclass(frozen=True)
class TimeLine:
    """When what ran. begin_cycle 0 is the window's begin.

    visits: int64 (visits, 2), from this cycle on this path (-1: asleep). shortest_visit: cycles; shorter stays may be
    left out. layers: int64 (layers, 2), first cycle and the one behind the last. power: float64 (bins, 2), from this
    cycle on so many mW; empty where energy is not known.
    """

    cycles: int
    visits: NDArray[np.int64]
    shortest_visit: int
    layers: NDArray[np.int64]
    power: NDArray[np.float64]


@dataclass(frozen=True)
class PowerTrace:
    """Mean power by window of `window_s` seconds; the last one is as long as is left.

    begin_s, power_mw, energy_uj: float64 (windows,), from the begin of what was measured on, at the supply pins.
    """

    window_s: float
    supply_v: float
    begin_s: NDArray[np.float64]
    power_mw: NDArray[np.float64]
    energy_uj: NDArray[np.float64]

    @property
    def current_ma(self) -> NDArray[np.float64]:
        """At the supply: float64 (windows,)."""
        return self.power_mw / self.supply_v


@dataclass(frozen=True)
class LayerTraffic:
    """What one layer does and moves, beside the limits of core and memories (see `simtiny.profiling.roofline`).

    index, kind: as in `RunResult.layers`. macs, cycles: of it. flash_bytes, ram_bytes: loaded, and of RAM stored, too;
    code is not among them. flash_array_bytes: read from the array on misses, for code and data. bound_by: "core",
    "flash" or "RAM", whose least cycles, of `least_cycles`, are the most. share_of_bound: the largest of these over
    `cycles`, 0 to 1.
    """

    index: int
    kind: str
    macs: int
    cycles: float
    flash_bytes: int
    ram_bytes: int
    flash_array_bytes: int
    least_cycles: dict[str, float]
    bound_by: str
    share_of_bound: float


@dataclass(frozen=True)
class Roofline:
    """macs_per_cycle: the most that the core can do. bytes_per_cycle: the most that each memory gives."""

    macs_per_cycle: float
    bytes_per_cycle: dict[str, float]
    layers: tuple[LayerTraffic, ...]


@dataclass(frozen=True)
class HeapUse:
    """What malloc and its family did. leaks: what was allocated in the window and not freed: (bytes, times, path).

    allocations, frees: how often in the window. peak_bytes: the most that was in use at once from power-on to the end;
    peak_path: the path of the call that reached it, -1 if that was before the window. live_bytes: in use at the end.
    """

    allocations: int
    frees: int
    peak_bytes: int
    peak_path: int
    live_bytes: int
    leaks: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class MemoryPart:
    """Something that occupies flash or RAM. memory: name in the platform file. section: the linker's.

    object: the source file or library member that it comes from, empty if unknown. symbol: empty for what has none.
    """

    memory: str
    section: str
    object: str
    symbol: str
    address: int
    bytes: int


@dataclass(frozen=True)
class MemoryMap:
    """sizes: bytes of each memory of the board, by name. parts: what the image occupies of them, each byte once.

    In flash also what is copied to RAM at the start. arena_bytes: of the network, where it is known.
    """

    sizes: dict[str, int]
    parts: tuple[MemoryPart, ...]
    arena_bytes: int | None


@dataclass(frozen=True)
class ProfileResult:
    """All that a profile says. `run`: the result of the same window as `simtiny run` gives it.

    source: lines of the source files that were found, by name in `instructions.files`. layer_tensors: names of the
    output tensors of `run.layers`, where the network is known, else empty. regions: cycles, energy in nJ
    and instructions by the memory that the code ran in. power: None where energy is not known.
    """

    run: RunResult
    frames: tuple[Frame, ...]
    paths: Paths
    instructions: Instructions
    time_line: TimeLine
    regions: dict[str, tuple[float, float, float]]
    roofline: Roofline | None
    stacks: tuple[StackUse, ...]
    heap: HeapUse | None
    memory_map: MemoryMap
    source: dict[str, tuple[str, ...]]
    notes: tuple[Note, ...]
    layer_tensors: tuple[str, ...] = ()
    power: PowerTrace | None = None
