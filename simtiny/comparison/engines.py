"""Two engines that ran the same firmware on the same board: what differs, and what explains it. Pure.

Nothing that differs is taken for explained but by what the counts show: `simtiny.comparison.engine_causes` of the code,
`simtiny.comparison.engine_counters` of all else.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import zip_longest

from simtiny.comparison import engine_counters as counters
from simtiny.comparison.engine_causes import Cause, edge_causes
from simtiny.comparison.engine_code import Edge, edge_differences
from simtiny.comparison.engine_explanations import NO_SYMBOL, Two, explanations
from simtiny.comparison.engine_result import EngineCode, EngineComparison, EngineRow, Unexplained
from simtiny.comparison.engine_windows import Windows, piece_instructions, windows
from simtiny.counts import Counts
from simtiny.image import Image
from simtiny.image_load import vector_table_address
from simtiny.isa.instruction import LOADS, Kind
from simtiny.mlperf.measurement import Flashed, Measurement
from simtiny.profiles import OperatingPoint, Profile
from simtiny.timing.models import MODELS
from simtiny.timing.prices import instructions

MOST_PLACES = 10
"""Unexplained edges, or places of a counter, that are told: the first ones by address."""
EACH_ITS_OWN = "each engine's own time"
_LAP = re.compile(r"m-lap-us-[0-9]+")


def compared(a: Counts, b: Counts, flashed: Flashed, engines: tuple[str, str]) -> EngineComparison:
    """What two engines, by name, counted of the same question. Raises Unpriced as `estimate` does.

    Both were priced at the same operating point and supply.
    """
    image = flashed.image
    found = windows(a.measurement, b.measurement, MODELS[flashed.board.core])
    rest = found.rest[0].counted, found.rest[1].counted
    reset = image.word(vector_table_address(image, flashed.board) + 4)
    causes = edge_causes(
        found.rest[0].code,
        found.rest[1].code,
        exceptions=(rest[0].totals[counters.EXCEPTIONS], rest[1].totals[counters.EXCEPTIONS]),
        exceptions_differ=rest[0].totals != rest[1].totals,
        reset=None if reset is None else reset & ~1,
    )
    edges = edge_differences(found.rest[0].code, found.rest[1].code)
    unknown = sorted((edge for edge in edges if edge not in causes), key=_order)
    by_counter, uncounted = counters.counter_causes(*rest, _grounds(found, causes, unknown))
    if found.stamps:
        for name, reasons in by_counter.items():
            reasons |= set() if found.is_equal_in_stamps(name) else {Cause.TIMER}
    told, left = explanations(Two((a, b), flashed, engines), found, causes, by_counter)
    layers = _layers(a.measurement, b.measurement)
    unexplained = [
        *(_edge(image, found, edge) for edge in unknown[:MOST_PLACES]),
        *_of_counters(image, found, uncounted),
        *_output(a.measurement, b.measurement),
        *_points(a.measurement, b.measurement),
        *_of_layers(a.measurement, b.measurement, layers, window_differs=bool(edges or found.stamps or found.cuts)),
    ]
    cycles = b.priced.estimate.cycles - a.priced.estimate.cycles
    clocks = b.measurement.profile.cycles - a.measurement.profile.cycles
    if clocks != cycles:
        unexplained.append(Unexplained("clock", "the engine's own, beside the priced cycles", cycles, clocks))
    if left and not unexplained:
        unexplained.append(Unexplained("cycles", "that no counter tells of", 0, left))
    reasons_of_code = {*causes.values(), *({Cause.TIMER} if found.stamps else ())}
    return EngineComparison(
        a=engines[0],
        b=engines[1],
        title=flashed.title,
        board=flashed.board.id,
        image=image.name,
        window=a.measurement.window,
        same_output=not any(each.what == "output" for each in unexplained),
        rows=tuple(_rows((a, b), found, reasons_of_code, by_counter, [each.cause for each in told], bool(unknown))),
        by_function=_functions(image, found),
        by_layer=layers,
        explanations=told,
        unexplained=tuple(unexplained),
        unexplained_count=len(unexplained) + max(len(unknown) - MOST_PLACES, 0),
        unexplained_cycles=left,
    )


def _grounds(found: Windows, causes: Mapping[Edge, Cause], unknown: Sequence[Edge]) -> counters.Grounds:
    by_stretch: dict[int, set[Cause]] = defaultdict(set)
    for edge, cause in causes.items():
        for piece in edge[:2]:
            if piece is not None:
                by_stretch[found.stretches.at(piece[0])].add(cause)
    divides = {
        cause
        for edge, cause in causes.items()
        if any(now.kind is Kind.DIVIDE for piece in edge[:2] if piece for now in piece_instructions(piece))
    }
    others = ({Cause.TIMER} if found.stamps else set()) | ({Cause.CUTS} if found.cuts else set())
    sleeps = any(
        now.kind is Kind.WAIT for each in found.rest for piece in each.code.runs for now in piece_instructions(piece)
    )
    return counters.Grounds(
        by_stretch, {found.stretches.at(edge[1][0]) for edge in unknown}, _skippable(found), divides, others, sleeps
    )


def _skippable(found: Windows) -> Mapping[int, int]:
    """By stretch, how often loads in IT blocks were issued: as often may one engine have skipped one."""
    most: dict[int, int] = defaultdict(int)
    runs = found.rest[0].code.runs, found.rest[1].code.runs
    for piece in {*runs[0], *runs[1]}:
        loads = sum(now.conditional and now.kind in LOADS for now in piece_instructions(piece))
        most[found.stretches.at(piece[0])] += loads * max(runs[0].get(piece, 0), runs[1].get(piece, 0))
    return most


def _rows(
    both: tuple[Counts, Counts],
    found: Windows,
    of_code: set[Cause],
    by_counter: Mapping[str, set[Cause]],
    causes: Sequence[str],
    code_unknown: bool,
) -> Iterator[EngineRow]:
    """The window's figures. `of_code`: causes of other counts of code; `causes`: all."""
    of_instructions = () if code_unknown else tuple(cause for cause in causes if cause in of_code)
    of_blocks = () if code_unknown else tuple(cause for cause in causes if cause in of_code or cause == Cause.CUTS)

    def row(name: str, figures: Sequence[float], why: Sequence[str]) -> EngineRow:
        a, b = figures
        return EngineRow(name, a, b, b - a, tuple(why) if a != b else ())

    estimates = [each.priced.estimate for each in both]
    profiles = [each.measurement.profile for each in both]
    yield row("instructions", [each.instructions for each in estimates], of_instructions)
    yield row("blocks run", [int(each.edges[:, 2].sum()) for each in profiles], of_blocks)
    yield row("branches taken", [int(each.edges[each.taken, 2].sum()) for each in profiles], of_instructions)
    yield row("different edges", [len(each.code.edges) for each in found.whole], of_instructions)
    for name, reasons in by_counter.items():
        yield row(name, [each.counted.size(name) for each in found.whole], [each for each in causes if each in reasons])
    yield row("cycles", [each.cycles for each in estimates], causes)
    yield row("latency ms", [each.latency_s * 1e3 for each in estimates], causes)
    energies = [each.priced.consumption.energy.energy_uj for each in both if each.priced.consumption is not None]
    if len(energies) == len(both):
        yield row("energy uJ", energies, causes)
    timed = [each.measurement.stopwatch_us for each in both if each.measurement.stopwatch_us is not None]
    if len(timed) == len(both):
        yield row("firmware's stopwatch us", timed, causes or (EACH_ITS_OWN,))


