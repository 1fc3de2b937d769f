"""What a window ran, counted so that it does not matter how an engine has cut the code into blocks.

Blocks of two engines are cut where a block of either begins or ends: what is between two cuts is a *piece*, the same
for both. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simtiny.profiles import CodeBlock, Profile
from simtiny.timing.core import Core
from simtiny.timing.effects import Cost
from simtiny.timing.prices import edge_price, instructions

Piece = tuple[int, bytes]
"""Address and code."""
Edge = tuple[Piece | None, Piece, bool]
"""From a piece, None where an exception comes or returns, to the one that ran next; whether by a taken branch."""


@dataclass(frozen=True)
class CodeCounts:
    """How often each edge was gone in a window, and the cycles of all of that, without waits for memories.

    inside: addresses of pieces that were within a block, not at its begin.
    """

    edges: Mapping[Edge, int]
    cycles: Mapping[Edge, int]
    inside: frozenset[int]

    @cached_property
    def runs(self) -> Mapping[Piece, int]:
        """How often each piece was run."""
        return _sums((block, count) for (_, block, _), count in self.edges.items())

    @cached_property
    def lost(self) -> Mapping[Piece, int]:
        """How often no piece came behind this one, but an exception or the end of the window.

        -1 of what ran before the window began.
        """
        left = _sums((before, count) for (before, _, _), count in self.edges.items() if before is not None)
        return {piece: self.runs.get(piece, 0) - left.get(piece, 0) for piece in {*self.runs, *left}}

    def less(self, part: "CodeCounts") -> "CodeCounts":
        """What is left of a window without a part of it, which was cut at the same places."""
        return CodeCounts(_difference(part.edges, self.edges), _difference(part.cycles, self.cycles), self.inside)


def _sums(items: Iterable[tuple[Piece, int]]) -> dict[Piece, int]:
    sums: dict[Piece, int] = defaultdict(int)
    for piece, count in items:
        sums[piece] += count
    return dict(sums)


def _difference(a: Mapping[Edge, int], b: Mapping[Edge, int]) -> dict[Edge, int]:
    both = {edge: b.get(edge, 0) - a.get(edge, 0) for edge in dict.fromkeys((*a, *b))}
    return {edge: count for edge, count in both.items() if count}


def edge_differences(a: CodeCounts, b: CodeCounts) -> dict[Edge, int]:
    """B's counts less A's, where they differ."""
    return _difference(a.edges, b.edges)


def joints(profile: Profile) -> set[int]:
    """Addresses where a block has ended without a branch, and the next one has gone on."""
    blocks = profile.blocks
    edges = ((blocks[before], blocks[block].address) for before, block, _ in profile.edges.tolist() if before >= 0)
    return {
        address
        for before, address in edges
        if before.address + len(before.code) == address and not instructions(before)[-1].writes_pc
    }


def cuts_of(*profiles: Profile) -> frozenset[int]:
    """Addresses where a block of one of them begins or ends."""
    known = {profile.blocks[number] for profile in profiles for number in _numbers(profile)}
    return frozenset(address for block in known for address in (block.address, block.address + len(block.code)))


def _numbers(profile: Profile) -> list[int]:
    """Blocks that its edges speak of."""
    return [number for number in np.unique(profile.edges[:, :2]).tolist() if number >= 0]


def cut(block: CodeBlock, cuts: frozenset[int]) -> tuple[CodeBlock, ...]:
    """A block in pieces: cut where one of its instructions stands at such an address."""
    starts = [now.address for now in instructions(block) if now.address in cuts or now.address == block.address]
    return tuple(
        CodeBlock(
            start,
            block.code[start - block.address : end - block.address],
            frozenset(load for load in block.flash_loads if start <= load < end),
        )
        for start, end in pairwise([*starts, block.address + len(block.code)])
    )


def code_counts(profile: Profile, core: Core, cuts: frozenset[int]) -> CodeCounts:
    """A window's counts, with its blocks cut at these addresses. Raises Unpriced as `Core.price` does."""
    pieces = {number: cut(profile.blocks[number], cuts) for number in _numbers(profile)}
    edges: dict[Edge, int] = defaultdict(int)
    cycles: dict[Edge, int] = defaultdict(int)
    for (number, block, count), taken in zip(profile.edges.tolist(), profile.taken.tolist(), strict=True):
        chain = pieces[block]
        before = pieces[number][-1] if number >= 0 else None
        for one, other, by_branch in ((before, chain[0], taken), *((*pair, False) for pair in pairwise(chain))):
            edge = (None if one is None else one[:2], other[:2], by_branch)
            edges[edge] += count
            cycles[edge] += count * _cycles(edge_price(core, other, one, by_branch))
    inside = frozenset(piece.address for chain in pieces.values() for piece in chain[1:])
    return CodeCounts(dict(edges), dict(cycles), inside)


