"""The geometry of a life's step chart on a page: places across in percent of its width, places down in pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, log10

from simtiny.lived import LifeResult, LifeStep
from simtiny.report.chart import decades
from simtiny.report.life_text import MOST_LINES, state, summary_lines
from simtiny.report.result import RunResult

HEIGHT = 160
LEFT = 12.0
"""Percent of the width that the axis' labels have."""


@dataclass(frozen=True)
class Column:
    """A step in the chart. `state`: the mode that it is in, and its clock."""

    step: LifeStep
    state: str
    left: float
    width: float
    top: float

    @property
    def middle(self) -> float:
        """In percent of the chart's width."""
        return self.left + self.width / 2

    @property
    def height(self) -> float:
        """In pixels."""
        return HEIGHT - self.top


@dataclass(frozen=True)
class StepChart:
    """A life as a chart and a table. `ticks`: a current in mA as text, and its place down."""

    title: str
    life: LifeResult
    columns: tuple[Column, ...]
    ticks: tuple[tuple[str, float], ...]
    summary: tuple[str, ...]


def step_charts(results: Sequence[RunResult]) -> list[StepChart]:
    """Those of all results that have a life."""
    return [step_chart(result.title, result.life) for result in results if result.life]


def step_chart(title: str, life: LifeResult) -> StepChart:
    """Currents on a logarithmic scale. A step is the wider, the longer it takes: by as much for each ten times."""
    low, high = decades([step.current_ma for step in life.steps])
    shortest_s = min(step.duration_s for step in life.steps)
    weights = [min(1 + log10(step.duration_s / shortest_s), MOST_LINES) for step in life.steps]
    before, columns, per_weight = 0.0, [], (100 - LEFT) / fsum(weights)
    for step, weight in zip(life.steps, weights, strict=True):
        place = (log10(step.current_ma) - low) / (high - low) if step.current_ma > 0 else 0.0
        columns.append(Column(step, state(step), LEFT + before * per_weight, weight * per_weight, HEIGHT * (1 - place)))
        before += weight
    ticks = tuple((f"{10.0**power:.10g}", HEIGHT * (high - power) / (high - low)) for power in range(low, high + 1))
    return StepChart(title, life, tuple(columns), ticks, (*summary_lines(life), *life.notes))
