"""The page of `simtiny crosscheck --html`: one file that needs nothing else, plotly's script inside."""

from typing import Any

from simtiny.report.crosscheck_text import kind, percent, system, target
from simtiny.report.page import COLOURS, render
from simtiny.report.text import number
from simtiny.validation.result import CrossCheck, by_reason

BAND = 0.05
"""Half width of the band around the diagonal, relative."""


def crosscheck_page(result: CrossCheck) -> str:
    """The whole page. Raises BadInput without the packages of the extra `report`."""
    return render(
        "crosscheck.html",
        [chart(result)],
        number=number,
        percent=percent,
        kind=kind,
        system=system,
        target=target,
        result=result,
        failed=by_reason(result.failed, lambda record: f"v{record.round} {system(record)}"),
        left_out=by_reason(result.left_out, lambda record: f"v{record.round} {system(record)}"),
    )


def chart(result: CrossCheck) -> dict[str, Any]:
    """Predicted against recorded latency, both logarithmic, as plotly takes it."""
    recorded = [row.record.latency_ms for row in result.rows]
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
    cores = sorted({row.core for row in result.rows})
    for colour, core in zip(COLOURS, cores, strict=False):
        for calibrated, symbol in ((False, "circle"), (True, "diamond-open")):
            rows = [row for row in result.rows if row.core == core and row.calibrated is calibrated]
            if rows:
                traces.append(
                    {
                        "name": f"{core}, {kind(calibrated)}",
                        "mode": "markers",
                        "x": [row.record.latency_ms for row in rows],
                        "y": [row.predicted_ms for row in rows],
                        "text": [f"{row.record.key}: {percent(row.error)}" for row in rows],
                        "hovertemplate": "%{text}<br>recorded %{x:.4g} ms, predicted %{y:.4g} ms<extra></extra>",
                        "marker": {"color": colour, "symbol": symbol, "size": 9, "opacity": 0.85},
                    }
                )
    return {"data": [{"type": "scatter", **trace} for trace in traces], "layout": _layout()}


def _layout() -> dict[str, Any]:
    axis = {"type": "log", "dtick": 1, "minor": {"showgrid": True, "gridcolor": "#f2f2f2"}, "gridcolor": "#ddd"}
    return {
        "xaxis": {**axis, "title": {"text": "recorded latency, ms"}},
        "yaxis": {**axis, "title": {"text": "predicted latency, ms"}, "scaleanchor": "x"},
        "plot_bgcolor": "white",
        "height": 640,
        "margin": {"l": 70, "r": 20, "t": 20, "b": 60},
        "hoverlabel": {"align": "left"},
    }
