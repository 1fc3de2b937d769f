"""The tables of `simtiny compare`, made from the same comparison as the JSON document and the page."""

from collections.abc import Callable, Mapping, Sequence
from math import fsum

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.comparison.result import Change, CodePart, Comparison, MemoryPart
from simtiny.comparison.words import effect_words, event_words
from simtiny.report.text import count, number, signed_percent, span
from simtiny.report.waterfall import Waterfall, waterfall

TOP_PARTS = 12
"""Functions or layers in a table; the others are one row."""
BAR_COLUMNS = 24
_MARKS: Mapping[str, str] = {"a": "=", "b": "=", "more": "+", "less": "-"}
MEMORIES = ("flash", "RAM")
"""What lies in them is told where it changes."""
_KIB = 1024
_NOTHING = "-"
Row = tuple[str, str, str, str, str]


def compare_report(comparisons: Sequence[Comparison]) -> RenderableType:
    """Everything that `simtiny compare` prints: for each what it comes to, then figures, settings and parts."""
    parts: list[RenderableType] = []
    for comparison in comparisons:
        parts += [heading(comparison), "", Text(" ".join(comparison.words)), ""]
        parts += [Text(f"note: {note}") for note in comparison.notes]
        parts.append(figures_table(comparison))
        if comparison.settings:
            parts.append(settings_table(comparison))
        parts += [waterfall_table(title, fall) for title, fall in waterfalls(comparison) if fall]
        parts += [
            code_table(f"By {what}", of_code, comparison.energy is not None)
            for what, of_code in (("function", comparison.by_function), ("layer", comparison.by_layer))
            if any(part.difference_ms or part.difference_uj for part in of_code)
        ]
    return Group(*parts)


def heading(comparison: Comparison) -> Text:
    """What A is, and what B is."""
    a, b = comparison.a, comparison.b
    return Text(f"A: {a.name} ({a.title} on {a.board})\nB: {b.name} ({b.title} on {b.board})")


def figures_table(comparison: Comparison) -> Table:
    """Quantities down; A, B and the change across."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    table.add_column("")
    for name in ("A", "B", "B - A", "change"):
        table.add_column(name, justify="right", overflow="fold")
    for row in figures(comparison):
        table.add_row(*row)
    return table


def figures(comparison: Comparison) -> list[Row]:
    """Label, A, B, difference, change."""
    a, b = comparison.a, comparison.b
    rows = [_row("latency ms", comparison.latency, number)]
    rows.append(
        (
            "  90 % interval",
            span(a.latency_low_ms, a.latency_high_ms),
            span(b.latency_low_ms, b.latency_high_ms),
            "",
            "",
        )
    )
    rows += [_row("cycles", comparison.cycles, count), _row("instructions", comparison.instructions, count)]
    if comparison.energy:
        rows.append(_row("energy uJ", comparison.energy, number))
        ends = span(a.energy_low_uj, a.energy_high_uj), span(b.energy_low_uj, b.energy_high_uj)
        rows.append(("  90 % interval", *ends, "", ""))
    for label, change in (
        ("power mW", comparison.mean_power),
        ("  with sleep", comparison.duty_power),
        ("mean current uA", comparison.mean_current),
        ("battery days", comparison.battery_days),
    ):
        if change:
            rows.append(_row(label, change, number))
    rows += [_memory_row(part) for part in comparison.memory if part.name in MEMORIES or part.difference_bytes != 0]
    return rows


def settings_table(comparison: Comparison) -> Table:
    """What was set or chosen otherwise."""
    table = Table(title="What is not the same", title_justify="left", box=box.SIMPLE_HEAD, show_edge=False)
    for name in ("", "A", "B"):
        table.add_column(name, overflow="fold")
    for setting in comparison.settings:
        table.add_row(Text(setting.name), Text(setting.a or _NOTHING), Text(setting.b or _NOTHING))
    return table


def waterfalls(comparison: Comparison) -> list[tuple[str, Waterfall | None]]:
    """Latency by effect and energy by event, with their titles."""
    latency, energy = comparison.latency, comparison.energy
    of_time = {effect_words(part.name): part.difference_ms for part in comparison.latency_parts}
    found = [("Latency from A to B", waterfall(of_time, latency.a, latency.b, "ms"))]
    if energy:
        of_energy = {event_words(part.name): part.difference_uj for part in comparison.energy_parts}
        found.append(("Energy from A to B", waterfall(of_energy, energy.a, energy.b, "uJ")))
    return found


def waterfall_table(title: str, fall: Waterfall) -> Table:
    """A row a part, with its bar where it goes: `=` a whole, `+` more, `-` less."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, show_edge=False)
    table.add_column("", overflow="fold")
    table.add_column(fall.unit, justify="right", no_wrap=True)
    table.add_column("share", justify="right", no_wrap=True)
    ends = f"{number(fall.axis.low)} to {number(fall.axis.high)}"
    table.add_column(ends, no_wrap=True, min_width=BAR_COLUMNS)
    for step in fall.steps:
        whole = step.kind in ("a", "b")
        value = number(step.value) if whole else signed(step.value)
        first, last = (round(fall.axis.at(level) / 100 * BAR_COLUMNS) for level in (step.low, step.high))
        bar = " " * first + _MARKS[step.kind] * max(last - first, 1)
        table.add_row(Text(step.name), value, "" if step.share is None else f"{step.share:.1%}", bar)
    return table


