"""Loops that only wait for a timer, a flag or a register: how often they turn depends on when they began. Pure.

Such a loop stores nothing, calls nothing and keeps nothing from one turn to the next, neither a count nor an address: a
turn depends on nothing but what it reads, so that only something outside of the loop can end it. A delay that counts
and a search through memory are none.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import chain

from simtiny.comparison.engine_code import CodeCounts, Edge, Piece
from simtiny.isa.instruction import FLAGS, Instruction, Kind
from simtiny.timing.prices import instructions

MOST_PIECES = 8
"""In the longest such loop."""
_BRANCHES = {Kind.BRANCH, Kind.COMPARE_BRANCH}
_MULTIPLIES = {Kind.MULTIPLY, Kind.MULTIPLY_ACCUMULATE, Kind.LONG_MULTIPLY, Kind.LONG_MULTIPLY_ACCUMULATE}
_LOADS = {Kind.LOAD, Kind.LOAD_PAIR, Kind.LOAD_MULTIPLE}
_PLAIN_KINDS = {Kind.ALU, Kind.DIVIDE, Kind.IT, Kind.NOP, Kind.BARRIER} | _MULTIPLIES | _LOADS
"""Without floating point, whose status the decoder does not tell from flags; none waits, calls or changes the core."""


def poll_turns(a: CodeCounts, b: CodeCounts, runs: Mapping[Piece, int], unknown: Set[Piece]) -> dict[Edge, int]:
    """By edge of loops that only wait, how many turns B has more.

    runs: B's runs less A's, by piece. unknown: pieces to which edges lead that nothing explains: other loops are none.
    All pieces of such a loop have run as often more; none is in two such loops.
    """
    ways: dict[Piece, list[Edge]] = defaultdict(list)
    for edge in dict.fromkeys((*a.edges, *b.edges)):
        before, block, _ = edge
        if before is not None and runs.get(before, 0) == runs.get(block, 0) != 0 and _is_plain(before):
            ways[before].append(edge)
    loops = [loop for loop in _loops(ways) if any(each[1] in unknown for each in loop) and _only_waits(loop)]
    met: dict[Piece, int] = defaultdict(int)
    for edge in chain.from_iterable(loops):
        met[edge[1]] += 1
    return {edge: runs[edge[1]] for loop in loops if all(met[each[1]] == 1 for each in loop) for edge in loop}


def _loops(ways: Mapping[Piece, Sequence[Edge]]) -> Iterator[tuple[Edge, ...]]:
    """Each way from a piece back to it by others behind it in memory, each once: a short one."""
    for start, first in ways.items():
        todo: list[tuple[Edge, ...]] = [(edge,) for edge in first]
        while todo:
            way = todo.pop()
            last = way[-1][1]
            if last == start:
                yield way
            elif len(way) < MOST_PIECES and last > start and all(last != edge[1] for edge in way[:-1]):
                todo += [(*way, edge) for edge in ways.get(last, ())]


def _is_plain(piece: Piece) -> bool:
    """Whether it can be of such a loop. Behind it there are two ways at most."""
    code = instructions((*piece, frozenset()))
    return all(now.kind in (_BRANCHES if now.writes_pc else _PLAIN_KINDS) for now in code)


def _only_waits(loop: Sequence[Edge]) -> bool:
    code = [now for _, piece, _ in loop for now in instructions((*piece, frozenset()))]
    return any(now.kind in _LOADS and not now.literal for now in code) and not _kept(code)


def _kept(code: Sequence[Instruction]) -> int:
    """Registers, as a mask, that a turn of a loop sets by what they, or others of these, have held ever since it began.

    Wherever the turn is taken to begin: what one turn reads and only the next one tests is not kept.
    """
    kept, before = 0, -1
    for now in code:
        kept |= now.writes
    while kept != before:
        before = kept
        for now in code:
            if now.kind is Kind.IT:  # its own state, which the decoder takes for flags
                continue
            goes_by_flags = now.conditional and now.kind is not Kind.COMPARE_BRANCH
            if (now.reads | (FLAGS if goes_by_flags else 0)) & kept:
                kept |= now.writes
            elif not now.conditional:
                kept &= ~now.writes
    return kept