def _functions(image: Image, found: Windows) -> tuple[EngineCode, ...]:
    """The largest first."""
    sums: dict[str, list[int]] = {}
    for side, window in enumerate(found.whole):
        for piece, count in window.code.runs.items():
            symbol = image.function_at(piece[0])
            name = NO_SYMBOL if symbol is None else symbol.name
            sums.setdefault(name, [0, 0])[side] += count * len(piece_instructions(piece))
    rows = [EngineCode(name, a, b, b - a) for name, (a, b) in sums.items()]
    return tuple(sorted(rows, key=lambda each: (-max(each.a_instructions, each.b_instructions), each.name)))


def _layers(a: Measurement, b: Measurement) -> tuple[EngineCode, ...]:
    both = enumerate(zip_longest(map(_issued, a.layers), map(_issued, b.layers), fillvalue=0))
    return tuple(EngineCode(str(index), one, other, other - one) for index, (one, other) in both)


def _issued(profile: Profile) -> int:
    return sum(len(instructions(profile.blocks[block])) * count for _, block, count in profile.edges.tolist())


# --- what nothing explains --------------------------------------------------------------------------------------------


def _edge(image: Image, found: Windows, edge: Edge) -> Unexplained:
    before, block, taken = edge
    come = "an exception or its return" if before is None else _place(image, piece_instructions(before)[-1].address)
    counts = (each.code.edges.get(edge, 0) for each in found.rest)
    return Unexplained("edge", f"{come} -> {_place(image, block[0])}{' by a branch' if taken else ''}", *counts)


