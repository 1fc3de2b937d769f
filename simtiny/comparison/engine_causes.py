"""Why two engines that ran the same firmware have other counts of edges: exceptions, sleep and polls, by the counts.

An exception that comes at another place breaks another edge: the engine that was interrupted there lacks the edge, and
has begun the piece behind it without one before. How often pieces ran is the same, but for what handlers ran. A core
that sleeps longer goes round its idle loop another number of times, and one that polls a timer round that loop. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from enum import StrEnum

from simtiny.comparison.engine_code import CodeCounts, Edge, Piece, edge_differences, overhang
from simtiny.comparison.engine_polls import poll_turns
from simtiny.isa.instruction import Instruction, Kind
from simtiny.timing.prices import instructions


class Cause(StrEnum):
    """What explains a difference between two engines."""

    CUTS = "cuts"
    EXCEPTIONS = "exceptions"
    SLEEP = "sleep"
    POLL = "poll"
    TIMER = "timer"
    SKIPPED = "skipped"
    MEMORY = "memory"


_Graph = Mapping[Piece, set[Piece]]
_RETURNS = (Kind.INDIRECT_BRANCH, Kind.LOAD, Kind.LOAD_MULTIPLE)


def edge_causes(
    a: CodeCounts, b: CodeCounts, *, exceptions: tuple[int, int], exceptions_differ: bool, reset: int | None
) -> dict[Edge, Cause]:
    """The edges of different counts that exceptions, sleep or polls explain: those that are not here, nothing does.

    exceptions: how many each had. exceptions_differ: in number, or the core has slept for another time. reset: address
    that reset goes to, which is no exception's.
    """
    differences, hanging = edge_differences(a, b), overhang(a, b)
    entries = {
        piece
        for piece in _handler_entries(a, b)
        if piece[0] != reset
        and all(each.edges.get((None, piece, False), 0) <= most for each, most in zip((a, b), exceptions, strict=True))
    }
    runs = {piece: b.runs.get(piece, 0) - a.runs.get(piece, 0) for piece in {*a.runs, *b.runs}}
    counts, runs = _without(differences, runs, hanging)
    cuts = {edge: Cause.CUTS for edge in hanging if edge not in counts}
    causes = cuts | _of_exceptions(a, b, counts, runs, entries, cuts, exceptions_differ)
    turns = poll_turns(a, b, runs, {edge[1] for edge in counts if edge not in causes})
    if turns:
        counts, runs = _without(counts, runs, turns)
        causes = cuts | _of_exceptions(a, b, counts, runs, entries, cuts, exceptions_differ)
        causes |= {edge: Cause.POLL for edge in turns if edge not in counts}
        polled = {edge[1] for edge in turns}
        causes |= {edge: Cause.POLL for edge in causes if edge[1] in polled}  # and where exceptions broke it off
    return {edge: causes[edge] for edge in differences if edge in causes}


def _without(
    counts: Mapping[Edge, int], runs: Mapping[Piece, int], part: Mapping[Edge, int]
) -> tuple[dict[Edge, int], dict[Piece, int]]:
    """Differences of edges, those that are left, and of runs without a part of them."""
    rest = {edge: counts.get(edge, 0) - part.get(edge, 0) for edge in dict.fromkeys((*counts, *part))}
    left = dict(runs)
    for edge, count in part.items():
        left[edge[1]] -= count
    return {edge: count for edge, count in rest.items() if count}, left


def _of_exceptions(
    a: CodeCounts,
    b: CodeCounts,
    counts: Mapping[Edge, int],
    runs: Mapping[Piece, int],
    entries: Set[Piece],
    known: Iterable[Edge],
    exceptions_differ: bool,
) -> dict[Edge, Cause]:
    """What exceptions and sleep explain. `entries`: where handlers begin; `known`: edges that have a cause."""
    causes: dict[Edge, Cause] = {}
    interrupted = _interrupted(a, b, counts, runs)
    if exceptions_differ:
        causes |= dict.fromkeys(_of_idle_loops(counts, runs), Cause.SLEEP)
    if exceptions_differ or interrupted:
        causes |= dict.fromkeys(_of_handlers(a, b, counts, entries), Cause.EXCEPTIONS)
    causes |= dict.fromkeys(interrupted, Cause.EXCEPTIONS)
    changed = {piece for edge in (*known, *causes) for piece in edge[:2] if piece is not None}
    for edge in counts:  # a piece that was begun anew behind a handler
        if edge[0] is None and edge[1] not in entries and (runs[edge[1]] == 0 or edge[1] in changed):
            causes.setdefault(edge, Cause.EXCEPTIONS)
    return causes


def _of_handlers(a: CodeCounts, b: CodeCounts, counts: Mapping[Edge, int], entries: Set[Piece]) -> set[Edge]:
    """Edges of code that only handlers run; and of what they call, as far as it is on the way of more exceptions."""
    code = _handler_code(a, b, entries)
    found = {
        edge for edge in counts if edge[1] in code and (edge[0] in code or (edge[0] is None and edge[1] in entries))
    }
    for sign in (1, -1):
        entered = {
            edge for edge, count in counts.items() if edge[0] is None and edge[1] in entries and count * sign > 0
        }
        ended = {piece for piece in {*a.lost, *b.lost} if (b.lost.get(piece, 0) - a.lost.get(piece, 0)) * sign > 0}
        found |= entered | _on_the_way(_of_sign(counts, sign), {edge[1] for edge in entered}, ended)
    return found


def _of_idle_loops(counts: Mapping[Edge, int], runs: Mapping[Piece, int]) -> set[Edge]:
    """Edges on the way from a wait for interrupts or events back to it, where it was run more often, or less."""
    found: set[Edge] = set()
    for piece in (piece for piece, count in runs.items() if count and _waits(piece)):
        behind = {other for other in runs if other[0] == _end(piece)}  # where it goes on once it is awake
        found |= _on_the_way(_of_sign(counts, runs[piece]), {piece, *behind}, {piece})
    return found


def _interrupted(a: CodeCounts, b: CodeCounts, counts: Mapping[Edge, int], runs: Mapping[Piece, int]) -> set[Edge]:
    """Edges that one engine has more often because the other was interrupted there so often.

    Both have run both pieces as often. The other one has lost what came behind the first piece, and begun the second
    one anew, at least as often as it lacks such edges.
    """
    found: set[Edge] = set()
    for sign, broken in ((1, a), (-1, b)):
        even = {
            edge: count * sign
            for edge, count in counts.items()
            if count * sign > 0 and edge[0] is not None and runs.get(edge[0], 0) == 0 == runs[edge[1]]
        }
        behind: dict[Piece, int] = defaultdict(int)
        before: dict[Piece, int] = defaultdict(int)
        for (one, other, _), count in even.items():
            assert one is not None
            behind[one] += count
            before[other] += count
        found |= {
            edge
            for edge in even
            if edge[0] is not None
            and behind[edge[0]] <= broken.lost[edge[0]]
            and before[edge[1]] <= broken.edges.get((None, edge[1], False), 0)
        }
    return found


def _handler_entries(a: CodeCounts, b: CodeCounts) -> set[Piece]:
    """Where handlers begin: what begins without an edge, and no code that ran leads there."""
    edges = {*a.edges, *b.edges}
    begun = {block for before, block, _ in edges if before is None}
    reached = {block for before, block, _ in edges if before is not None}
    behind = {_end(piece) for piece in {*a.runs, *b.runs} if not _last(piece).writes_pc or _last(piece).conditional}
    behind |= _call_ends({*a.runs, *b.runs})
    return {piece for piece in begun - reached if piece[0] not in behind}


def _handler_code(a: CodeCounts, b: CodeCounts, entries: Iterable[Piece]) -> set[Piece]:
    """What only handlers run: all ways to it come from where they begin.

    A function that others call, too, is none of it.
    """
    pieces = {*a.runs, *b.runs}
    ends = _call_ends(pieces)
    successors: dict[Piece, set[Piece]] = defaultdict(set)
    for before, block, _ in {*a.edges, *b.edges}:
        if before is not None and not (block[0] in ends and _may_return(_last(before))):
            successors[before].add(block)
    starts = defaultdict(list)
    for piece in pieces:
        starts[piece[0]].append(piece)
    for piece in pieces:
        if _calls(_last(piece)):
            successors[piece].update(starts.get(_end(piece), ()))
    predecessors = _reversed(successors)
    found = _reach(successors, entries)
    outside = [piece for piece in found if predecessors.get(piece, set()) - found]
    while outside:
        piece = outside.pop()
        if piece in found:
            found.discard(piece)
            outside += [other for other in successors.get(piece, ()) if other in found]
    return found


def _call_ends(pieces: Iterable[Piece]) -> set[int]:
    return {_end(piece) for piece in pieces if _calls(_last(piece))}


def _calls(last: Instruction) -> bool:
    return last.kind is Kind.CALL or last.name == "blx"


def _may_return(last: Instruction) -> bool:
    return last.writes_pc and last.kind in _RETURNS and not _calls(last)


def _waits(piece: Piece) -> bool:
    return any(now.kind is Kind.WAIT for now in instructions((*piece, frozenset())))


def _last(piece: Piece) -> Instruction:
    return instructions((*piece, frozenset()))[-1]


def _end(piece: Piece) -> int:
    return piece[0] + len(piece[1])


def _of_sign(counts: Mapping[Edge, int], sign: int) -> list[Edge]:
    return [edge for edge, count in counts.items() if count * sign > 0 and edge[0] is not None]


def _on_the_way(edges: Iterable[Edge], sources: set[Piece], sinks: set[Piece]) -> set[Edge]:
    """The edges that lie on a way from a source to a sink."""
    successors: dict[Piece, set[Piece]] = defaultdict(set)
    known = list(edges)
    for before, block, _ in known:
        if before is not None:
            successors[before].add(block)
    forwards, backwards = _reach(successors, sources), _reach(_reversed(successors), sinks)
    return {edge for edge in known if edge[0] in forwards and edge[1] in backwards}


def _reversed(graph: _Graph) -> _Graph:
    found: dict[Piece, set[Piece]] = defaultdict(set)
    for piece, others in graph.items():
        for other in others:
            found[other].add(piece)
    return found


def _reach(graph: _Graph, sources: Iterable[Piece]) -> set[Piece]:
    found, todo = set(sources), list(sources)
    while todo:
        fresh = graph.get(todo.pop(), set()) - found
        found |= fresh
        todo += fresh
    return found
