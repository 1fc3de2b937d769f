"""From errors of what was recorded to intervals, and how these hold for what they do not come from.

An error is recorded over predicted, less one. Rows that decided a constant are left out. Rows of one group err alike
(functions of one program, networks of one submission), and so do groups of one suite (one library, one compiler, one
board): a suite of fifty rows is one suite. Kinds of code of one source are suites of their own ("pqm4, assembly"); they
are left out together.
"""

import csv
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, fsum, sqrt
from pathlib import Path
from typing import TypeVar

from simtiny.intervals import (
    OTHER_STACKS,
    Case,
    Interval,
    by_rank,
    find_case,
    latency_interval,
    of_core,
    symmetric,
    t_90,
)
from simtiny.timing.models import MODELS

ENOUGH_SUITES = 3
"""Fewer of one core don't tell how suites differ: it then has the interval of all cores together."""
IN_SUITES = (("latency", "program"), ("latency", "memory"))
"""Cases whose rows come in suites."""
POOLED = (("latency", "program"),)
"""Those that are of all cores where one has too few suites: a core's memories tell nothing of another's."""
_Key = TypeVar("_Key")


@dataclass(frozen=True)
class Row:
    """One error: recorded over predicted, less one."""

    quantity: str
    case: str
    core: str
    suite: str
    group: str
    name: str
    error: float


@dataclass(frozen=True)
class Coverage:
    """How many rows of one case and core lie in an interval that follows from the others alone.

    `what`: the rows, and `by`: what the interval comes from. `low`, `high`: its ends, the widest of several.
    """

    quantity: str
    core: str
    what: str
    by: str
    rows: int
    inside: int
    low: float
    high: float


