"""A check for github-action-benchmark: a file for its `tool: customSmallerIsBetter`."""

from math import isfinite

import msgspec

from simtiny.gate.result import Checked, CheckResult, Metric
from simtiny.report.check_words import distinct, figure, one_line

_MOST_CHARACTERS = 200


def check_benchmark_action(result: CheckResult) -> bytes:
    """An array of name, unit, value, range (the interval) and extra (what the tooltip adds), one a figure.

    Of one file all is better smaller, so an accuracy is told as what is wrong: 1 - accuracy. A figure without a value,
    or of which more is better and that is no share of one, is left out.
    """
    rows = [
        (checked, metric, value)
        for checked in result.checked
        for metric in checked.metrics
        if (value := _smaller_is_better(metric)) is not None
    ]
    names = distinct(f"{one_line(checked.name, _MOST_CHARACTERS)} {_name(metric)}" for checked, metric, _ in rows)
    entries = [
        {"name": name, "unit": metric.unit, "value": value, **_range(metric), "extra": _extra(checked, metric)}
        for name, (checked, metric, value) in zip(names, rows, strict=True)
    ]
    return msgspec.json.format(msgspec.json.encode(entries), indent=2) + b"\n"


def _smaller_is_better(metric: Metric) -> float | None:
    if metric.value is None or not isfinite(metric.value):
        return None
    if not metric.bigger_is_better:
        return metric.value
    return 1 - metric.value if metric.unit == "1" and 0 <= metric.value <= 1 else None


def _name(metric: Metric) -> str:
    name = one_line(metric.name, _MOST_CHARACTERS)
    return f"1 - {name}" if metric.bigger_is_better else name


def _range(metric: Metric) -> dict[str, str]:
    if metric.low is None or metric.high is None or metric.bigger_is_better:
        return {}
    return {"range": f"{figure(metric.low, metric.unit)} to {figure(metric.high, metric.unit)}"}


def _extra(checked: Checked, metric: Metric) -> str:
    lines = [f"board {one_line(checked.board, _MOST_CHARACTERS)}"]
    if metric.baseline is not None:
        lines.append(f"baseline {figure(metric.baseline, metric.unit)}")
    lines += [f"limit {one_line(limit, _MOST_CHARACTERS)}" for limit in metric.limits]
    return "\n".join(lines)
