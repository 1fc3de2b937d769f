"""A tree that is too large to be drawn, as one that is not: small and deep parts become one "left out" part each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEFT_OUT = -1
"""Key of a node that stands for all that was left out below its parent."""
WHOLE = -2
"""Key of the root."""
MOST_DEPTH = 150
"""So many rows below the root can be scrolled through; what is deeper is mostly recursion."""
LEAST_SHARE = 0.0001
MOST_NODES = 5_000


@dataclass(frozen=True)
class Tree:
    """Node 0 is the root, and a parent comes before its children; of one parent, each key is there once.

    parent, key: (nodes,). values: float64 (nodes, quantities), each node's own, without its children's; they sum up to
    the whole. left_out: how many nodes of what it was made from are not nodes of their own here.
    """

    parent: list[int]
    key: list[int]
    values: NDArray[np.float64]
    left_out: int

    def inclusive(self) -> NDArray[np.float64]:
        """Of each node with all below it."""
        return _sums(self.parent, self.values)


def grown(
    parents: Sequence[int], keys: Sequence[int], values: NDArray[np.float64], most_depth: int = MOST_DEPTH
) -> Tree:
    """The tree of these nodes, of which those of one key under one parent are one, and none is too deep.

    parents: of each node, -1 for a child of the root; a parent comes before its children. keys: from 0 on. values:
    (nodes, quantities).
    """
    parent, key, depth, left_out = [-1], [WHOLE], [0], 0
    known: dict[tuple[int, int], int] = {}
    place = np.zeros(len(parents), dtype=np.int64)
    nodes: list[int] = []
    for above, own in zip(parents, keys, strict=True):
        below = nodes[above] if above >= 0 else 0
        if key[below] == LEFT_OUT:
            node, left_out = below, left_out + 1
        else:
            too_deep = depth[below] >= most_depth
            left_out += too_deep
            step = (below, LEFT_OUT if too_deep else own)
            node = known.setdefault(step, len(parent))
            if node == len(parent):
                parent.append(below)
                key.append(step[1])
                depth.append(depth[below] + 1)
        nodes.append(node)
    place[:] = nodes
    return Tree(parent, key, _gathered(place, values, len(parent)), left_out)


def cut(tree: Tree, quantities: Sequence[int], least_share: float = LEAST_SHARE, most: int = MOST_NODES) -> Tree:
    """Without the nodes that have less than `least_share` of each of the quantities, and with the `most` largest."""
    inclusive = tree.inclusive()[:, list(quantities)]
    whole = np.where(inclusive[0] > 0, inclusive[0], np.inf)
    share = (inclusive / whole).max(axis=1)
    order = np.argsort(-share, kind="stable")  # of equal ones a parent comes first
    kept = np.zeros(len(share), dtype=bool)
    kept[order[: most + 1]] = True
    kept &= share >= least_share
    kept[0] = True
    parent, key, left_out = [-1], [WHOLE], tree.left_out
    of_left_out: dict[int, int] = {}
    nodes = [0]
    for above, own, keep in zip(tree.parent[1:], tree.key[1:], kept[1:].tolist(), strict=True):
        below = nodes[above]
        if key[below] == LEFT_OUT:
            node, left_out = below, left_out + 1
        elif keep and own != LEFT_OUT:
            node = len(parent)
            parent.append(below)
            key.append(own)
        else:
            left_out += own != LEFT_OUT
            node = of_left_out.setdefault(below, len(parent))
            if node == len(parent):
                parent.append(below)
                key.append(LEFT_OUT)
        nodes.append(node)
    return Tree(parent, key, _gathered(np.array(nodes), tree.values, len(parent)), left_out)


def outermost(parents: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether no node above has the same key: the inclusive values of these are each key's, recursion once."""
    children = np.argsort(parents, kind="stable")
    begins = np.searchsorted(parents[children], np.arange(-1, len(parents) + 1)).tolist()
    below, of = children.tolist(), keys.tolist()
    on_the_way = [0] * (max(of, default=0) + 1)
    found = np.zeros(len(of), dtype=bool)
    first = below[: begins[1]]
    waiting = list(reversed(first))
    while waiting:
        node = waiting.pop()
        if node < 0:  # all below it is done
            on_the_way[of[~node]] -= 1
            continue
        found[node] = on_the_way[of[node]] == 0
        on_the_way[of[node]] += 1
        waiting.append(~node)
        waiting.extend(below[begins[node + 1] : begins[node + 2]])
    return found


def _sums(parent: Sequence[int], values: NDArray[np.float64]) -> NDArray[np.float64]:
    columns = []
    for column in values.T:
        sums = column.tolist()
        for node in range(len(sums) - 1, 0, -1):
            if parent[node] >= 0:
                sums[parent[node]] += sums[node]
        columns.append(sums)
    return np.array(columns, dtype=np.float64).reshape(len(columns), len(parent)).T


def sums(parents: Sequence[int], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each node with all below it. values: (nodes, quantities); a parent, -1 for none, comes before its children."""
    return _sums(parents, values)


def _gathered(place: NDArray[np.int64], values: NDArray[np.float64], nodes: int) -> NDArray[np.float64]:
    columns = [np.bincount(place, weights=column, minlength=nodes) for column in values.T]
    return np.array(columns, dtype=np.float64).reshape(len(columns), nodes).T
