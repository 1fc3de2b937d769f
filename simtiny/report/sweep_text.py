"""What `simtiny sweep` prints: the best points in a table, what was illegal, and what it all comes to."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.options import in_options
from simtiny.report.text import number
from simtiny.sweeps.goals import QUANTITIES, Goal, meets, parse_goal, ranked
from simtiny.sweeps.result import SweepResult

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
FIGURES = {
    "latency_ms": "latency\nms",
    "energy_uj": "energy\nuJ",
    "cycles": "cycles",
    "mean_power_mw": "power\nmW",
    "mean_current_ua": "current\nuA",
    "battery_days": "battery\ndays",
    "ram_bytes": "RAM\nKiB",
    "flash_bytes": "flash\nKiB",
}
ONLY_AS_GOAL = ("cycles", "mean_power_mw")
"""Figures that are shown where they are what is minimised."""
SUBJECT = ("benchmark", "model", "image", "board")
"""What runs where: in the title if it is the same of all points shown."""
FILES = ("model", "image")
NOT_VALIDATED = "*"
_KIB = 1024
_FIRST_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def sweep_report(result: SweepResult, *, narrow: bool = False) -> RenderableType:
    """All that is printed. `narrow`: columns of a single value are left out."""
    parts: list[RenderableType] = []
    if len(shown_rows(result)):
        parts.append(best_table(result, narrow=narrow))
    parts += [Text(in_options(line)) for line in lines(result)]
    return Group(*parts)


def shown_rows(result: SweepResult) -> NDArray[np.int64]:
    """The best rows, or where there are none, legal ones in the order of the objective, else of latency."""
    rows = result.best
    for minimise in (result.minimise, "latency"):
        rows = rows if len(rows) else ranked(Goal(minimise), result.columns)
    return rows[:MOST_ROWS]


def best_table(result: SweepResult, *, narrow: bool = False) -> Table:
    """Knobs that were varied or differ, then what the rows come to. `narrow`: without columns of a single value."""
    rows = shown_rows(result)
    cells = _table_columns(result, rows, narrow)
    table = Table(title=in_options(title(result)))
    for heading, is_number, _ in cells:
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    for row in zip(*(texts for _, _, texts in cells), strict=True):
        table.add_row(*row)
    return table


def _table_columns(result: SweepResult, rows: NDArray[np.int64], narrow: bool) -> list[tuple[str, bool, list[str]]]:
    """Of each column its heading, whether it is of numbers, and its cells."""
    columns, objective = result.columns, QUANTITIES[result.minimise].column
    knobs = _knobs(result, rows, narrow)
    if objective == "clock_hz" and objective not in knobs:
        knobs.append(objective)
    found = []
    for name in knobs:
        values = columns[name][rows].tolist()
        texts = _short_names(values) if name in FILES else [knob_text(name, value) for value in values]
        found.append((HEADINGS.get(name, name), _is_number(result, name), texts))
    for name, heading in FIGURES.items():
        if name not in columns or (name in ONLY_AS_GOAL and name != objective):
            continue
        per, form = (_KIB, "{:.1f}".format) if name.endswith("_bytes") else (1, _figure)
        texts = [form(value / per) for value in columns[name][rows].tolist()]
        if not narrow or len(rows) == 1 or len(set(texts)) > 1 or name in ("latency_ms", "energy_uj", objective):
            found.append((heading, True, texts))
    return [*found, ("", True, ["" if each else NOT_VALIDATED for each in columns["validated"][rows].tolist()])]


def title(result: SweepResult) -> str:
    """What is the same of all points in the table, and the goal."""
    columns, rows = result.columns, shown_rows(result)
    names = [name for name in SUBJECT if name not in result.varied and not _differs(columns[name][rows])]
    same = [str(columns[name][rows[0]]) for name in names if columns[name][rows[0]]]
    return " / ".join([*same, _order(result)])


def _order(result: SweepResult) -> str:
    """In which order the points stand; where none is the best, why not."""
    quantity = QUANTITIES[result.minimise]
    what = {"battery": "battery life"}.get(result.minimise, result.minimise)
    order, under = f"{'most' if quantity.more_is_better else 'least'} {what}", ", ".join(result.subject_to)
    if len(result.best):
        return f"{order} with {under}" if under else order
    if np.isnan(result.columns[quantity.column][result.columns["legal"]]).all():
        return f"{what} is not known of any; least latency first"
    if meets(parse_goal(result.minimise, result.subject_to).subject_to, result.columns).any():
        return f"{what} is not known of those with {under}; legal ones, {order} first"
    return f"no point meets {' and '.join(result.subject_to)}; legal ones, {order} first"


def _knobs(result: SweepResult, rows: NDArray[np.int64], narrow: bool) -> list[str]:
    """Those in the table: what runs where, if it differs, and what was varied."""
    differ = [name for name in SUBJECT if name in result.columns and _differs(result.columns[name][rows])]
    varied = [name for name in result.varied if not narrow or _differs(result.columns[name][rows])]
    both = {*differ, *varied}
    return [*(name for name in SUBJECT if name in both), *(name for name in varied if name not in SUBJECT)]


def _differs(column: NDArray[Any]) -> bool:
    return len({"" if value != value else value for value in column.tolist()}) > 1


def _short_names(paths: Sequence[str]) -> list[str]:
    """As many of the last parts of each path as tell them all apart."""
    parts = {path: PurePath(path).parts for path in paths}
    for count in range(1, max(map(len, parts.values()), default=0) + 1):
        short = {path: "/".join(own[-count:]) for path, own in parts.items()}
        if len(set(short.values())) == len(short):
            return [short[path] for path in paths]
    return list(paths)


def lines(result: SweepResult) -> list[str]:
    """What stands below the table."""
    columns, found = result.columns, []
    more = len(result.best) - MOST_ROWS
    if more > 0:
        found.append(f"and {more:,} more point{'' if more == 1 else 's'}: `csv` has them all")
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
    """What no record covers of legal points, and of how many of them."""
    legal, validated = result.columns["legal"], result.columns["validated"]
    open_points = legal & ~validated
    reasons = Counter(result.columns["not_validated"][open_points].tolist())
    if not reasons:
        return []
    most = reasons.most_common(MOST_REASONS)
    said = [f"{NOT_VALIDATED} not validated, {text} ({count:,})" for text, count in most]
    left, others = reasons.total() - sum(count for _, count in most), len(reasons) - len(most)
    if others:
        said.append(f"{NOT_VALIDATED} not validated for {others:,} other reason{'' if others == 1 else 's'} ({left:,})")
    return [*said, f"{reasons.total():,} of {int(legal.sum()):,} legal points are not validated"]


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
        return value
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
