"""The time line of a call tree: when the core was where, with the shortest stays left out where there are too many."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.counting import layout

_ROOM = 1 << 18
ASLEEP = -1


class Visits:
    """`calls`: the native record. `parents` gives the callers of nodes. `shortest`: shorter stays may be left out."""

    def __init__(self, calls: Any, parents: Callable[[], NDArray[np.int64]]) -> None:
        self._calls, self._parents = calls, parents
        self._array = np.zeros(_ROOM, layout.VISIT.dtype)
        self.shortest = 0
        calls.visits, calls.visits_room = self._array.ctypes.data, _ROOM

    def add(self, cycle: int, node: int) -> None:
        """From this cycle on the core is there."""
        self._array[self._calls.visits_count] = cycle, node
        self._calls.visits_count += 1
        if self._calls.visits_count == _ROOM:
            self.thin_out()

    def asleep(self, cycle: int, cycles: int, node: int) -> None:
        """The core sleeps for so long, and goes on where it was."""
        self.add(cycle, ASLEEP)
        self.add(cycle + cycles, node)

    def between(self, begin: int, end: int) -> NDArray[np.int64]:
        """The part of a window, int64 (visits, 2); the first row says where the core was at its begin."""
        rows = self._array[: self._calls.visits_count]
        first = max(int(np.searchsorted(rows["cycle"], begin, "right")) - 1, 0)
        last = int(np.searchsorted(rows["cycle"], end, "left"))
        return np.column_stack((np.maximum(rows["cycle"][first:last], begin), rows["node"][first:last]))

    def thin_out(self) -> None:
        """Make room: what is shorter than `shortest` is put down to the caller that it happened under."""
        rows = self._array[: self._calls.visits_count]
        self.shortest = max(self.shortest, 32)
        while (group := _groups(rows["cycle"], self.shortest))[-1] >= _ROOM // 4:
            self.shortest *= 2
        kept = _merged(rows, group, _roots_and_depths(self._parents()))
        self._array[: len(kept)] = kept
        self._calls.visits_count = len(kept)


def _groups(cycle: NDArray[np.int64], shortest: int) -> NDArray[np.int64]:
    """Numbers, in order, of what becomes one row: short stays that begin in the same `shortest` cycles."""
    is_long = np.append(np.diff(cycle) >= shortest, True)  # how long the last one is, is not known yet
    begins = np.ones(len(cycle), bool)
    begins[1:] = is_long[1:] | is_long[:-1] | (np.diff(cycle // shortest) != 0)
    return np.cumsum(begins) - 1


def _merged(
    rows: NDArray[np.void], group: NDArray[np.int64], roots_and_depths: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> NDArray[np.void]:
    """A row a group: the outermost node of the thread or handler that took most of it."""
    roots, depths = (np.append(values, -1) for values in roots_and_depths)  # ASLEEP is the last
    present, root_of = np.unique(roots, return_inverse=True)
    node = rows["node"]
    root, count = root_of[node], len(present)
    taken = np.bincount(group * count + root, np.append(np.diff(rows["cycle"]), 0), (int(group[-1]) + 1) * count)
    most = taken.reshape(-1, count).argmax(axis=1)
    outermost = np.where(root == most[group], depths[node], np.iinfo(np.int32).max) * len(rows) + np.arange(len(rows))
    first = np.flatnonzero(np.diff(group, prepend=-1))
    kept: NDArray[np.void] = rows[np.minimum.reduceat(outermost, first) % len(rows)]
    kept["cycle"] = rows["cycle"][first]
    return kept


def _roots_and_depths(parent: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each node the root above it, and how many are between, int64 (nodes,) both."""
    root, depth = np.arange(len(parent)), np.zeros(len(parent), np.int64)
    above = parent.copy()
    while len(left := np.flatnonzero(above >= 0)):
        root[left], depth[left] = above[left], depth[left] + 1
        above[left] = parent[above[left]]
    return root, depth
