"""The page of `simtiny check --html`: each request with its figures beside the baseline, and what explains a change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simtiny.gate.result import IMPROVED, Cause, Checked, CheckResult, Metric
from simtiny.report.check_words import OUTCOME_WORDS, figure, metric_words, place
from simtiny.report.page import render
from simtiny.report.profile_data import label
from simtiny.report.text import INTERVAL, number, signed_percent, span

CAUSES_LISTED = 20
LEAST_SCALE = 0.01
"""Where no change is larger, so much of one fills half of a chart: a cycle should not look like a half."""
LEAST_WIDTH = 0.4
"""Percent of a chart's width: a bar of less could not be seen."""


@dataclass(frozen=True)
class MetricRow:
    """A metric as text, with its bar: from the middle, left for less than the baseline; `width`: 0 to 50 percent."""

    name: str
    value: str
    interval: str
    baseline: str
    change: str
    limits: str
    outcome: str
    style: str
    x: float
    width: float
    worse: bool


@dataclass(frozen=True)
class CauseRow:
    """A part that explains a change, with its bar of cycles: from the middle, `x` and `width` in percent."""

    name: str
    where: str
    before: str
    now: str
    cycles: str
    energy: str
    x: float
    width: float
    worse: bool


def check_page(result: CheckResult) -> str:
    """The whole page."""
    failed = sum(not each.passed for each in result.checked)
    requests = f"{len(result.checked):,} request{'' if len(result.checked) == 1 else 's'}"
    return render(
        "check.html",
        heading=f"simtiny check: {'passed' if result.passed else f'{failed:,} of {requests} failed'}",
        result=result,
        requests=requests,
        failed=failed,
        cards=[(each, metric_rows(each), cause_rows(each)) for each in result.checked],
        causes_listed=CAUSES_LISTED,
        identity=identity,
        label=label,
        interval=INTERVAL,
    )


def metric_rows(checked: Checked) -> list[MetricRow]:
    """Bars have one scale: the largest change of any metric, or LEAST_SCALE, fills a half."""
    widest = max([LEAST_SCALE, *(abs(each.change) for each in checked.metrics if each.change is not None)])
    return [_metric_row(each, widest) for each in checked.metrics]


def cause_rows(checked: Checked) -> list[CauseRow]:
    """The largest ones."""
    causes = checked.causes[:CAUSES_LISTED]
    widest = max((abs(each.cycles_now - each.cycles_before) for each in causes), default=0.0)
    return [_cause_row(each, widest) for each in causes]


def identity(result: Mapping[str, Any]) -> dict[str, str]:
    """What ran, of a result's `to_dict`."""
    found = {name: str(result[name]) for name in ("firmware", "weights", "window") if result.get(name)}
    hashes = result.get("identity") or {}
    return {**found, **{name.replace("_", " "): str(value) for name, value in hashes.items() if value is not None}}


def _metric_row(metric: Metric, widest: float) -> MetricRow:
    change = metric.change or 0.0
    x, width = _bar(change, widest)
    return MetricRow(
        label(metric_words(metric)),
        figure(metric.value, metric.unit),
        "" if metric.low is None or metric.high is None else span(metric.low, metric.high),
        figure(metric.baseline, metric.unit),
        "" if metric.change is None else change_text(metric.change),
        "; ".join(metric.limits),
        OUTCOME_WORDS.get(metric.outcome, metric.outcome),
        "bad" if metric.fails else "good" if metric.outcome == IMPROVED else "",
        x,
        width,
        change < 0 if metric.bigger_is_better else change > 0,
    )


def _cause_row(cause: Cause, widest: float) -> CauseRow:
    more = cause.cycles_now - cause.cycles_before
    x, width = _bar(more, widest)
    known = cause.energy_before_uj is not None and cause.energy_now_uj is not None
    energy = (cause.energy_now_uj or 0.0) - (cause.energy_before_uj or 0.0)
    return CauseRow(
        label(cause.name),
        label(place(cause) or cause.kind),
        f"{cause.cycles_before:,.0f}",
        f"{cause.cycles_now:,.0f}",
        f"{more:+,.0f}" if round(more) else "0",
        f"{'+' if energy > 0 else ''}{number(energy)}" if known else "-",
        x,
        width,
        more > 0,
    )


def change_text(change: float) -> str:
    """In percent with its sign; so many digits that what is no zero does not read as one."""
    if change == 0:
        return "0"
    for digits in (2, 4, 6):
        text = signed_percent(change, digits)
        if text.strip("+-0.%"):
            return text
    return "> 0" if change > 0 else "< 0"


def _bar(change: float, widest: float) -> tuple[float, float]:
    if not change or not widest:
        return 50.0, 0.0
    width = max(LEAST_WIDTH, 50 * abs(change) / widest)
    return (50.0 if change > 0 else 50 - width), width
