"""Call paths as stacks of bounded depth, and what opens and closes from one to the next."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_FRAMES = 256
"""Of a stack in a file. Of a deeper one the outermost stay, then "...", then the innermost: a chain of calls a million
deep would take a million times as much."""
CUT, CUT_NAME = -1, "..."
"""The label that stands for what is left out, and how it is called."""


@dataclass(frozen=True)
class Stacks:
    """A tree of stacks, alike ones in one.

    parent, label: int64 (stacks,): of a stack the one without its innermost label (-1: none), and this label or `CUT`.
    A parent comes before its children. of: int64 (paths,), the stack of each path.
    """

    parent: NDArray[np.int64]
    label: NDArray[np.int64]
    of: NDArray[np.int64]

    def labels(self, stack: int) -> list[int]:
        """From the outermost in."""
        found = []
        while stack >= 0:
            found.append(int(self.label[stack]))
            stack = int(self.parent[stack])
        return found[::-1]

    def sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of values of the paths, by stack: shape (stacks,)."""
        found = np.zeros(len(self.parent))
        np.add.at(found, self.of, values)
        return found


def stacks_of(parent: NDArray[np.int64], label: NDArray[np.int64]) -> Stacks:
    """The stacks of paths. parent, label: int64 (paths,), a parent before its children, -1 of a root."""
    known: dict[tuple[int, int], int] = {}
    depth: list[int] = []

    def stack(above: int, own: int) -> int:
        found = known.setdefault((above, own), len(known))
        if found == len(depth):
            depth.append(depth[above] + 1 if above >= 0 else 1)
        return found

    of: list[int] = []
    prefix: list[int] = []
    """Of each path, what its callees' stacks begin with."""
    for up, own in zip(parent.tolist(), label.tolist(), strict=True):
        above = prefix[up] if up >= 0 else -1
        found = stack(above, own)
        of.append(found)
        if depth[found] == MOST_FRAMES:
            found = above
        elif depth[found] == MOST_FRAMES - 2:
            found = stack(found, CUT)
        prefix.append(found)
    rows = np.array(list(known), np.int64).reshape(-1, 2)
    return Stacks(rows[:, 0], rows[:, 1], np.array(of, np.int64))


def depth_first(parent: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Each node of a tree and its depth, from 0: a node, then all below it, then the next one beside it."""
    above = parent.tolist()
    following, first, first_root = [-1] * len(above), [-1] * len(above), -1
    for node in range(len(above) - 1, -1, -1):
        if above[node] < 0:
            following[node], first_root = first_root, node
        else:
            following[node], first[above[node]] = first[above[node]], node
    waiting = [(first_root, 0)] if above else []
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        if following[node] >= 0:
            waiting.append((following[node], depth))
        if first[node] >= 0:
            waiting.append((first[node], depth + 1))


class Nesting:
    """What is open at a time, of a tree's nodes: with a node all that are above it."""

    def __init__(self, parent: NDArray[np.int64]) -> None:
        self._parent = parent
        self._open: list[int] = []

    def enter(self, node: int) -> tuple[list[int], list[int]]:
        """On to this node, -1 for none. What closes, from the innermost out, and what opens, from the outermost in."""
        wanted = []
        while node >= 0:
            wanted.append(node)
            node = int(self._parent[node])
        wanted.reverse()
        shared = 0
        while shared < min(len(wanted), len(self._open)) and wanted[shared] == self._open[shared]:
            shared += 1
        closed, opened = self._open[shared:][::-1], wanted[shared:]
        self._open = wanted
        return closed, opened