def _of_counters(image: Image, found: Windows, known: Sequence[counters.CounterAt]) -> Iterator[Unexplained]:
    told: dict[str, int] = defaultdict(int)
    for name, stretch in known:
        told[name] += 1
        if told[name] > MOST_PLACES:
            continue
        if stretch is None:
            yield Unexplained(name, "in the window", *(each.counted.size(name) for each in found.rest))
        else:
            counts = (int(each.counted.by_stretch[name][stretch]) for each in found.rest)
            yield Unexplained(name, _place(image, int(found.stretches.starts[stretch])), *counts)


def _output(a: Measurement, b: Measurement) -> list[Unexplained]:
    """The first line that differs, but for the numbers of timestamps."""
    both = zip_longest(map(_untimed, a.said), map(_untimed, b.said), fillvalue="nothing")
    differing = ((line, one, other) for line, (one, other) in enumerate(both, 1) if one != other)
    return [Unexplained("output", f"line {line}", one, other) for line, one, other in differing][:1]


def _points(a: Measurement, b: Measurement) -> Iterator[Unexplained]:
    """What the firmware has programmed otherwise, and other windows."""
    one, other = a.profile.operating_point, b.profile.operating_point
    for entry in fields(OperatingPoint):
        values = getattr(one, entry.name), getattr(other, entry.name)
        if values[0] != values[1]:
            yield Unexplained("operating point", entry.name, *map(str, values))
    if a.window != b.window:
        yield Unexplained("window", "what bounds it", a.window, b.window)


def _of_layers(
    a: Measurement, b: Measurement, layers: Sequence[EngineCode], *, window_differs: bool
) -> list[Unexplained]:
    """Layers that differ although the window, which has causes, does not; or that one of the engines has not."""
    if len(a.layers) != len(b.layers):
        return [Unexplained("layers", "marked by the firmware", len(a.layers), len(b.layers))]
    return [
        Unexplained("layers", f"layer {each.name}", each.a_instructions, each.b_instructions)
        for each in layers
        if each.difference_instructions and not window_differs
    ]


def _untimed(line: str) -> str:
    return _LAP.sub("m-lap-us-", line)


def _order(edge: Edge) -> tuple[int, int, bool]:
    return -1 if edge[0] is None else edge[0][0], edge[1][0], edge[2]


def _place(image: Image, address: int) -> str:
    symbol = image.function_at(address)
    if symbol is None:
        return f"0x{address:08x}"
    offset = address - symbol.address
    return f"{symbol.name}{f'+0x{offset:x}' if offset else ''} (0x{address:08x})"
