"""A check as OpenMetrics text: GitLab's metrics report (`artifacts: reports: metrics`) and Prometheus read it."""

from collections.abc import Mapping
from math import isfinite
from types import MappingProxyType
from typing import NamedTuple

from simtiny.gate.result import CheckResult, Metric
from simtiny.report.check_words import distinct, kind_and_part, one_line


class _Family(NamedTuple):
    """unit: the base unit that the name ends with, empty without one. factor: of simtiny's unit. digits: decimals."""

    unit: str
    factor: float
    digits: int


_UNITS: Mapping[str, _Family] = MappingProxyType(
    {
        "ms": _Family("seconds", 1e-3, 9),
        "uJ": _Family("joules", 1e-6, 12),
        "cycles": _Family("cycles", 1.0, 0),
        "bytes": _Family("bytes", 1.0, 0),
        "1": _Family("ratio", 1.0, 6),
    }
)
"""OpenMetrics wants base units. Always so many decimals: GitLab compares values as strings."""
_OTHER = _Family("", 1.0, 6)
_MOST_CHARACTERS = 1000


def check_openmetrics(result: CheckResult) -> bytes:
    """A gauge a kind of figure, told apart by labels `request`, `board` and, of a part of a request, `part`."""
    families: dict[tuple[str, _Family], list[tuple[int, Metric]]] = {}
    for index, checked in enumerate(result.checked):
        for metric in checked.metrics:
            if metric.value is not None and isfinite(metric.value):
                family = _UNITS.get(metric.unit, _OTHER)
                name = _name(kind_and_part(metric)[0], family.unit)
                families.setdefault((name, family), []).append((index, metric))
    requests = distinct(one_line(checked.name, _MOST_CHARACTERS) for checked in result.checked)
    lines = ["# TYPE simtiny_check_passed gauge", f"simtiny_check_passed {int(result.passed)}"]
    for (name, family), samples in families.items():
        lines.append(f"# TYPE {name} gauge")
        if family.unit:
            lines.append(f"# UNIT {name} {family.unit}")
        parts = _parts(samples)
        for (index, metric), part in zip(samples, parts, strict=True):
            labels = {"request": requests[index], "board": one_line(result.checked[index].board, _MOST_CHARACTERS)}
            value = (metric.value or 0.0) * family.factor
            lines.append(f"{name}{_labels(labels | ({'part': part} if part else {}))} {value:.{family.digits}f}")
    return "\n".join([*lines, "# EOF\n"]).encode()


def _parts(samples: list[tuple[int, Metric]]) -> list[str]:
    """The part of each sample, told apart within its request."""
    raw = [one_line(kind_and_part(metric)[1], _MOST_CHARACTERS) for _, metric in samples]
    by_request: dict[int, list[str]] = {}
    for (index, _), part in zip(samples, raw, strict=True):
        by_request.setdefault(index, []).append(part)
    told = {index: iter(distinct(parts)) for index, parts in by_request.items()}
    return [next(told[index]) for index, _ in samples]


def _name(kind: str, unit: str) -> str:
    """Of letters that a metric may have. "cycles" is kind and unit at once."""
    words = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in kind)
    return f"simtiny_{words}" if words == unit or not unit else f"simtiny_{words}_{unit}"


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
