"""A life in the terminal: its steps as a table and as a chart, and how long the battery lasts."""

from collections.abc import Iterator, Sequence
from math import ceil, floor, log10

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.intervals import LEVEL
from simtiny.lived import LifeResult, LifeStep
from simtiny.report.chart import decades
from simtiny.report.result import RunResult
from simtiny.report.text import number, rough, span

CHART_COLUMNS = 40
NAME_COLUMNS = 14
MOST_LINES = 5
"""Of one step in the chart."""


def life_report(results: Sequence[RunResult]) -> list[RenderableType]:
    """What `simtiny run` prints of each result's life."""
    return [part for result in results if result.life for part in (*_one(result.title, result.life),)]


def _one(title: str, life: LifeResult) -> Iterator[RenderableType]:
    yield life_table(title, life)
    yield Text("\n".join(chart_lines(life.steps)), no_wrap=True)
    yield Text("\n".join((*summary_lines(life), *(f"note: {note}" for note in life.notes))))


def life_table(title: str, life: LifeResult) -> Table:
    """The steps of one period: how long each takes, its current, and the charge that it takes."""
    table = Table(title=f"{title}: every {number(life.period_s)} s at {life.supply_v:g} V", title_justify="left")
    table.add_column("step", overflow="fold")
    table.add_column("in", overflow="fold")
    for heading in ("ms", "mA", "uC", "share"):
        table.add_column(heading, justify="right", overflow="fold")
    for step in life.steps:
        cells = number(step.duration_s * 1e3), number(step.current_ma), number(step.charge_uc), f"{step.share:.1%}"
        table.add_row(Text(f"{step.name}\n{step.what}".rstrip()), Text(state(step)), *cells)
    return table


def state(step: LifeStep) -> str:
    """The mode that a step is in, with the clock that is on."""
    return step.mode if step.clock_hz is None else f"{step.mode}, {step.clock_hz / 1e6:g} MHz"


def chart_lines(steps: Sequence[LifeStep]) -> list[str]:
    """Current of one step after the other as lines of text: time runs down, ten times the current is as far each time.

    A step has a line, and one more for each ten times that it is longer than the shortest.
    """
    low, high = decades([step.current_ma for step in steps])
    shortest_s = min(step.duration_s for step in steps)
    lines = ["", "current in mA, on a logarithmic scale; time runs down", f"{'':{NAME_COLUMNS}} {_ticks(low, high)}"]
    for step in steps:
        place = (log10(step.current_ma) - low) / (high - low) if step.current_ma > 0 else 0.0
        bar = "#" * max(round(place * CHART_COLUMNS), 1 if step.current_ma > 0 else 0)
        height = min(1 + floor(log10(step.duration_s / shortest_s) + 1e-9), MOST_LINES)
        names = [step.name[:NAME_COLUMNS], *[""] * (height - 1)]
        lines += [f"{name:{NAME_COLUMNS}} {bar}".rstrip() for name in names]
    return [*lines, ""]


def _ticks(low: int, high: int) -> str:
    """Powers of ten, each at its place; as many as there is room for."""
    every = ceil(8 * (high - low) / CHART_COLUMNS)
    line = ""
    for power in range(low, high + 1, every):
        at = round((power - low) / (high - low) * CHART_COLUMNS)
        line = f"{line:{at}}{10.0**power:.10g}"
    return line


def summary_lines(life: LifeResult) -> list[str]:
    """Mean current and battery life, with their intervals."""
    ends = span(life.mean_current_low_ua, life.mean_current_high_ua)
    lines = [f"mean current: {number(life.mean_current_ua)} uA{_interval(ends)}, {number(life.mean_power_mw)} mW"]
    if life.battery_days is not None:
        days = life.battery_days
        years = f", {number(days / 365)} years" if days >= 365 else ""
        ends = span(life.battery_days_low, life.battery_days_high)
        lines.append(f"battery: {rough(days)} days{_interval(ends)}{years}")
    return lines


def _interval(ends: str) -> str:
    return f" ({LEVEL * 100:.0f} % interval, of the inferences alone: {ends})" if ends != "-" else ""
