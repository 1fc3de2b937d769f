"""What the causes of differences between two engines come to, in words, instructions and cycles. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from simtiny.comparison import engine_counters as counters
from simtiny.comparison.engine_causes import Cause
from simtiny.comparison.engine_code import Edge, edge_differences
from simtiny.comparison.engine_result import Explanation
from simtiny.comparison.engine_windows import Windows, piece_instructions
from simtiny.counts import Counts
from simtiny.mlperf.measurement import Flashed
from simtiny.pricing import estimate_at

MOST_FUNCTIONS = 8
NO_SYMBOL = "without a symbol"


@dataclass(frozen=True)
class Two:
    """What was compared: counts by each engine, by name."""

    counts: tuple[Counts, Counts]
    flashed: Flashed
    engines: tuple[str, str]


def explanations(
    two: Two, found: Windows, causes: Mapping[Edge, Cause], by_counter: Mapping[str, set[Cause]]
) -> tuple[tuple[Explanation, ...], int]:
    """In the order of `Cause`; and the cycles that none of them has. All sum up to the difference in cycles.

    Waits for memories and divides, which are counted by window, are those of `Cause.MEMORY` where there is any, else of
    the first other cause.
    """
    met = {*causes.values(), *(cause for reasons in by_counter.values() for cause in reasons)}
    met |= ({Cause.TIMER} if found.stamps else set()) | ({Cause.CUTS} if found.cuts else set())
    edges = edge_differences(found.rest[0].code, found.rest[1].code)
    a, b = found.rest[0].code.cycles, found.rest[1].code.cycles
    cycles: dict[Cause, int] = dict.fromkeys(Cause, 0)
    issued: dict[Cause, int] = dict.fromkeys(Cause, 0)
    functions: dict[Cause, dict[str, int]] = {cause: defaultdict(int) for cause in Cause}
    for edge, cause in causes.items():
        cycles[cause] += b.get(edge, 0) - a.get(edge, 0)
        count = edges[edge] * len(piece_instructions(edge[1]))
        issued[cause] += count
        functions[cause][_function(two, edge)] += abs(count)
    totals = {name: count - found.rest[0].counted.totals[name] for name, count in found.rest[1].counted.totals.items()}
    for cause, name in ((Cause.EXCEPTIONS, counters.IN_EXCEPTIONS), (Cause.SLEEP, counters.ASLEEP)):
        cycles[cause] += totals[name] if cause in met else 0
    cycles[Cause.CUTS] += found.cycles_of_cuts
    if found.stamps:
        one, other = (estimate_at(each, two.flashed.board, each.operating_point) for each in found.stamps)
        cycles[Cause.TIMER] = other.cycles - one.cycles
        issued[Cause.TIMER] = other.instructions - one.instructions
        for edge, count in edge_differences(found.of_stamps(0).code, found.of_stamps(1).code).items():
            functions[Cause.TIMER][_function(two, edge)] += abs(count) * len(piece_instructions(edge[1]))
    left = sum(b.get(edge, 0) - a.get(edge, 0) for edge in edges if edge not in causes)
    estimates = [each.priced.estimate.cycles for each in two.counts]
    waits = estimates[1] - estimates[0] - sum(cycles.values()) - left
    taker = next((cause for cause in (Cause.MEMORY, Cause.SKIPPED, *Cause) if cause in met), None)
    if taker is None:
        left += waits
    else:
        cycles[taker] += waits
    return tuple(
        Explanation(
            str(cause),
            _text(two, found, causes, cause),
            issued[cause],
            cycles[cause],
            tuple(sorted(functions[cause], key=lambda name: (-functions[cause][name], name))[:MOST_FUNCTIONS]),
        )
        for cause in Cause
        if cause in met
    ), left


def _function(two: Two, edge: Edge) -> str:
    symbol = two.flashed.image.function_at(edge[1][0])
    return NO_SYMBOL if symbol is None else symbol.name


def _text(two: Two, found: Windows, causes: Mapping[Edge, Cause], cause: Cause) -> str:
    one, other = two.engines
    a, b = (each.counted.totals for each in found.rest)
    if cause is Cause.CUTS:
        return (
            "one engine cuts straight-line code into blocks where the other does not "
            f"(places inside the window: {found.cuts:,}): it is compared by instruction"
        )
    if cause is Cause.EXCEPTIONS:
        return (
            f"exceptions come at other times, {a[counters.EXCEPTIONS]:,} of them in {one} and "
            f"{b[counters.EXCEPTIONS]:,} in {other}: what they interrupt runs as often"
        )
    if cause is Cause.SLEEP:
        return f"the core sleeps {a[counters.ASLEEP]:,} cycles in {one} and {b[counters.ASLEEP]:,} in {other}"
    if cause is Cause.POLL:
        polls = {edge[1] for edge, why in causes.items() if why is cause}
        here, there = (
            sum(each.code.runs.get(piece, 0) * len(piece_instructions(piece)) for piece in polls) for each in found.rest
        )
        return (
            "a loop that only reads waits for something outside of it, such as a timer, "
            f"in {here:,} instructions in {one} and {there:,} in {other}"
        )
    if cause is Cause.TIMER:
        printed = " and ".join(f"{each.measurement.stamp_us} us" for each in two.counts)
        return f"the firmware tells what its timer says, {printed}: the code that prints it goes by the number"
    if cause is Cause.SKIPPED:
        return "loads in IT blocks, issued as often in both, are skipped more often in one"
    return "caches, the flash's buffers and branch prediction hold what all this has left there"