def code_table(title: str, parts: Sequence[CodePart], has_energy: bool) -> Table:
    """Functions or layers, those that have most of the difference, with what both sides spend in them."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, show_edge=False)
    table.add_column("", overflow="fold")
    for name in ("A ms", "B ms", "B - A", *(["uJ B - A"] if has_energy else [])):
        table.add_column(name, justify="right", no_wrap=True)
    for part in top(parts):
        energy = [] if not has_energy else [_NOTHING if part.difference_uj is None else signed(part.difference_uj)]
        table.add_row(Text(code_name(part)), *both_ms(part), signed(part.difference_ms), *energy)
    return table


def code_name(part: CodePart) -> str:
    """With what is to be said of it."""
    said = [f"{part.count} of this name"] if part.count > 1 else []
    said += [f"{part.only_in} only"] if part.only_in else []
    return f"{part.name} ({', '.join(said)})" if said else part.name


def both_ms(part: CodePart) -> tuple[str, str]:
    """What it takes in A and in B."""
    return (
        _NOTHING if part.only_in == "B" else number(part.a_ms),
        _NOTHING if part.only_in == "A" else number(part.b_ms),
    )


def top(parts: Sequence[CodePart], most: int = TOP_PARTS) -> list[CodePart]:
    """The parts that have most of the difference, in their order, and the others as one."""
    if len(parts) <= most + 1:
        return list(parts)
    ranked = sorted(range(len(parts)), key=lambda index: -abs(parts[index].difference_ms))
    shown = set(ranked[:most])
    rest = [part for index, part in enumerate(parts) if index not in shown]
    energies = [part.difference_uj for part in rest if part.difference_uj is not None]
    others = CodePart(
        name=f"{len(rest)} others",
        count=1,
        only_in="",
        a_cycles=fsum(part.a_cycles for part in rest),
        b_cycles=fsum(part.b_cycles for part in rest),
        a_ms=fsum(part.a_ms for part in rest),
        b_ms=fsum(part.b_ms for part in rest),
        difference_ms=fsum(part.difference_ms for part in rest),
        a_uj=None,
        b_uj=None,
        difference_uj=fsum(energies) if energies else None,
    )
    return [*(part for index, part in enumerate(parts) if index in shown), others]


def signed(value: float) -> str:
    """Four digits with their sign."""
    return f"+{number(value)}" if value > 0 else number(value)


def _row(label: str, change: Change, told: Callable[[float], str]) -> Row:
    sign = "+" if change.difference > 0 else "-" if change.difference < 0 else ""
    difference = f"{sign}{told(abs(change.difference))}"
    return label, told(change.a), told(change.b), difference, _relative(change)


def _memory_row(part: MemoryPart) -> Row:
    indent, difference = "" if part.name in MEMORIES else "  ", part.difference_bytes
    relative = signed_percent(difference / part.a_bytes) if difference is not None and part.a_bytes else ""
    cells = _kib(part.a_bytes), _kib(part.b_bytes), _kib(difference, signed=True)
    return f"{indent}{part.name} KiB", *cells, relative


def _relative(change: Change) -> str:
    return "" if change.ratio is None else signed_percent(change.ratio - 1)


def _kib(size: int | None, *, signed: bool = False) -> str:
    return _NOTHING if size is None else f"{size / _KIB:{'+' if signed and size else ''}.1f}"
