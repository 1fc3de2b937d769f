"""The call tree as the native hooks share it: its nodes, the cells of blocks under them, and what both become."""

import ctypes
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.call_tree import FUNCTION, CallTree, Routine, StackUse
from simtiny.counting import layout
from simtiny.counting.blocks import MOST_BLOCKS
from simtiny.counting.event_marks import EventMarks
from simtiny.counting.visits import Visits
from simtiny.image import Image
from simtiny.native.library import Library

DEEPEST = 1024
"""Recursion that goes deeper is counted where the routine stands already."""
MOST_NODES = 1 << 14
"""More ways than that nobody reads, and each takes time to make."""
_FIRST_NODES, _FIRST_CELLS = 1 << 10, 1 << 12


@dataclass(frozen=True)
class CallMark:
    """The counters of a call tree at one moment: one layout.CALL_CELL a cell, one layout.CALL_NODE a node."""

    cycles: int
    cells: NDArray[np.void]
    nodes: NDArray[np.void]


@dataclass(frozen=True)
class CallHooks:
    """Native functions on one engine's state: see native/calls.h."""

    settle: Callable[[], None]
    place_nodes: Callable[[int, int], None]
    place_cells: Callable[[], None]
    mark_events: Callable[[], None]


def call_hooks(hooks: Library, state: Any) -> CallHooks:
    """Those of a library, for a `state`."""
    address, pointer, number = ctypes.addressof(state), ctypes.c_void_p, ctypes.c_int64
    settle = hooks.function("settle_cell", pointer, result=None)
    nodes = hooks.function("place_nodes", pointer, number, number, result=None)
    cells = hooks.function("place_cells", pointer, result=None)
    events = hooks.function("mark_events", pointer, result=None)
    return CallHooks(
        partial(settle, address), partial(nodes, address), partial(cells, address), partial(events, address)
    )


