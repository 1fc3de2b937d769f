"""The tables of `simtiny crosscheck`."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.records import Record
from simtiny.report.text import INTERVAL, OWN_RECORD, number, signed_percent, span
from simtiny.validation.result import (
    Comparison,
    CrossCheck,
    EnergyComparison,
    EnergySummary,
    Left,
    OtherStack,
    Summary,
    by_reason,
)
from simtiny.validation.targets import Verdict, verdicts

Column = tuple[str, int]
"""Heading, and how wide: its longest word, or the longest of its cells."""
_BENCHMARK: Column = ("", 7)
_RECORDED_MS, _PREDICTED_MS = ("recorded ms", 8), ("predicted ms", 9)
_RECORDED_UJ, _PREDICTED_UJ = ("recorded uJ", 8), ("predicted uJ", 9)
_INTERVAL, _ERROR, _BIAS = (INTERVAL, 16), ("error", 6), ("bias", 6)
_OWN_RECORD, _INSIDE = (OWN_RECORD, 6), ("inside 90 %", 8)


def crosscheck_report(result: CrossCheck) -> RenderableType:
    """A table of each board, the summary, then what failed and what can't be compared."""
    boards = groupby(result.rows, key=lambda row: (row.record.board, row.core))
    parts: list[RenderableType] = [board_table(board, core, list(rows)) for (board, core), rows in boards]
    if result.rows:
        parts.append(summary_table(result.summaries))
        parts += [Text(line) for line in (*worst_lines(result.summaries), "")]
    if any(row.energy for row in result.rows):
        parts.append(energy_table(result.rows))
    if result.stacks:
        parts.append(stack_table(result.stacks))
    if result.energy_summaries:
        parts.append(energy_summary_table(result.energy_summaries))
    of_all = [verdict for verdict in verdicts(result) if not verdict.core]
    parts += [Text(f"{verdict_line(verdict)}: {'met' if verdict.met else 'missed'}") for verdict in of_all]
    parts += [Text(line) for line in left_lines("failed", result.failed)]
    parts += [Text(line) for line in left_lines("latency not compared", result.left_out)]
    return Group(*parts)


def board_table(board: str, core: str, rows: Sequence[Comparison]) -> RenderableType:
    """The results by system. Own timer: what the image's own timer said, beside the prediction."""
    columns = (_BENCHMARK, _RECORDED_MS, _PREDICTED_MS, _ERROR, ("own timer", 7), _OWN_RECORD)
    groups = {
        name: [
            [
                row.record.benchmark,
                number(row.record.latency_ms),
                number(row.predicted_ms),
                percent(row.error),
                percent(row.stopwatch_error, 2),
                used(row.calibrated),
            ]
            for row in group
        ]
        for name, group in groupby(rows, key=lambda row: _round_and_system(row.record))
    }
    return _grouped(f"{board} ({core})", columns, groups)


def summary_table(summaries: Sequence[Summary]) -> RenderableType:
    """One row a core, predicted rows before calibrated ones."""
    columns = (("core", 15), ("rows", 4), ("mean error", 5), ("baseline's", 10), _BIAS, ("worst", 6), _INSIDE)
    groups = {
        f"{OWN_RECORD}: {used(calibrated)}": [
            [
                summary.core,
                str(summary.count),
                f"{summary.mean_error:.1%}",
                mean(summary.baseline_error),
                percent(summary.bias),
                percent(summary.worst.error),
                f"{summary.inside} of {summary.count}",
            ]
            for summary in group
        ]
        for calibrated, group in groupby(summaries, key=lambda summary: summary.calibrated)
    }
    return _grouped("latency: mean absolute error", columns, groups)


def worst_lines(summaries: Sequence[Summary]) -> list[str]:
    """The worst result of each core's predictions, and whether the core meets its target."""
    return [
        f"{summary.core}: worst is {summary.worst.record.key}; target {target(summary)}"
        for summary in summaries
        if summary.target is not None
    ]


def energy_table(rows: Sequence[Comparison]) -> RenderableType:
    """Recorded and predicted energy of one inference, for the images that have one on record."""
    columns = (_BENCHMARK, _RECORDED_UJ, _PREDICTED_UJ, _INTERVAL, _ERROR, _OWN_RECORD)
    known = [(row.record, row.energy) for row in rows if row.energy is not None]
    groups = {
        name: [[record.benchmark, *_energy_cells(energy), used(energy.calibrated)] for record, energy in group]
        for name, group in groupby(known, key=lambda row: _round_and_system(row[0]))
    }
    return _grouped("energy per inference", columns, groups)