def _cycles(cost: Cost) -> int:
    return int(sum(cost))


@dataclass(frozen=True)
class Stretches:
    """Straight-line code: what blocks that overlap, or of which one runs on into the next, have in common.

    starts, ends: int64 (n,), rising.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def at(self, address: int) -> int:
        """Number of the stretch that holds an address, -1 for none."""
        index = int(np.searchsorted(self.starts, address, "right")) - 1
        return index if index >= 0 and address < self.ends[index] else -1


def stretches_of(profiles: Iterable[Profile], counters: Iterable[NDArray[np.int64]]) -> Stretches:
    """Of all blocks that ran, or that one of their counters, int64 (blocks,), speaks of."""
    found: list[list[int]] = []
    goes_on = False
    met = {
        profile.blocks[number]
        for profile, counted in zip(profiles, counters, strict=True)
        for number in {*_numbers(profile), *np.flatnonzero(counted).tolist()}
    }
    for block in sorted(met, key=lambda block: block[:2]):
        start, end = block.address, block.address + len(block.code)
        runs_on = not instructions(block)[-1].writes_pc
        if found and (start < found[-1][1] or (start == found[-1][1] and goes_on)):
            goes_on = runs_on if end > found[-1][1] else goes_on or (runs_on and end == found[-1][1])
            found[-1][1] = max(end, found[-1][1])
        else:
            found.append([start, end])
            goes_on = runs_on
    both = np.array(found, np.int64).reshape(-1, 2)
    return Stretches(both[:, 0], both[:, 1])


def overhang(a: CodeCounts, b: CodeCounts) -> dict[Edge, int]:
    """What B has more, or less, because the windows begin or end at other places of the same straight-line code.

    A window begins and ends between two blocks: one that is cut otherwise may end before that place, or behind it.
    Empty where several places lost what comes behind them, to exceptions: which of them is the end is not known then.
    """
    begins, ends = (
        [[piece for piece, count in each.lost.items() if count == lost] for each in (a, b)] for lost in (-1, 1)
    )
    found: dict[Edge, int] = {}
    if len(begins[0]) == len(begins[1]) == 1:
        found |= dict.fromkeys(_straight(a, begins[0][0], begins[1][0], b.inside), -1)
        found |= dict.fromkeys(_straight(b, begins[1][0], begins[0][0], a.inside), 1)
    if len(ends[0]) == len(ends[1]) == 1:
        found |= dict.fromkeys(_straight(a, ends[1][0], ends[0][0], a.inside), -1)
        found |= dict.fromkeys(_straight(b, ends[0][0], ends[1][0], b.inside), 1)
    return found


def _straight(code: CodeCounts, first: Piece, last: Piece, inside: frozenset[int]) -> list[Edge]:
    """The edges from a piece to one further on, where that is straight-line code `inside` of a block; else none."""
    way: list[Edge] = []
    successors = {edge[0]: edge for edge in code.edges if edge[0] is not None and _runs_on(edge)}
    while first != last and first in successors and successors[first][1][0] in inside:
        way.append(successors[first])
        first = way[-1][1]
    return way if first == last else []


def _runs_on(edge: Edge) -> bool:
    before, block, _ = edge
    return (
        before is not None
        and before[0] + len(before[1]) == block[0]
        and not instructions((*before, frozenset()))[-1].writes_pc
    )
