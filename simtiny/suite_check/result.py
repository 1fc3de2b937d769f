"""Predicted beside recorded cycles of a suite, as plain data. Errors are relative: 0.02 is 2 % too slow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum, sqrt
from types import MappingProxyType
from typing import Any

from simtiny.suite_check.suite import Suite, Target, how_to_build
from simtiny.suites import Figure, Quantity, Use

MOST_CHANCE = 0.01
"""A row whose error is not known to so much tells nothing: what was measured depends on random numbers."""
_MEAN_RANGE = MappingProxyType({5: 2.326, 10: 3.078, 20: 3.735, 50: 4.498, 100: 5.015, 1000: 6.483})
"""Of so many normal values, in standard deviations (Tippett's d2)."""
FASTER_IS_MORE: tuple[Quantity, ...] = ("coremark/mhz", "dmips/mhz")
ALL_KINDS = "all"


@dataclass(frozen=True)
class SuiteRow:
    """One figure and its prediction, both in the figure's unit. `runs`: of which that is the mean.

    low, high: ends of the 90 % interval of the prediction. said: what the program itself says went wrong.
    """

    figure: Figure
    predicted: float
    low: float
    high: float
    runs: int
    said: str = ""

    @property
    def error(self) -> float:
        """Of the prediction's time, whatever the unit is."""
        ratio = self.predicted / self.figure.value
        return (1 / ratio if self.figure.unit in FASTER_IS_MORE else ratio) - 1

    @property
    def chance(self) -> float:
        """How far the error may be off by chance (one standard error): both means are of few random runs."""
        return chance(self.figure, self.runs)

    @property
    def judged(self) -> bool:
        """Whether the error tells anything."""
        return self.chance <= MOST_CHANCE

    @property
    def inside(self) -> bool:
        """Whether the recorded figure lies in the interval."""
        return self.low <= self.figure.value <= self.high


@dataclass(frozen=True)
class Unmeasured:
    """A program that is there and could not be measured, and why."""

    program: str
    reason: str


@dataclass(frozen=True)
class KindSummary:
    """Statistics of the judged rows of one kind of code (or of ALL_KINDS) that were the same to the rules."""

    kind: str
    use: Use
    count: int
    mean_error: float
    """Mean absolute error."""
    bias: float
    """Mean error with its sign."""
    worst: SuiteRow
    inside: int
    """How many lie in the interval of their prediction."""
    target: Target | None

    @property
    def met(self) -> bool | None:
        """Whether the target is met, None without a target."""
        if self.target is None:
            return None
        worst = self.target.worst
        return self.mean_error <= self.target.mean and (worst is None or abs(self.worst.error) <= worst)


@dataclass(frozen=True, repr=False)
class SuiteCheck:
    """All figures of a suite: compared, failed, or without a program in the folder."""

    suite: Suite
    rows: tuple[SuiteRow, ...]
    failed: tuple[Unmeasured, ...]
    missing: tuple[str, ...]
    """Programs that are not in the folder."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What was asked for, by the parameters of `simtiny.crosscheck_suite`."""

    def __repr__(self) -> str:
        return f"<SuiteCheck of {self.suite.name}: {len(self.rows)} rows, {len(self.failed)} failed>"

    @property
    def summaries(self) -> tuple[KindSummary, ...]:
        """By what the figures were to the rules, and by kind of code: those that had no part in them first."""
        uses: tuple[Use, ...] = ("predicted", "looked-at", "calibrated")
        return tuple(summary for use in uses for summary in _summaries(self, use))

    @property
    def not_judged(self) -> tuple[SuiteRow, ...]:
        """Rows that depend on random numbers too much."""
        return tuple(row for row in self.rows if not row.judged)

    @property
    def how_to_build(self) -> str:
        """What builds the suite's programs."""
        return how_to_build(self.suite)


def chance(figure: Figure, runs: int) -> float:
    """The standard error of the difference of two means, relative: of the recorded runs, and of `runs` here.

    What one run scatters by follows from the recorded range; without one there is none.
    """
    if figure.minimum is None or figure.maximum is None or not figure.runs:
        return 0.0
    known = max((count for count in _MEAN_RANGE if count <= figure.runs), default=min(_MEAN_RANGE))
    scatter = (figure.maximum - figure.minimum) / _MEAN_RANGE[known]
    return scatter / figure.value * sqrt(1 / figure.runs + 1 / runs)


def _summaries(result: SuiteCheck, use: Use) -> list[KindSummary]:
    rows = [row for row in result.rows if row.judged and row.figure.use == use]
    kinds = list(dict.fromkeys(row.figure.kind for row in rows))
    found = [_summary(kind, use, [row for row in rows if row.figure.kind == kind], result.suite) for kind in kinds]
    return [*found, _summary(ALL_KINDS, use, rows, result.suite)] if len(found) > 1 else found


def _summary(kind: str, use: Use, rows: Sequence[SuiteRow], suite: Suite) -> KindSummary:
    errors = [row.error for row in rows]
    return KindSummary(
        kind=kind,
        use=use,
        count=len(rows),
        mean_error=fsum(map(abs, errors)) / len(rows),
        bias=fsum(errors) / len(rows),
        worst=max(rows, key=lambda row: abs(row.error)),
        inside=sum(row.inside for row in rows),
        target=None if use == "calibrated" else suite.targets.get(kind),
    )
