"""The page of `simtiny run --html`: the table of the terminal, stacked bars of where it goes, and the functions."""

from collections.abc import Callable, Sequence
from math import fsum
from typing import Any

from simtiny.breakdown import Part
from simtiny.report.breakdown_text import BEYOND_LAYERS, layer_parts, part_cells, shares, top_functions
from simtiny.report.page import COLOURS, render
from simtiny.report.result import RunResult
from simtiny.report.text import footnotes, number, run_rows

SMALLEST_SHARE = 0.005
"""Parts below this in every result are drawn as one."""
REST = "the rest"
REST_COLOUR = "#bbbbbb"
BY_CLASS = (
    "By class",
    "Instructions with an even share of the cycles that issue; cycles that the core stalls, waits for memory or "
    "sleeps; then reads of memories, then static power.",
)
BY_MEMORY = (
    "By memory",
    "Waits for a memory and its reads; loads and stores by what they cost beyond the cycle that issues them; then the "
    "core, then static power.",
)
BY_LAYER = ("By layer", "The operators of the network in order, and what the window holds before and after them.")
_LINE = {"color": "white", "width": 1}
_HOVER = "%{customdata}<extra></extra>"


def run_page(results: Sequence[RunResult]) -> str:
    """The whole page. Raises BadInput without the packages of the extra `report`."""
    headings = [BY_CLASS, BY_MEMORY]
    charts = [
        part_chart(results, lambda result: result.by_class),
        part_chart(results, lambda result: result.by_memory),
    ]
    if any(result.layers for result in results):
        headings.append(BY_LAYER)
        charts.append(layer_chart(results))
    return render(
        "run.html",
        charts,
        boards=" / ".join(dict.fromkeys(result.board for result in results)),
        results=results,
        rows=run_rows(results),
        footnotes=footnotes(results),
        headings=headings,
        quantity="energy" if of_energy(results) else "cycles",
        top_functions=top_functions,
        part_cells=part_cells,
    )


def of_energy(results: Sequence[RunResult]) -> bool:
    """Whether the bars are of energy: only where it is known of every result."""
    return all(result.energy for result in results)


def part_chart(results: Sequence[RunResult], parts_of: Callable[[RunResult], Sequence[Part]]) -> dict[str, Any]:
    """One bar a result, stacked by part, as plotly takes it."""
    columns = [shares(parts_of(result), of_energy(results)) for result in results]
    names = list(dict.fromkeys(name for column in columns for name in column))
    shown = [name for name in names if any(column.get(name, 0.0) >= SMALLEST_SHARE for column in columns)]
    traces = []
    for index, name in enumerate([*shown, REST]):
        merged = [other for other in names if other not in shown] if name == REST else [name]
        values = [fsum(column.get(other, 0.0) for other in merged) for column in columns]
        if any(values):
            amounts = ([part for part in parts_of(result) if part.name in merged] for result in results)
            traces.append(
                {
                    "name": name,
                    "y": [result.title for result in results],
                    "x": values,
                    "customdata": [
                        _hover(result, name, parts, share)
                        for result, parts, share in zip(results, amounts, values, strict=True)
                    ],
                    "hovertemplate": _HOVER,
                    "marker": {"color": REST_COLOUR if name == REST else COLOURS[index % len(COLOURS)], "line": _LINE},
                }
            )
    return _chart(traces, len(results))


def layer_chart(results: Sequence[RunResult]) -> dict[str, Any]:
    """One bar a result, stacked by layer in the network's order, coloured by operator."""
    kinds = list(dict.fromkeys(layer.kind for result in results for layer in result.layers))
    colours = {kind: COLOURS[index % len(COLOURS)] for index, kind in enumerate(kinds)}
    traces = []
    named = set()
    for result in results:
        parts = layer_parts(result)
        total = result.energy.energy_uj if result.energy and of_energy(results) else result.cycles
        for part, kind in zip(parts, [*(layer.kind for layer in result.layers), BEYOND_LAYERS], strict=False):
            value = part.energy_uj if part.energy_uj is not None and of_energy(results) else part.cycles
            traces.append(
                {
                    "name": kind,
                    "legendgroup": kind,
                    "showlegend": kind not in named,
                    "y": [result.title],
                    "x": [value / total],
                    "customdata": [_hover(result, part.name, [part], value / total)],
                    "hovertemplate": _HOVER,
                    "marker": {"color": colours.get(kind, REST_COLOUR), "line": _LINE},
                }
            )
            named.add(kind)
    return _chart(traces, sum(1 for result in results if result.layers))


def _hover(result: RunResult, name: str, parts: Sequence[Part], share: float) -> str:
    cycles = fsum(part.cycles for part in parts)
    amounts = [f"{share:.1%}", *([f"{cycles:,.0f} cycles"] if cycles else [])]
    if result.energy:
        amounts.append(f"{number(fsum(part.energy_uj or 0.0 for part in parts))} uJ")
    return f"{result.title}, {name}<br>{', '.join(amounts)}"


def _chart(traces: list[dict[str, Any]], bars: int) -> dict[str, Any]:
    layout = {
        "barmode": "stack",
        "xaxis": {"tickformat": ".0%", "range": [0, 1], "gridcolor": "#ddd"},
        "yaxis": {"autorange": "reversed", "type": "category"},
        "plot_bgcolor": "white",
        "height": 160 + 45 * bars,
        "margin": {"l": 70, "r": 20, "t": 32, "b": 40},
        "legend": {"orientation": "h", "y": -0.15, "yanchor": "top", "traceorder": "normal"},
        "hoverlabel": {"align": "left"},
    }
    return {"data": [{"type": "bar", "orientation": "h", **trace} for trace in traces], "layout": layout}
