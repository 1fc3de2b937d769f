"""The page of `simtiny run --html`: predictions beside what is on record, the table, and bars of where it goes."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from math import fsum

from simtiny.breakdown import Part
from simtiny.effect_words import EFFECTS
from simtiny.records import Spread
from simtiny.report.breakdown_text import CLASSES, TOP_FUNCTIONS, layer_parts
from simtiny.report.chart import Axis, axis
from simtiny.report.crosscheck_text import percent
from simtiny.report.life_html import HEIGHT, step_charts
from simtiny.report.page import render
from simtiny.report.result import RunResult
from simtiny.report.text import INTERVAL, footnotes, number, own_network_lines, run_rows, span

LEAST_SHARE = 0.0005
"""Parts below this are drawn as one: they would read as 0.0 %."""
ROOM = 1.04
"""An axis goes this far beyond what it shows."""


@dataclass(frozen=True)
class Prediction:
    """One figure with the ends of its interval, on an axis of its own, beside what is on record for the same.

    `low` and `high` are None where no interval can be told.
    """

    title: str
    predicted: float
    low: float | None
    high: float | None
    recorded: Spread | None
    axis: Axis


@dataclass(frozen=True)
class Predictions:
    """The predictions of one quantity, one a result."""

    quantity: str
    unit: str
    charts: tuple[Prediction, ...]

    @property
    def has_records(self) -> bool:
        """Whether anything is on record for any of them."""
        return any(chart.recorded for chart in self.charts)


@dataclass(frozen=True)
class Bar:
    """One part of a result: what it takes, and what share of the whole that is, 0 to 1. No energy: None."""

    name: str
    note: str
    cycles: float
    share: float
    energy_uj: float | None
    energy_share: float | None
    interval: str = ""
    """Ends of that of the energy, empty if it is not known."""


@dataclass(frozen=True)
class Bars:
    """The parts of one result."""

    title: str
    bars: tuple[Bar, ...]

    @property
    def has_energy(self) -> bool:
        """Whether there is a second bar a part."""
        return any(bar.energy_share is not None for bar in self.bars)


@dataclass(frozen=True)
class Section:
    """One way of dividing up each result. Its bars have one scale: `widest`, the largest share of any, fills it."""

    name: str
    heading: str
    meaning: str
    results: tuple[Bars, ...]

    @property
    def widest(self) -> float:
        """0 to 1, not 0."""
        bars = [bar for result in self.results for bar in result.bars]
        return max([1e-9, *(max(bar.share, bar.energy_share or 0.0) for bar in bars)])


def run_page(results: Sequence[RunResult]) -> str:
    """The whole page."""
    titles = ", ".join(dict.fromkeys(result.title for result in results))
    boards = " / ".join(dict.fromkeys(result.board for result in results))
    return render(
        "run.html",
        heading=f"{titles} on {boards}",
        results=results,
        own_network=own_network_lines(results),
        rows=run_rows(results, two_lines=len(results) > 2),
        footnotes=footnotes(results),
        predictions=[chart for chart in (latencies(results), energies(results)) if chart.charts],
        sections=sections(results),
        lives=step_charts(results),
        life_height=HEIGHT,
        inputs=inputs,
        number=number,
        span=span,
        interval=INTERVAL,
        percent=percent,
    )


def inputs(result: RunResult) -> dict[str, str]:
    """What was asked for, in the words of the API and the JSON document, and what went into the run, by SHA-256."""
    asked = (f"{name}={value}" for name, value in result.options.items() if value not in (None, [], ()))
    known = ((name, value) for name, value in asdict(result.identity).items() if value is not None)
    return {
        "asked for": ", ".join(asked),
        **{
            f"{name.removesuffix('_sha256')}, SHA-256" if name.endswith("_sha256") else name: each
            for name, each in known
        },
    }


def latencies(results: Sequence[RunResult]) -> Predictions:
    """Latency in milliseconds."""
    charts = (
        beside(
            result.title,
            result.latency_ms,
            result.latency_low_ms,
            result.latency_high_ms,
            result.recorded.latency_ms,
        )
        for result in results
    )
    return Predictions("Latency", "ms", tuple(charts))


def energies(results: Sequence[RunResult]) -> Predictions:
    """Energy in microjoules, of the results that have one."""
    charts = (
        beside(
            result.title,
            result.energy.energy_uj,
            result.energy.energy_low_uj,
            result.energy.energy_high_uj,
            result.recorded.energy_uj,
        )
        for result in results
        if result.energy
    )
    return Predictions("Energy", "uJ", tuple(charts))


def sections(results: Sequence[RunResult]) -> list[Section]:
    """All ways of dividing up the results; of these results that say nothing of one are left out."""
    possible = [
        Section(
            "effect",
            "What the cycles are spent on",
            "An instruction takes one cycle. What it takes beyond that stands beside the reason.",
            _each(results, lambda result: largest_first(result, _effects(result))),
        ),
        Section(
            "class",
            "By kind of instruction",
            "An instruction takes one cycle to execute, a load or store of several words one a word: these cycles "
            "stand beside its kind. In the others the core stalls or waits for memory. Reads of memories and static "
            "power take energy and no cycles of their own.",
            _each(results, lambda result: largest_first(result, _renamed(result.by_class))),
        ),
        Section(
            "memory",
            "By memory",
            "Cycles: what the core waits for each memory; all others are the core's own. Energy: what reading, loading "
            "and storing takes beyond the cycles of the core.",
            _each(results, lambda result: largest_first(result, _renamed(result.by_memory))),
        ),
        Section(
            "layer",
            "By layer",
            "The operators of the network in its order, with the shape of their output; and what the window holds "
            "before and after them.",
            _each(results, layer_bars),
        ),
        Section(
            "function",
            "By function",
            "The functions of the firmware that take most, without those that they call; the others as one.",
            _each(results, lambda result: largest_first(result, result.by_function, TOP_FUNCTIONS)),
        ),
    ]
    return [section for section in possible if section.results]


def largest_first(result: RunResult, parts: Sequence[Part], most: int | None = None) -> tuple[Bar, ...]:
    """The parts with their shares of the result, the largest first: `most` of them, the others and the tiny as one."""
    drawn = [bar(result, part) for part in parts if part.cycles or part.energy_uj]
    drawn.sort(key=lambda bar: (-(bar.energy_uj or 0.0), -bar.cycles))
    large = [part for part in drawn if max(part.share, part.energy_share or 0.0) >= LEAST_SHARE]
    tiny = [part for part in drawn if max(part.share, part.energy_share or 0.0) < LEAST_SHARE]
    shown = large[:most]
    small = [*large[len(shown) :], *tiny]
    if len(small) < 2:
        return tuple(drawn)
    energies_uj = [part.energy_uj for part in small if part.energy_uj is not None]
    rest = Part(f"{len(small)} others", fsum(part.cycles for part in small), fsum(energies_uj) if energies_uj else None)
    return (*shown, bar(result, rest))


def layer_bars(result: RunResult) -> tuple[Bar, ...]:
    """The layers in their order, and what lies beyond them."""
    notes = [
        f"{layer.macs:,} MACs, {layer.cycles_per_mac:.2f} cycles each" if layer.cycles_per_mac else ""
        for layer in result.layers
    ]
    return tuple(bar(result, part, note) for part, note in zip(layer_parts(result), [*notes, ""], strict=False))


def bar(result: RunResult, part: Part, note: str = "") -> Bar:
    """One part of a result."""
    energy_share = None
    if result.energy and result.energy.energy_uj and part.energy_uj is not None:
        energy_share = part.energy_uj / result.energy.energy_uj
    interval = span(part.energy_low_uj, part.energy_high_uj) if part.energy_low_uj is not None else ""
    return Bar(part.name, note, part.cycles, part.cycles / result.cycles, part.energy_uj, energy_share, interval)


def beside(title: str, predicted: float, low: float | None, high: float | None, recorded: Spread | None) -> Prediction:
    """A prediction on an axis from zero that holds it, its interval and what is on record."""
    highest = max(predicted, high or 0.0, recorded.worst if recorded else 0.0)
    return Prediction(title, predicted, low, high, recorded, axis(0.0, highest * ROOM if highest > 0 else 1.0))


def _each(results: Sequence[RunResult], bars_of: Callable[[RunResult], tuple[Bar, ...]]) -> tuple[Bars, ...]:
    divided = ((result.title, bars_of(result)) for result in results)
    return tuple(Bars(title, bars) for title, bars in divided if bars)


def _effects(result: RunResult) -> list[Part]:
    return [Part(EFFECTS.get(name, name), cycles, None) for name, cycles in result.cycles_by_effect.items()]


def _renamed(parts: Sequence[Part]) -> list[Part]:
    return [replace(part, name=CLASSES.get(part.name, part.name)) for part in parts]
