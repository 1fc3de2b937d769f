"""The figures of a run beside those of the baseline and the limits: what is worse than it may be."""

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from simtiny.gate.causes import causes_of, percent, words_of
from simtiny.gate.figures import Cost, Figures, other_point
from simtiny.gate.limits import KINDS, Limit, Limits
from simtiny.gate.result import IMPROVED, MISSING, NEW, OK, OVER, REGRESSED, Checked, Metric

UPDATE = "better than the baseline: take it over by `update`"
_ROUNDING = 1e-11
"""Of figures that are no whole numbers: other machines sum them up in another order, and baselines round them."""
_Ends = tuple[float | None, float | None]


def judged(
    name: str,
    now: Figures,
    then: Figures | None,
    limits: Limits,
    result: Mapping[str, Any],
    notes: tuple[str, ...] = (),
) -> Checked:
    """One request. `then`: its figures in the baseline, None where there are none. `result`: of the run, as JSON."""
    metrics = tuple(_metrics(now, then, limits, result))
    causes = causes_of(then, now) if then else ()
    if then is None:
        words = ""
    else:
        notes = (*notes, *other_point(then, now))
        words = words_of(name, then, now, causes)
    if any(metric.outcome == IMPROVED for metric in metrics) and not any(metric.fails for metric in metrics):
        notes = (*notes, UPDATE)
    return Checked(name, now.board, metrics, causes, words, notes, result)


def _metrics(now: Figures, then: Figures | None, limits: Limits, result: Mapping[str, Any]) -> Iterator[Metric]:
    energy = result["energy"] or {}
    ends: Mapping[str, _Ends] = {
        "latency": (result["latency_low_ms"], result["latency_high_ms"]),
        "energy": (energy.get("energy_low_uj"), energy.get("energy_high_uj")),
    }
    for kind in KINDS:
        limit = limits.metrics.get(kind) or _default(kind, limits)
        value, before = now.metrics.get(kind), then.metrics.get(kind) if then else None
        if value is not None or before is not None or kind in limits.metrics:
            yield _metric(kind, kind, value, before, limit, ends.get(kind, (None, None)))
    for region, of_region in limits.regions.items():
        for kind, limit in of_region.items():
            value, before = (None if each is None else _of_region(each, region, kind) for each in (now, then))
            yield _metric(kind, f"{kind}:{region}", value, before, limit, (None, None))


def _default(kind: str, limits: Limits) -> Limit:
    """Of a metric without a limit of its own. At a given clock cycles are latency: a limit of one holds for both."""
    other = limits.metrics.get({"cycles": "latency", "latency": "cycles"}.get(kind, ""))
    return Limit(missing=limits.missing, regression=None if other else 0.0)


def _metric(kind: str, name: str, value: float | None, before: float | None, limit: Limit, ends: _Ends) -> Metric:
    what = KINDS[kind]
    outcome = _outcome(value, before, limit, what.bigger_is_better)
    return Metric(
        name=name,
        unit=what.unit,
        value=value,
        low=ends[0],
        high=ends[1],
        baseline=before,
        change=value / before - 1 if value is not None and before else None,
        limits=_words(kind, limit),
        outcome=outcome,
        fails=outcome in (OVER, REGRESSED) or (outcome == MISSING and limit.missing == "fail"),
        bigger_is_better=what.bigger_is_better,
    )


def _outcome(value: float | None, before: float | None, limit: Limit, bigger_is_better: bool) -> str:
    if value is None:
        return MISSING
    sign = -1 if bigger_is_better else 1
    if limit.most is not None and sign * (value - limit.most) > 0:
        return OVER
    if before is None:
        return NEW
    if value == before or (not _whole(value, before) and abs(value - before) <= _ROUNDING * abs(before)):
        return OK
    worse = sign * (value - before)
    if worse < 0:
        return IMPROVED
    allowed = inf if limit.regression is None else max(limit.regression * before, limit.floor)
    return OK if worse <= allowed * (1 + _ROUNDING) else REGRESSED


def _whole(*values: float) -> bool:
    return all(float(value).is_integer() for value in values)


def _words(kind: str, limit: Limit) -> tuple[str, ...]:
    what = KINDS[kind]
    unit = "" if what.unit == "1" else f" {what.unit}"
    end = "at least" if what.bigger_is_better else "at most"
    said = [] if limit.most is None else [f"{end} {limit.most:,g}{unit}"]
    if limit.regression is not None:
        change = percent(-limit.regression if what.bigger_is_better else limit.regression)
        said.append(f"{change}, or {limit.floor:,g}{unit}" if limit.floor else change)
    return tuple(said)


def _of_region(figures: Figures, region: str, kind: str) -> float | None:
    """Of a function, a layer ("layer 3") or a memory. None where there is no such, or nothing known of it."""
    cost = _cost(figures, region)
    if cost is None:
        return None
    cycles, energy_uj = cost
    if kind == "latency":
        return 1e3 * cycles / float(figures.operating_point["clock_hz"])
    return energy_uj if kind == "energy" else cycles


def _cost(figures: Figures, region: str) -> Cost | None:
    for costs in (figures.functions, figures.layers, figures.memories):
        if region in costs:
            return costs[region]
    return next((cost for name, cost in figures.layers.items() if name.startswith(f"{region} ")), None)
