"""Who called whom in one window, and what each way to a block of code took: counts and nothing else."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

THREAD, EXCEPTION, FUNCTION = "thread", "exception", "function"


@dataclass(frozen=True)
class Routine:
    """What a node of a call tree runs. `address`: where it begins. `kind`: FUNCTION, or of a root EXCEPTION or THREAD.

    `name`: the symbol, the exception's or thread's name, or "0x08001234" of a function without a symbol.
    """

    name: str
    address: int
    kind: str


@dataclass(frozen=True)
class StackUse:
    """A stack, and how deep it went from power-on to the end of the window.

    name: of its thread; "main" for the main stack. top, lowest: addresses, of what it began with and of the lowest word
    that was in use. limit: the lowest address that belongs to it, None where nothing tells; limit_by: what tells it.
    lowest_path: node of the call tree at the lowest point, -1 if that was before the window. lowest_at: address of the
    instruction.
    """

    name: str
    top: int
    lowest: int
    limit: int | None
    limit_by: str
    lowest_path: int
    lowest_at: int

    @property
    def used_bytes(self) -> int:
        """The most that was in use."""
        return self.top - self.lowest

    @property
    def size_bytes(self) -> int | None:
        """None where nothing tells its end."""
        return None if self.limit is None else self.top - self.limit

    @property
    def left_bytes(self) -> int | None:
        """What was never in use; None where nothing tells its end."""
        return None if self.limit is None else self.lowest - self.limit


@dataclass(frozen=True)
class CallTree:
    """The calls of one window as they happened.

    parent, routine, site, calls: int64 (nodes,). A node is a way to a routine: its caller's node (-1 of a root, and a
    parent comes before its children), the index of the routine, the address of the call instruction (-1 of a root or
    where the window began inside), how often it was gone.
    cell_node, cell_block, cell_runs, cell_cycles, cell_taken, cell_flash_reads, cell_ram_line_reads: int64 (cells,). A
    cell is one block of code under one node: index of the block in the window's `Profile.blocks`, how often it ran, the
    cycles of the clock that passed meanwhile, how often its branch was taken, units of flash and lines of RAM that were
    read. Cycles sum up to those of the window with exception entries and returns, which are cells of block -1, and
    without sleep.
    asleep: int64 (nodes,), cycles asleep.
    number: int64 (nodes,), what the engine called it, in ascending order. begin_cycle: of the window, on the clock.
    is_folded: there were too many different ways: of the later ones some stand for others with the same routine.
    visits: int64 (visits, 2), the time line: from this cycle of the clock on, this node. -1: asleep. `shortest_visit`:
    stays under a node that were shorter, in cycles, may be left out of it.
    event_marks: (marks,), what had happened by when, as `simtiny.counting.layout.EVENT_MARK` names it, from the
    window's begin or just before it to its end or just behind; None where nobody asked. mark_every_s: about so far
    apart, but for long stretches asleep or polling.
    """

    routines: tuple[Routine, ...]
    parent: NDArray[np.int64]
    routine: NDArray[np.int64]
    site: NDArray[np.int64]
    calls: NDArray[np.int64]
    asleep: NDArray[np.int64]
    number: NDArray[np.int64]
    cell_node: NDArray[np.int64]
    cell_block: NDArray[np.int64]
    cell_runs: NDArray[np.int64]
    cell_cycles: NDArray[np.int64]
    cell_taken: NDArray[np.int64]
    cell_flash_reads: NDArray[np.int64]
    cell_ram_line_reads: NDArray[np.int64]
    begin_cycle: int
    is_folded: bool
    visits: NDArray[np.int64]
    shortest_visit: int
    stacks: tuple[StackUse, ...]
    event_marks: NDArray[np.void] | None = None
    mark_every_s: float = 0.0
