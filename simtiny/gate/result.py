"""What `simtiny check` found, as plain data: the tables, files and comments are all made from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OK, IMPROVED, REGRESSED, OVER, MISSING, NEW = "ok", "improved", "regressed", "over", "missing", "new"
"""Outcomes of a metric: within its limits; better than the baseline; worse than that allows; over a maximum; not
there although it is asked for; not in the baseline."""


@dataclass(frozen=True)
class Metric:
    """One figure of a request beside its baseline and its limits.

    name: "latency", "energy", "cycles", "ram", "flash", "stack", "accuracy", or "latency:NAME" of a function, layer or
    region. unit: "ms", "uJ", "cycles", "bytes", "1". value, baseline: None where there is none. low, high: ends of the
    interval of `value`, None where it has none. change: value / baseline - 1, None without both. limits: those that it
    was held to, in words ("+2 %, at least 100 cycles"; "at most 100 ms"). outcome: one of the constants above.
    fails: whether this fails the check. bigger_is_better: of accuracy.
    """

    name: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    baseline: float | None
    change: float | None
    limits: tuple[str, ...]
    outcome: str
    fails: bool
    bigger_is_better: bool = False


@dataclass(frozen=True)
class Cause:
    """A part that explains a change. kind: "function" or "layer". cycles, energy_uj: baseline and now; None: unknown.

    file, line: where a function is declared, with the folders of debug information; empty and 0 if unknown.
    """

    kind: str
    name: str
    cycles_before: float
    cycles_now: float
    energy_before_uj: float | None
    energy_now_uj: float | None
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Checked:
    """One request. name: what tells it from the others in baseline and reports. result: of `RunResult.to_dict`.

    causes: what explains the change of its cycles, the largest first; empty without one. words: the same in a sentence.
    """

    name: str
    board: str
    metrics: tuple[Metric, ...]
    causes: tuple[Cause, ...]
    words: str
    notes: tuple[str, ...]
    result: Mapping[str, Any]

    @property
    def passed(self) -> bool:
        return not any(metric.fails for metric in self.metrics)


@dataclass(frozen=True)
class CheckResult:
    """All requests of one check. baseline: the file or image that they were compared with, None without one.

    updated: whether the baseline was written anew. gone: names of the baseline that were not asked for.
    """

    checked: tuple[Checked, ...]
    baseline: str | None
    updated: bool
    gone: tuple[str, ...]
    version: str

    @property
    def passed(self) -> bool:
        return all(each.passed for each in self.checked)
