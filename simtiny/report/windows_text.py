"""The tables of the terminal about windows of the user's: every passage, and what interrupted it."""

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from simtiny.report.result import RunResult
from simtiny.report.text import count, interrupts_line, number, waits_line
from simtiny.report.window_result import Figures, WindowResult


def window_tables(results: Sequence[RunResult]) -> list[Table | Text]:
    """Of each result whose windows were passed more than once, or that has several."""
    found: list[Table | Text] = []
    for result in results:
        if len(result.windows) > 1 or any(window.calls > 1 for window in result.windows):
            found.append(_table(result.windows))
            found += [Text(line) for window in result.windows for line in _lines(window)]
            found.append(Text(f"the run ended: {result.run_ended}"))
    return found


def _table(windows: Sequence[WindowResult]) -> Table:
    table = Table(title="every call", title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", overflow="fold")
    table.add_column("calls", justify="right")
    for heading in ("", "first", "minimum", "mean", "maximum", "total"):
        table.add_column(heading, justify="right")
    for window in windows:
        columns = window.first, window.minimum, window.mean, window.maximum, window.total
        table.add_row(window.name, f"{window.calls:,}", "ms", *(number(each.latency_ms) for each in columns))
        table.add_row("", "", "cycles", *(count(each.cycles) for each in columns))
        if all(each.energy_uj is not None for each in columns):
            table.add_row("", "", "uJ", *map(_energy, columns))
    return table


def _energy(figures: Figures) -> str:
    return "-" if figures.energy_uj is None else number(figures.energy_uj)


def _lines(window: WindowResult) -> list[str]:
    lines = []
    if window.interrupts:
        interrupts = interrupts_line(window.interrupts, window.total.cycles, window.total.latency_ms)
        lines.append(f"interrupts in all calls of {window.name}: {interrupts}")
    if window.waits:
        lines.append(f"waits in all calls of {window.name}: {waits_line(window.waits, window.total.latency_ms)}")
    if window.left:
        lines.append(f"{window.name}: {window.left:,} calls more were left by other ways than their return")
    if window.without_price:
        lines.append(f"{window.name}: {window.without_price:,} calls changed the clock or wait states: in no figure")
    return lines