class CallNodes:
    """Nodes from 1 on, and cells from 1 on: number 0 is none of either. `calls`: the native record."""

    def __init__(self, calls: Any, image: Image, hooks: CallHooks) -> None:
        self._calls, self._image, self._hooks = calls, image, hooks
        self._starts = [function.address for function in image.functions]
        self.routines: list[Routine] = []
        self._by_routine: dict[tuple[str, int, str], int] = {}
        self._depth = [0]
        self._roots: dict[int, int] = {}
        self._folded: dict[tuple[int, int], int] = {}
        self._count = 1
        self._nodes = np.zeros(_FIRST_NODES, layout.CALL_NODE.dtype)
        self._nodes["parent"][0] = self._nodes["routine"][0] = -1
        self.cells = np.zeros(_FIRST_CELLS, layout.CALL_CELL.dtype)
        self.cells["node"][0] = self.cells["block"][0] = -1
        self._cell_of = np.zeros(MOST_BLOCKS, np.int32)
        calls.cells_count = 1
        self._put_nodes()
        self._put_cells()

    @property
    def array(self) -> NDArray[np.void]:
        """One layout.CALL_NODE a node."""
        return self._nodes[: self._count]

    def routine(self, name: str, address: int, kind: str) -> int:
        """Number of a routine, a new one if need be."""
        key = name, address, kind
        number = self._by_routine.get(key)
        if number is None:
            number = self._by_routine[key] = len(self.routines)
            self.routines.append(Routine(name, address, kind))
        return number

    def root(self, name: str, kind: str) -> int:
        """The node that a thread or an exception begins with."""
        routine = self.routine(name, -1, kind)
        if routine not in self._roots:
            self._roots[routine] = self._append(-1, -1, -1, routine, 0)
        return self._roots[routine]

    def root_of(self, node: int) -> int:
        """The root above a node."""
        while self._nodes["parent"][node] >= 0:
            node = int(self._nodes["parent"][node])
        return node

    def name_of(self, node: int) -> str:
        return self.routines[int(self._nodes["routine"][node])].name

    def add(self, parent: int, site: int, target: int) -> int:
        """A node for a way that was never gone before.

        Recursion beyond DEEPEST stands for a node that is there. So does any way beyond MOST_NODES, or else for one
        right below its root.
        """
        routine = target
        if target >= layout.UNNAMED:
            address = target & layout.UNNAMED - 1
            routine = self.routine(f"0x{address:08x}", address, FUNCTION)
        same_as = 0
        if self._depth[parent] >= DEEPEST or self._count >= MOST_NODES:
            same_as = self._above(parent, routine)
        if not same_as and self._count >= MOST_NODES and parent != (root := self.root_of(parent)):
            same_as = self._folded.get((root, routine), 0)
            if not same_as:
                same_as = self._folded[root, routine] = self._append(root, -1, target, routine, 0)
        return self._append(parent, site, target, routine, same_as)

    def _above(self, node: int, routine: int) -> int:
        """The nearest node upwards with this routine, 0 for none."""
        while node >= 0:
            if self._nodes["routine"][node] == routine:
                return int(self._nodes["same_as"][node])
            node = int(self._nodes["parent"][node])
        return 0

    def _append(self, parent: int, site: int, target: int, routine: int, same_as: int) -> int:
        number = self._count
        if number == len(self._nodes):
            self._nodes = np.concatenate((self._nodes, np.zeros_like(self._nodes)))
        self._count += 1
        self._nodes[number] = parent, site, target, routine, 0, 0, 0, same_as or number
        self._depth.append(self._depth[parent] + 1 if parent >= 0 else 0)
        if self._nodes.ctypes.data != self._calls.nodes:
            self._put_nodes()
        else:
            self._hooks.place_nodes(number, number + 1)
        return number

    def _put_nodes(self) -> None:
        """Let the hooks know where the nodes are now."""
        self._slots = np.zeros(4 * len(self._nodes), np.int32)
        self._calls.nodes, self._calls.node_slots = self._nodes.ctypes.data, self._slots.ctypes.data
        self._calls.node_mask = len(self._slots) - 1
        self._hooks.place_nodes(1, self._count)

    def grow_cells(self) -> None:
        """Make room for twice as many cells."""
        self.cells = np.concatenate((self.cells, np.zeros_like(self.cells)))
        self._put_cells()

    def _put_cells(self) -> None:
        mask = 4 * len(self.cells) - 1
        self._cell_slots = slots = np.zeros(mask + 1, np.int32)
        calls = self._calls
        calls.cells, calls.cells_room = self.cells.ctypes.data, len(self.cells)
        calls.cell_slots, calls.cell_mask, calls.cell_of = slots.ctypes.data, mask, self._cell_of.ctypes.data
        self._hooks.place_cells()

    # --- names ----------------------------------------------------------------------------------------------------

    def symbol_at(self, address: int) -> tuple[str, int] | None:
        """Name and begin of the function that code at `address` belongs to. One of unknown size goes to the next."""
        image = self._image
        symbol = image.function_at(address)
        if symbol is None:
            index = bisect_right(self._starts, address) - 1
            if index < 0 or image.functions[index].size:
                return None
            symbol = image.functions[index]
        if symbol.name.endswith(".cold"):  # a part of the function that the compiler has put elsewhere
            whole = image.symbols.get(symbol.name.removesuffix(".cold"))
            symbol = whole or symbol
        return symbol.name, symbol.address

    def name_at(self, address: int) -> str:
        symbol = self.symbol_at(address)
        return f"0x{address:08x}" if symbol is None else symbol[0]

    # --- what comes of it -----------------------------------------------------------------------------------------

    def tree(
        self,
        start: CallMark,
        end: CallMark,
        visits: Visits,
        stacks: tuple[StackUse, ...],
        marks: EventMarks | None = None,
    ) -> CallTree:
        """The difference of two marks, without nodes that did nothing in between."""
        cells, nodes = end.cells.copy(), end.nodes.copy()
        for column in ("runs", "cycles", "taken", "flash_reads", "ram_line_reads"):
            cells[column][: len(start.cells)] -= start.cells[column]
        for column in ("calls", "asleep", "in_exceptions"):
            nodes[column][: len(start.nodes)] -= start.nodes[column]
        cells = cells[(cells["runs"] != 0) | (cells["cycles"] != 0)]
        between = visits.between(start.cycles, end.cycles)
        ran = (nodes["calls"] != 0) | (nodes["asleep"] != 0) | (nodes["in_exceptions"] != 0)
        ran[cells["node"]] = True
        ran[between[between[:, 1] >= 0, 1]] = True
        for stack in stacks:
            if 0 <= stack.lowest_path < len(ran):
                ran[stack.lowest_path] = True
        for number in np.flatnonzero(ran)[::-1].tolist():
            above = int(nodes["parent"][number])
            while above >= 0 and not ran[above]:
                ran[above] = True
                above = int(nodes["parent"][above])
        ran[0] = False
        kept = np.flatnonzero(ran)
        place = np.full(len(nodes) + 1, -1, np.int64)
        place[kept] = np.arange(len(kept))
        entries = np.flatnonzero(nodes["in_exceptions"][kept])
        none = np.zeros(len(entries), np.int64)
        return CallTree(
            routines=tuple(self.routines),
            parent=place[nodes["parent"][kept]],
            routine=nodes["routine"][kept],
            site=nodes["site"][kept],
            calls=nodes["calls"][kept],
            asleep=nodes["asleep"][kept],
            number=kept,
            begin_cycle=start.cycles,
            is_folded=self._count > MOST_NODES,
            cell_node=np.concatenate((place[cells["node"]], entries)),
            cell_block=np.concatenate((cells["block"], none - 1)),
            cell_runs=np.concatenate((cells["runs"], none)),
            cell_cycles=np.concatenate((cells["cycles"], nodes["in_exceptions"][kept][entries])),
            cell_taken=np.concatenate((cells["taken"], none)),
            cell_flash_reads=np.concatenate((cells["flash_reads"], none)),
            cell_ram_line_reads=np.concatenate((cells["ram_line_reads"], none)),
            visits=np.column_stack((between[:, 0], np.where(between[:, 1] < 0, -1, place[between[:, 1]]))),
            shortest_visit=visits.shortest,
            stacks=tuple(_placed(stack, place) for stack in stacks),
            event_marks=None if marks is None else marks.between(start.cycles, end.cycles),
            mark_every_s=0.0 if marks is None else marks.every_s,
        )


def _placed(stack: StackUse, place: NDArray[np.int64]) -> StackUse:
    return replace(stack, lowest_path=int(place[stack.lowest_path]) if 0 <= stack.lowest_path < len(place) else -1)
