"""What the outputs of a check say in common: figures, verdicts and names, as plain words of one line."""

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from pathlib import PurePosixPath
from types import MappingProxyType

from simtiny.files import shown
from simtiny.gate.causes import percent
from simtiny.gate.result import IMPROVED, MISSING, NEW, OK, OVER, REGRESSED, Cause, Checked, CheckResult, Metric
from simtiny.report.text import number

NOTHING = "-"
OUTCOME_WORDS: Mapping[str, str] = MappingProxyType(
    {
        OK: "within its limits",
        IMPROVED: "better than the baseline",
        REGRESSED: "worse than the baseline allows",
        OVER: "over its limit",
        MISSING: "missing",
        NEW: "not in the baseline",
    }
)
_WHOLE_UNITS = ("cycles", "bytes")
_CUT = "..."


def one_line(text: str, most: int) -> str:
    """Text of any origin as printable characters of one line, at most so many: names come out of firmware files."""
    line = "".join(letter if letter.isprintable() else " " for letter in shown(text[: 2 * most]))
    line = " ".join(line.split())
    return line if len(line) <= most else line[: most - len(_CUT)].rstrip() + _CUT


def distinct(names: Iterable[str], most: int | None = None) -> list[str]:
    """The names in order, each there once, at most so long: one that is taken gets a number."""
    found: dict[str, int] = {}
    for name in names:
        candidate = name[:most]
        again = found.get(candidate, 0) + 1
        taken = candidate
        while taken in found:
            again += 1
            ending = f" ({again})"
            taken = (name if most is None else name[: most - len(ending)]) + ending
        if taken != candidate:
            found[candidate] = again - 1
        found[taken] = 0
    return list(found)


def kind_and_part(metric: Metric) -> tuple[str, str]:
    """("latency", "matmul") of "latency:matmul"; the part is empty for a figure of the whole request."""
    kind, _, part = metric.name.partition(":")
    return kind, part


def metric_words(metric: Metric) -> str:
    """In words: "latency", or "latency of matmul"."""
    kind, part = kind_and_part(metric)
    return f"{kind} of {part}" if part else kind


def figure(value: float | None, unit: str) -> str:
    """With its unit. Cycles and bytes are told in full: a change of one is a change."""
    if value is None or not isfinite(value):
        return NOTHING
    if unit in _WHOLE_UNITS:
        return f"{value:,.0f} {unit}"
    return number(value) if unit == "1" else f"{number(value)} {unit}"


def change(metric: Metric) -> str:
    """What the value is more or less than the baseline, in its unit and in percent; "-" without a baseline."""
    if metric.value is None or metric.baseline is None:
        return NOTHING
    difference = metric.value - metric.baseline
    if difference == 0:
        return "0"
    sign = "-" if difference < 0 else "+"
    relative = "" if metric.change is None else f" ({percent(metric.change)})"
    return f"{sign}{figure(abs(difference), metric.unit)}{relative}"


def is_unchanged(metric: Metric) -> bool:
    """Whether there is nothing to tell of it: it has not moved, and holds what it was held to."""
    return metric.outcome == OK and metric.value == metric.baseline


def sentence(metric: Metric) -> str:
    """One figure in words: "latency 52.1 ms, +1.8 ms (+3.58 %): worse than the baseline allows (+2 %)"."""
    moved = change(metric)
    words = f"{metric_words(metric)} {figure(metric.value, metric.unit)}" + (
        f", {moved}" if moved not in (NOTHING, "0") else ""
    )
    limits = f" ({'; '.join(metric.limits)})" if metric.limits else ""
    return f"{words}: {OUTCOME_WORDS.get(metric.outcome, metric.outcome)}{limits}"


def cause_words(cause: Cause) -> str:
    """In one line: "function matmul: 900 to 1,000 cycles"."""
    return f"{cause.kind} {cause.name}: {cause.cycles_before:,.0f} to {cause.cycles_now:,.0f} cycles"


def place(cause: Cause) -> str:
    """File and line, empty where they are not known. Of a path from the root of some computer the name is enough."""
    path = PurePosixPath(cause.file)
    file = path.name if path.is_absolute() else cause.file
    return f"{file}:{cause.line}" if file and cause.line else file


def failures(result: CheckResult) -> Iterator[tuple[Checked, Metric]]:
    """All that fails, request by request."""
    return ((checked, metric) for checked in result.checked for metric in checked.metrics if metric.fails)


def verdict(result: CheckResult) -> str:
    """In one sentence, without names."""
    total = sum(len(checked.metrics) for checked in result.checked)
    if not result.checked:
        return "nothing was checked"
    failing = sum(1 for _ in failures(result))
    moved = sum(not is_unchanged(metric) for checked in result.checked for metric in checked.metrics)
    of_all = (
        f"{total:,} figure{'s' * (total != 1)} of {len(result.checked):,} request{'s' * (len(result.checked) != 1)}"
    )
    if failing:
        return f"{failing:,} of {of_all} {'fails' if failing == 1 else 'fail'}"
    return f"{of_all}: " + ("none has changed" if not moved else f"{moved:,} changed, none beyond its limits")
