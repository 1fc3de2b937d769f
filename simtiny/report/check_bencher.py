"""A check in Bencher Metric Format (https://bencher.dev/docs/reference/bencher-metric-format): what `bencher run
--adapter json` reads.
"""

from collections.abc import Mapping
from math import isfinite
from types import MappingProxyType

import msgspec

from simtiny.gate.result import CheckResult, Metric
from simtiny.report.check_words import distinct, kind_and_part, one_line

MOST_NAME, MOST_SLUG = 1024, 64
_MEASURES: Mapping[tuple[str, str], tuple[str, float]] = MappingProxyType(
    {
        ("latency", "ms"): ("latency", 1e6),  # built into Bencher, in nanoseconds
        ("energy", "uJ"): ("energy-nj", 1e3),
    }
)
"""Measure and what it is multiplied by. Bencher knows no unit of a measure that it makes: it stands in the name."""


def check_bencher(result: CheckResult) -> bytes:
    """An object of benchmarks: of each request, and of each of its parts that has a figure of its own.

    Each holds its measures, with the ends of the interval as lower and upper value.
    """
    measured: dict[tuple[int, str], dict[str, dict[str, float]]] = {}
    for index, checked in enumerate(result.checked):
        for metric in checked.metrics:
            kind, part = kind_and_part(metric)
            if metric.value is None or not isfinite(metric.value):
                continue
            measure, factor = _measure(kind, metric.unit)
            measured.setdefault((index, part), {})[measure] = _values(metric, factor)
    names = distinct((_name(result.checked[index].name, part) for index, part in measured), MOST_NAME)
    document = dict(zip(names, measured.values(), strict=True))
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _measure(kind: str, unit: str) -> tuple[str, float]:
    if (kind, unit) in _MEASURES:
        return _MEASURES[kind, unit]
    named = kind if unit in ("1", kind) else f"{kind}-{unit}"
    slug = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in named.lower())
    return slug[:MOST_SLUG].strip("-") or "figure", 1.0


def _values(metric: Metric, factor: float) -> dict[str, float]:
    ends = {"value": metric.value, "lower_value": metric.low, "upper_value": metric.high}
    return {name: end * factor for name, end in ends.items() if end is not None and isfinite(end)}


def _name(request: str, part: str) -> str:
    """In one line. Long ones are cut, and told apart by a number."""
    return one_line(f"{request} / {part}" if part else request, MOST_NAME) or "unnamed"