def read_rows(path: Path) -> list[Row]:
    """The errors of a file in the columns of `Row`."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Row(**{"suite": "", **row, "error": float(row["error"])})  # type: ignore[arg-type]
            for row in csv.DictReader(file)
        ]


def cases(rows: Sequence[Row]) -> list[Case]:
    """An interval for each case; pooled ones by core where there are enough suites, and of all cores."""
    found = []
    for (quantity, kind, core), chosen in _by(rows, lambda row: (row.quantity, row.case, row.core)).items():
        if (quantity, kind) not in POOLED or len({source(row.suite) for row in chosen}) >= ENOUGH_SUITES:
            found.append(case(quantity, kind, core, chosen))
    for quantity, kind in POOLED:
        chosen = [row for row in rows if (row.quantity, row.case) == (quantity, kind)]
        if chosen:
            found.append(case(quantity, kind, "", chosen))
    return found


def case(quantity: str, kind: str, core: str, rows: Sequence[Row]) -> Case:
    """The interval of rows of one case, rounded outward to 0.1 %, and how many of them lie in it."""
    errors, groups = [row.error for row in rows], len({row.group for row in rows})
    if (quantity, kind) in IN_SUITES:
        groups = len({(row.core, row.suite) for row in rows})
        low, high = between_suites(rows)
    elif (
        kind == "stack"
    ):  # other stacks draw more, as a rule: a kind of stack on a board is a set, a submission a group
        low, high = between_suites([replace(row, suite=row.group, group=row.name.rpartition(" ")[0]) for row in rows])
    else:
        high = symmetric(errors, groups)
        low = -high
    low, high = -_outward(max(-low, 0.0)), _outward(max(high, 0.0))  # a prediction lies in its own interval
    inside = sum(low <= error <= high for error in errors)
    return Case(quantity, kind, core, low, high, len(rows), groups, inside, basis(quantity, kind, core, rows))


def between_suites(rows: Sequence[Row]) -> tuple[float, float]:
    """Ends of the interval that holds the next row, of another suite, in 90 % of all cases.

    It lies around the mean of the suites' means. Two variances add up, between suites and within one, each with its
    degrees of freedom (Satterthwaite). In a suite each group counts alike, whatever its rows. Where the rank that
    leaves out 10 % of the rows is farther, that is the width: errors have longer tails than Student's t. One suite
    alone does not tell how suites differ; its interval lies around 0.
    """
    suites = [
        list(_by(chosen, lambda row: row.group).values())
        for chosen in _by(rows, lambda row: (row.core, row.suite)).values()
    ]
    if len(suites) == 1:
        half = symmetric([row.error for row in rows], len(suites[0]))
        return -half, half
    means = [statistics.fmean(_mean(group) for group in suite) for suite in suites]
    freedom = sum(len(suite) - 1 for suite in suites)
    squares = fsum(
        fsum(_mean_square(group, mean) for group in suite) for suite, mean in zip(suites, means, strict=True)
    )
    # Of what varies within suites a part is in their means already.
    within = squares / freedom * (1 - statistics.fmean(1 / len(suite) for suite in suites)) if freedom else 0.0
    between = statistics.variance(means) * (1 + 1 / len(means))
    effective = (between + within) ** 2 / (between**2 / (len(means) - 1) + (within**2 / freedom if freedom else 0.0))
    centre = statistics.fmean(means)
    half = max(t_90(int(effective)) * sqrt(between + within), by_rank([row.error - centre for row in rows]))
    return centre - half, centre + half


def held_out(rows: Sequence[Row]) -> list[Coverage]:
    """Each suite's rows by the intervals that all other suites give; other cases' groups by the other groups.

    Images come twice: as what they are, by the other submissions, and by the suites as if they were any program.
    """
    found = []
    for (quantity, kind, core), chosen in _by(rows, lambda row: (row.quantity, row.case, row.core)).items():
        if quantity == "weight":  # of no figure
            continue
        if (quantity, kind) not in IN_SUITES:
            found += _by_other_groups(quantity, kind, core, chosen)
            if (quantity, kind) == ("latency", "image"):
                others = cases([row for row in rows if (row.quantity, row.case) == ("latency", "program")])
                program = of_core(others, "latency", "program", core)
                found += _coverage(quantity, core, "images as programs", "all suites", [(chosen, program)])
            continue
        for suite, own in _by(chosen, lambda row: row.suite).items():
            others = cases([row for row in rows if source(row.suite) != source(suite)])
            if kind == "memory":
                known = find_case(others, quantity, kind, core)
                interval = None if known is None else known.interval
            else:
                interval = latency_interval(core, _judged(core), recorded=False, table=others)
            found += _coverage(quantity, core, suite, "other suites", [(own, interval)])
    return found


def _by_other_groups(quantity: str, kind: str, core: str, chosen: Sequence[Row]) -> list[Coverage]:
    groups = _by(chosen, lambda row: row.group)
    pairs = []
    for group, own in groups.items():
        others = [row for row in chosen if row.group != group]
        if len({row.group for row in others}) > 1:
            pairs.append((own, case(quantity, kind, core, others).interval))
    return _coverage(quantity, core, kind, "other groups", pairs)


def _coverage(
    quantity: str, core: str, what: str, by: str, pairs: Sequence[tuple[Sequence[Row], Interval | None]]
) -> list[Coverage]:
    """One line, none where no interval could be made."""
    known = [(own, interval) for own, interval in pairs if interval is not None]
    if not known:
        return []
    inside = sum(interval.low <= row.error <= interval.high for own, interval in known for row in own)
    low, high = min(interval.low for _, interval in known), max(interval.high for _, interval in known)
    return [Coverage(quantity, core, what, by, sum(len(own) for own, _ in known), inside, low, high)]


def basis(quantity: str, kind: str, core: str, rows: Sequence[Row]) -> str:
    """What reports say that the interval follows from."""
    count, suites = len(rows), ", ".join(dict.fromkeys(source(row.suite) for row in rows))
    on = f"on {core or ', '.join(sorted({row.core for row in rows}))}"
    return {
        ("latency", "image"): f"{count} recorded images on {core} that no constant was fitted to",
        ("latency", "program"): f"{count} recorded programs of other kinds {on} ({suites})",
        ("latency", "memory"): f"{count} recorded times with other caches or places {on} ({suites})",
        (
            "energy",
            "image",
        ): f"{count} recorded energies of STMicroelectronics' firmware that no constant was fitted to",
        ("energy", "stack"): f"{count} recorded energies of {OTHER_STACKS}, which leave more switched on",
        ("energy", "operating point"): f"mean power at a reduced clock on {count} boards",
        ("energy", "supply"): "one board recorded at 1.8 and 3.0 V",
        ("energy", "data sheet"): f"{count} recorded energies beside what data sheets' currents give for these chips",
        ("energy", "code"): f"{count} currents of different codes in data sheets, with weights fitted without the chip",
    }.get((quantity, kind), f"weights fitted without one of {len({row.group for row in rows})} chips")


def source(suite: str) -> str:
    """Whose a set of rows is, whatever kind of code they are: "pqm4" of "pqm4, assembly"."""
    return suite.partition(",")[0]


def _judged(core: str) -> float | None:
    return MODELS[core].evidence.relative_uncertainty if core in MODELS else None


def _outward(value: float) -> float:
    return ceil(round(value * 1000, 6)) / 1000


def _mean(rows: Sequence[Row]) -> float:
    return statistics.fmean(row.error for row in rows)


def _mean_square(rows: Sequence[Row], around: float) -> float:
    return statistics.fmean((row.error - around) ** 2 for row in rows)


def _by(rows: Iterable[Row], key: Callable[[Row], _Key]) -> dict[_Key, list[Row]]:
    """The rows by a key of theirs, in order of appearance."""
    found: dict[_Key, list[Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found
