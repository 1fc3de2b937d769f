"""The tables of `simtiny crosscheck --suite`."""

from collections.abc import Sequence
from itertools import groupby

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.report.text import number, signed_percent
from simtiny.suite_check.result import KindSummary, SuiteCheck, SuiteRow

MOST_MISSING = 5


def suite_report(result: SuiteCheck) -> RenderableType:
    """The figures by program, statistics by kind of code, then what failed and what is missing."""
    parts: list[RenderableType] = [rows_table(result.rows)] if result.rows else []
    if result.summaries:
        parts.append(summary_table(result))
    parts += [Text(line) for line in lines(result)]
    return Group(*parts)


def rows_table(rows: Sequence[SuiteRow]) -> Table:
    """One row a figure. An error that chance decides is in brackets."""
    units = sorted({row.figure.unit for row in rows})
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.title, table.title_justify = f"{rows[0].figure.suite}: {', '.join(units)}", "left"
    for heading in ("program", "part", "kind"):
        table.add_column(heading, overflow="fold")
    for heading in ("recorded", "predicted", "error", "use"):
        table.add_column(heading, justify="right" if heading != "use" else "left")
    for name, group in groupby(rows, key=lambda row: row.figure.name):
        for place, row in enumerate(group):
            figure = row.figure
            cells = figure.part, figure.kind, number(figure.value), number(row.predicted), error_text(row), figure.use
            table.add_row("" if place else name, *cells)
    return table


def summary_table(result: SuiteCheck) -> Table:
    """One row a kind of code, by what its figures were to the rules."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.title, table.title_justify = "mean absolute error", "left"
    table.add_column("kind", overflow="fold")
    table.add_column("use", overflow="fold")
    for heading in ("rows", "mean", "bias", "worst", "inside 90 %", "target"):
        table.add_column(heading, justify="right" if heading != "target" else "left")
    for summary in result.summaries:
        table.add_row(summary.kind, summary.use, *summary_cells(summary))
    return table


def summary_cells(summary: KindSummary) -> list[str]:
    """The figures of one kind."""
    return [
        str(summary.count),
        f"{summary.mean_error:.1%}",
        signed_percent(summary.bias, 1),
        signed_percent(summary.worst.error, 1),
        f"{summary.inside} of {summary.count}",
        target_text(summary),
    ]


def target_text(summary: KindSummary) -> str:
    """The target and whether it is met."""
    if summary.target is None:
        return "-"
    worst = "" if summary.target.worst is None else f", {summary.target.worst:.0%} worst"
    return f"{summary.target.mean:.1%} mean{worst}: {'met' if summary.met else 'missed'}"


def error_text(row: SuiteRow) -> str:
    """The error, in brackets where chance decides it."""
    text = signed_percent(row.error, 1)
    return text if row.judged else f"({text})"


def lines(result: SuiteCheck) -> list[str]:
    """What a reader should know beside the tables."""
    found = [
        f"{summary.kind} ({summary.use}): worst is {summary.worst.figure.name} {summary.worst.figure.part}".rstrip()
        for summary in result.summaries
        if summary.target is not None
    ]
    if result.not_judged:
        found.append(
            f"not judged: {len(result.not_judged)} figures, whose errors are in brackets: they depend on random numbers"
        )
    said = {row.figure.name: row.said for row in result.rows if row.said}
    found += [f"{name} says: {text}" for name, text in said.items()]
    found += [f"failed: {each.program}: {each.reason}" for each in result.failed]
    if result.missing:
        some = ", ".join(result.missing[:MOST_MISSING])
        more = len(result.missing) - MOST_MISSING
        rest = f" and {more} more" if more > 0 else ""
        found.append(f"not in the folder: {some}{rest}: {result.how_to_build}")
    return found
