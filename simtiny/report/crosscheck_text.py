"""The tables of `simtiny crosscheck`."""

from collections.abc import Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.records import Record
from simtiny.report.text import number
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


def crosscheck_report(result: CrossCheck) -> RenderableType:
    """A table of each board, the summary, then what failed and what can't be compared."""
    boards = groupby(result.rows, key=lambda row: (row.record.board, row.core))
    parts: list[RenderableType] = [board_table(board, core, list(rows)) for (board, core), rows in boards]
    if result.rows:
        parts.append(summary_table(result.summaries))
    if any(row.energy for row in result.rows):
        parts.append(energy_table(result.rows))
    if result.stacks:
        parts.append(stack_table(result.stacks))
    if result.energy_summaries:
        parts.append(energy_summary_table(result.energy_summaries))
    parts += [Text(line) for line in left_lines("failed", result.failed)]
    parts += [Text(line) for line in left_lines("latency not compared", result.left_out)]
    return Group(*parts)


def board_table(board: str, core: str, rows: Sequence[Comparison]) -> Table:
    """One row a recorded result."""
    table = Table(title=f"{board} ({core})", title_justify="left")
    for heading in ("round", "system", "benchmark"):
        table.add_column(heading)
    for heading in ("recorded ms", "predicted ms", "error", "stopwatch"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("constants")
    for row in rows:
        table.add_row(
            row.record.round,
            system(row.record),
            row.record.benchmark,
            number(row.record.latency_ms),
            number(row.predicted_ms),
            percent(row.error),
            percent(row.stopwatch_error, 2),
            kind(row.calibrated),
        )
    return table


def summary_table(summaries: Sequence[Summary]) -> Table:
    """One row a core, predicted rows before calibrated ones."""
    table = Table(title="mean absolute error", title_justify="left")
    table.add_column("core")
    table.add_column("constants")
    for heading in ("results", "mean error", "baseline's", "bias", "worst"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("worst result")
    table.add_column("target")
    for summary in summaries:
        table.add_row(
            summary.core,
            kind(summary.calibrated),
            str(summary.count),
            f"{summary.mean_error:.1%}",
            mean(summary.baseline_error),
            percent(summary.bias),
            percent(summary.worst.error),
            summary.worst.record.key,
            target(summary),
        )
    return table


def energy_table(rows: Sequence[Comparison]) -> Table:
    """Recorded and predicted energy of one inference, for the images that have one on record."""
    table = Table(title="energy per inference", title_justify="left")
    for heading in ("round", "system", "benchmark"):
        table.add_column(heading)
    for heading in ("recorded uJ", "predicted uJ", "±", "error", "baseline", "inside"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("constants")
    for row in rows:
        if row.energy is not None:
            table.add_row(*energy_cells(row.record, row.energy), kind(row.energy.calibrated))
    return table


def stack_table(rows: Sequence[OtherStack]) -> Table:
    """Recorded energies without an image, and the power of simtiny's own firmware over the recorded latency."""
    table = Table(title="energy of other stacks, by the power of simtiny's own firmware", title_justify="left")
    for heading in ("round", "system", "benchmark"):
        table.add_column(heading)
    for heading in ("recorded uJ", "predicted uJ", "±", "error", "inside"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("class of the stack")
    for row in rows:
        cells = energy_cells(row.record, row.energy)
        table.add_row(*cells[:-2], cells[-1], row.stack_class)
    return table


def energy_cells(record: Record, energy: EnergyComparison) -> list[str]:
    """Round, system, benchmark, then the figures of one recorded energy."""
    return [
        record.round,
        system(record),
        record.benchmark,
        number(energy.recorded_uj),
        number(energy.predicted_uj),
        number(energy.uncertainty_uj),
        percent(energy.error),
        percent(energy.baseline_error),
        "yes" if energy.inside else "no",
    ]


def energy_summary_table(summaries: Sequence[EnergySummary]) -> Table:
    """One row a group of recorded energies. Baseline: one mean power for each chip, times the predicted latency."""
    table = Table(title="energy: mean absolute error", title_justify="left")
    table.add_column("records")
    for heading in ("results", "mean error", "bias", "worst", "inside 90 %", "baseline's mean error"):
        table.add_column(heading, justify="right", no_wrap=True)
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


def mean(error: float | None) -> str:
    """A mean absolute error."""
    return "-" if error is None else f"{error:.1%}"


def percent(error: float | None, digits: int = 1) -> str:
    """With its sign."""
    return "-" if error is None else f"{error:+.{digits}%}"


def target(summary: Summary) -> str:
    """The target and whether it is met."""
    if summary.target is None:
        return "-"
    verdict = "met" if summary.met else "missed"
    return f"{summary.target.mean:.0%} mean, {summary.target.worst:.0%} worst: {verdict}"
