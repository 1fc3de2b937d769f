"""The page of `simtiny crosscheck --html`: one file that needs nothing else, plotly's script inside."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from simtiny.report.crosscheck_text import energy_cells, energy_summary_cells, kind, mean, percent, system, target
from simtiny.report.page import COLOURS, render
from simtiny.report.text import number
from simtiny.validation.result import CrossCheck, by_reason

BAND = 0.05
"""Half width of the band around the diagonal, relative."""


class Point(NamedTuple):
    """One result in a chart."""

    recorded: float
    predicted: float
    text: str


def crosscheck_page(result: CrossCheck) -> str:
    """The whole page. Raises BadInput without the packages of the extra `report`."""
    return render(
        "crosscheck.html",
        [chart(result), energy_chart(result)],
        number=number,
        percent=percent,
        kind=kind,
        mean=mean,
        system=system,
        target=target,
        energy_cells=energy_cells,
        energy_summary_cells=energy_summary_cells,
        result=result,
        failed=by_reason(result.failed, lambda record: f"v{record.round} {system(record)}"),
        left_out=by_reason(result.left_out, lambda record: f"v{record.round} {system(record)}"),
    )


def chart(result: CrossCheck) -> dict[str, Any]:
    """Predicted against recorded latency, both logarithmic, as plotly takes it."""
    groups: dict[str, list[Point]] = {}
    for row in sorted(result.rows, key=lambda row: (row.core, row.calibrated)):
        point = Point(row.record.latency_ms, row.predicted_ms, f"{row.record.key}: {percent(row.error)}")
        groups.setdefault(f"{row.core}, {kind(row.calibrated)}", []).append(point)
    return _scatter(groups, "latency", "ms")


def energy_chart(result: CrossCheck) -> dict[str, Any]:
    """The same of energy."""
    groups: dict[str, list[Point]] = {}
    compared = [(row.record, row.energy, f"images, {kind(row.energy.calibrated)}") for row in result.rows if row.energy]
    compared += [(row.record, row.energy, row.stack_class) for row in result.stacks]
    for record, energy, group in compared:
        point = Point(energy.recorded_uj, energy.predicted_uj, f"{record.key}: {percent(energy.error)}")
        groups.setdefault(group, []).append(point)
    return _scatter(groups, "energy", "uJ")


def _scatter(groups: Mapping[str, Sequence[Point]], quantity: str, unit: str) -> dict[str, Any]:
    recorded = [point.recorded for points in groups.values() for point in points]
    ends = [min(recorded) / 1.5, max(recorded) * 1.5] if recorded else [1.0, 1000.0]
    diagonal = {"mode": "lines", "hoverinfo": "skip", "showlegend": True}
    traces: list[dict[str, Any]] = [
        {
            **diagonal,
            "name": f"± {BAND:.0%}",
            "x": [*ends, *reversed(ends)],
            "y": [*(end * (1 + BAND) for end in ends), *(end * (1 - BAND) for end in reversed(ends))],
            "fill": "toself",
            "fillcolor": "rgba(128,128,128,0.18)",
            "line": {"width": 0},
        },
        {**diagonal, "name": "equal", "x": ends, "y": ends, "line": {"color": "#888", "width": 1}},
    ]
    colours = {name: COLOURS[index % len(COLOURS)] for index, name in enumerate({_subject(name): 0 for name in groups})}
    for name, points in groups.items():
        symbol = "diamond-open" if name.endswith(kind(True)) else "circle"
        traces.append(
            {
                "name": name,
                "mode": "markers",
                "x": [point.recorded for point in points],
                "y": [point.predicted for point in points],
                "text": [point.text for point in points],
                "hovertemplate": f"%{{text}}<br>recorded %{{x:.4g}} {unit}, predicted %{{y:.4g}} {unit}<extra></extra>",
                "marker": {"color": colours[_subject(name)], "symbol": symbol, "size": 9, "opacity": 0.85},
            }
        )
    return {"data": [{"type": "scatter", **trace} for trace in traces], "layout": _layout(f"{quantity}, {unit}")}


def _subject(group: str) -> str:
    """What a group is of, calibrated or predicted."""
    return group.partition(",")[0]


def _layout(quantity: str) -> dict[str, Any]:
    axis = {"type": "log", "dtick": 1, "minor": {"showgrid": True, "gridcolor": "#f2f2f2"}, "gridcolor": "#ddd"}
    return {
        "xaxis": {**axis, "title": {"text": f"recorded {quantity}"}},
        "yaxis": {**axis, "title": {"text": f"predicted {quantity}"}, "scaleanchor": "x"},
        "plot_bgcolor": "white",
        "height": 640,
        "margin": {"l": 70, "r": 20, "t": 20, "b": 60},
        "hoverlabel": {"align": "left"},
    }
