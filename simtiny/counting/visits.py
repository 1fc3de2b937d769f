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
        """Make room: leave out stays in a called routine that come back to the caller after the shortest times."""
        kept, parent = self._array[: self._calls.visits_count].copy(), self._parents()
        self.shortest = max(self.shortest, 32)
        while len(kept) > _ROOM // 2:
            self.shortest *= 2
            kept = _without_short(kept, parent, self.shortest)
        self._array[: len(kept)] = kept
        self._calls.visits_count = len(kept)


def _without_short(rows: NDArray[np.void], parent: NDArray[np.int64], shortest: int) -> NDArray[np.void]:
    node, cycle = rows["node"], rows["cycle"]
    while True:
        inner = np.zeros(len(node), bool)
        is_short = np.diff(cycle) < shortest
        # a row between two of its caller's: it and the one behind it go
        inner[1:-1] = (node[:-2] == node[2:]) & is_short[1:] & (node[1:-1] >= 0) & (parent[node[1:-1]] == node[:-2])
        inner[1:] &= ~inner[:-1]
        if not inner.any():
            break
        drop = inner.copy()
        drop[1:] |= inner[:-1]
        rows = rows[~drop]
        node, cycle = rows["node"], rows["cycle"]
    if shortest >= 1 << 40:  # what is left comes back nowhere: thin it out evenly
        return rows[::2]
    return rows