def stack_table(rows: Sequence[OtherStack]) -> RenderableType:
    """Recorded energies without an image, and the power of simtiny's own firmware over the recorded latency."""
    groups = {
        name: [[row.record.benchmark, *_energy_cells(row.energy)] for row in group]
        for name, group in groupby(rows, key=lambda row: f"{_round_and_system(row.record)}: {row.stack_class}")
    }
    columns = (_BENCHMARK, _RECORDED_UJ, _PREDICTED_UJ, _INTERVAL, _ERROR)
    return _grouped("energy of other stacks, by the power of simtiny's own firmware", columns, groups)


def _grouped(title: str, columns: Sequence[Column], groups: Mapping[str, Sequence[Sequence[str]]]) -> RenderableType:
    """Rows of figures below the names of their groups. The columns are as wide everywhere: 60 hold them."""
    parts: list[RenderableType] = [Text(title, "bold"), _table(columns, (), show_header=True)]
    for name, rows in groups.items():
        parts += [Text(name), _table(columns, rows)]
    return Group(*parts, Text(""))


def _table(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, show_header: bool = False) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0, show_header=show_header)
    for index, (heading, width) in enumerate(columns):
        table.add_column(heading, width=width, justify="right" if index else "left", overflow="fold")
    for name, *cells in rows:
        table.add_row(f"  {name}", *cells)
    return table


def _round_and_system(record: Record) -> str:
    return f"v{record.round} {system(record)}"


def _energy_cells(energy: EnergyComparison) -> list[str]:
    """Recorded and predicted energy, the interval, marked where the recorded one lies outside, and the error."""
    outside = "" if energy.inside else " outside"
    return [
        number(energy.recorded_uj),
        number(energy.predicted_uj),
        span(energy.low_uj, energy.high_uj) + outside,
        percent(energy.error),
    ]


def energy_summary_table(summaries: Sequence[EnergySummary]) -> Table:
    """One row a group of recorded energies. Baseline: one mean power for each chip, times the predicted latency."""
    columns = (("records", 15), ("rows", 4), ("mean error", 5), _BIAS, ("worst", 6), _INSIDE, ("baseline's", 10))
    table = _table(columns, (), show_header=True)
    table.title, table.title_justify = "energy: mean absolute error", "left"
    for summary in summaries:
        table.add_row(summary.name, *energy_summary_cells(summary))
    return table


def energy_summary_cells(summary: EnergySummary) -> list[str]:
    """The figures of one group."""
    return [
        str(summary.count),
        f"{summary.mean_error:.1%}",
        percent(summary.bias),
        percent(summary.worst_error),
        f"{summary.inside} of {summary.count}",
        mean(summary.baseline_error),
    ]


def left_lines(title: str, left: Sequence[Left]) -> list[str]:
    """A line for each reason and below it one for each system."""
    lines = []
    for reason, systems in by_reason(left, lambda record: f"v{record.round} {system(record)}").items():
        lines.append(f"{title}: {reason}")
        lines += [f"  {name} ({', '.join(benchmarks)})" for name, benchmarks in systems.items()]
    return lines


def system(record: Record) -> str:
    """Submitter and system."""
    return f"{record.submitter} {record.system}"


def kind(calibrated: bool) -> str:
    """How the tables call a row."""
    return "calibrated" if calibrated else "predicted"


def used(calibrated: bool) -> str:
    """Whether a constant was fitted to the row's own record."""
    return "yes" if calibrated else "no"


def mean(error: float | None) -> str:
    """A mean absolute error."""
    return "-" if error is None else f"{error:.1%}"


def percent(error: float | None, digits: int = 1) -> str:
    """With its sign."""
    return "-" if error is None else signed_percent(error, digits)


def target(summary: Summary) -> str:
    """The target and whether it is met."""
    if summary.target is None:
        return "-"
    verdict = "met" if summary.met else "missed"
    return f"{summary.target.mean:.1%} mean, {summary.target.worst:.1%} worst: {verdict}"


def verdict_line(verdict: Verdict) -> str:
    """A figure and what is asked of it."""
    ends = f"{verdict.low:.0%} to {verdict.high:.0%}" if verdict.low else f"at most {verdict.high:.1%}"
    return f"{f'{verdict.core}: ' if verdict.core else ''}{verdict.what} {verdict.found:.1%} ({ends})"
