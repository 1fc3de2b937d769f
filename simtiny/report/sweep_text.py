"""What `simtiny sweep` prints: the best points in a table, what was illegal, and what it all comes to."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.options import in_options
from simtiny.report.text import number
from simtiny.sweeps.goals import QUANTITIES
from simtiny.sweeps.result import LIFE, SweepResult

MOST_ROWS = 20
"""Points of the table: a screenful."""
MOST_REASONS = 10
HEADINGS = {
    "clock_hz": "MHz",
    "voltage_range": "voltage\nrange",
    "supply_v": "supply\nV",
    "wait_states": "wait\nstates",
    "instruction_cache": "icache",
    "data_cache": "dcache",
    "read_width_bits": "read\nbits",
}
"""Of knobs that are not called as their columns are."""
NOT_VALIDATED = "*"
_KIB = 1024
_FIRST_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def sweep_report(result: SweepResult) -> RenderableType:
    """All that is printed."""
    parts: list[RenderableType] = []
    if len(result.best):
        parts.append(best_table(result))
    parts += [Text(in_options(line)) for line in lines(result)]
    return Group(*parts)


def best_table(result: SweepResult) -> Table:
    """The best points: the knobs that have several values, then what they come to."""
    columns = result.columns
    shown = result.best[:MOST_ROWS]
    life = any(name in columns for name in LIFE)
    table = Table(title=title(result))
    for name in result.varied:
        table.add_column(
            HEADINGS.get(name, name), overflow="fold", justify="right" if _is_number(result, name) else "left"
        )
    for heading in (
        "latency\nms",
        "energy\nuJ",
        *(("current\nuA", "battery\ndays") if life else ()),
        "RAM\nKiB",
        "flash\nKiB",
        "",
    ):
        table.add_column(heading, justify="right", overflow="fold")
    for row in shown.tolist():
        knobs = [knob_text(name, columns[name][row]) for name in result.varied]
        figures = [columns[name][row] for name in ("latency_ms", "energy_uj", *(LIFE if life else ()))]
        sizes = [columns[name][row] / _KIB for name in ("ram_bytes", "flash_bytes")]
        table.add_row(
            *knobs,
            *(_figure(value) for value in figures),
            *(f"{value:.1f}" for value in sizes),
            "" if columns["validated"][row] else NOT_VALIDATED,
        )
    return table


def title(result: SweepResult) -> str:
    """What is the same of all points in the table."""
    columns, first = result.columns, int(result.best[0])
    names = [name for name in ("benchmark", "model", "image", "board") if name not in result.varied]
    same = [str(columns[name][first]) for name in names if columns[name][first]]
    most = QUANTITIES[result.minimise].more_is_better
    goal = f"{'most' if most else 'least'} {result.minimise}" + (
        f" with {', '.join(result.subject_to)}" if result.subject_to else ""
    )
    return " / ".join([*same, goal])


def lines(result: SweepResult) -> list[str]:
    """What stands below the table."""
    columns, found = result.columns, []
    more = len(result.best) - MOST_ROWS
    if more > 0:
        found.append(f"and {more:,} more points")
    found += result.words
    found += not_validated_lines(result)
    found += illegal_lines(columns["reason"][~columns["legal"]].tolist())
    found.append(served(result))
    found += [f"note: {note}" for note in result.notes]
    return found


def served(result: SweepResult) -> str:
    """How many executions it took."""
    executions = f"{result.executions:,} execution{'' if result.executions == 1 else 's'}"
    stored = f" and {result.stored:,} stored count{'' if result.stored == 1 else 's'}" if result.stored else ""
    plural = "" if len(result) == 1 else "s"
    legal = int(result.columns["legal"].sum())
    return f"{executions}{stored} served {len(result):,} point{plural}, {legal:,} of them legal"


def not_validated_lines(result: SweepResult) -> list[str]:
    """Which of the points shown no record covers, and how many of all."""
    legal, validated = result.columns["legal"], result.columns["validated"]
    shown = [row for row in result.best[:MOST_ROWS].tolist() if not validated[row]]
    if not shown:
        return []
    reasons = Counter(result.columns["not_validated"][shown].tolist())
    said = [f"{NOT_VALIDATED} not validated, {text} ({count})" for text, count in reasons.most_common(MOST_REASONS)]
    return [*said, f"{int((legal & ~validated).sum()):,} of {int(legal.sum()):,} legal points are not validated"]


def illegal_lines(reasons: Iterable[str]) -> list[str]:
    """Illegal points summed up: reasons that differ in their first number are one."""
    groups: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    for reason, count in Counter(reasons).items():
        group = _FIRST_NUMBER.sub("#", reason, count=1)
        groups.setdefault(group, []).append(reason)
        counts[group] += count
    found = [f"{count:,} illegal: {_together(groups[group])}" for group, count in counts.most_common(MOST_REASONS)]
    left = counts.total() - sum(count for _, count in counts.most_common(MOST_REASONS))
    return [*found, f"{left:,} illegal for {len(counts) - MOST_REASONS} other reasons"] if left else found


def knob_text(name: str, value: Any) -> str:
    """A knob's value as a table has it."""
    if isinstance(value, str):
        return value.rpartition("/")[2] if name in ("model", "image") else value
    if np.isnan(value):
        return "-"
    return f"{value / 1e6:.10g}" if name == "clock_hz" else f"{value:.10g}"


def _together(reasons: list[str]) -> str:
    """One reason, or several that differ in their first number."""
    if len(reasons) == 1:
        return reasons[0]
    numbers = sorted(float(found[0].replace(",", "")) for reason in reasons if (found := _FIRST_NUMBER.search(reason)))
    return _FIRST_NUMBER.sub(f"{numbers[0]:.10g} to {numbers[-1]:.10g}", reasons[0], count=1)


def _is_number(result: SweepResult, name: str) -> bool:
    return result.columns[name].dtype != object


def _figure(value: float) -> str:
    return "-" if np.isnan(value) else number(value)
