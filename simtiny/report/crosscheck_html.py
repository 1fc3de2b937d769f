"""The page of `simtiny crosscheck --html`: how far predictions are off, as dots by board, and all rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simtiny.report.chart import Axis, axis, lanes
from simtiny.report.crosscheck_text import kind, mean, percent, system, target, used
from simtiny.report.page import render
from simtiny.report.text import INTERVAL, OWN_RECORD, number, span
from simtiny.validation.result import Comparison, CrossCheck, EnergyComparison, OtherStack, by_reason

LANE_PIXELS = 11
EDGE_PIXELS = 9
"""From the middle of the outermost dot to the edge of its row."""
LEAST_ERROR = 0.02
"""An axis of errors reaches at least so far on both sides of zero."""
LEAST_LOW = -0.5
"""Of an interval in a chart, relative to the prediction: one that reaches to zero holds errors without an end."""
ROOM = 1.06
"""An axis goes this far beyond what it shows."""


@dataclass(frozen=True)
class Point:
    """The error of one prediction, and which errors lie in its interval, from and to (None: it has none)."""

    error: float
    band: tuple[float, float] | None
    inside: bool
    calibrated: bool
    text: str


@dataclass(frozen=True)
class Dot:
    """A point in its row. `y`: pixels from the row's top."""

    error: float
    y: int
    calibrated: bool
    text: str


@dataclass(frozen=True)
class DotRow:
    """The dots of one group, over the bands of their intervals, each once: errors from and to."""

    label: str
    detail: str
    told: str
    height: int
    bands: tuple[tuple[float, float], ...]
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class DotPlot:
    """Rows of dots over one axis of relative errors, zero in the middle."""

    axis: Axis
    rows: tuple[DotRow, ...]


def crosscheck_page(result: CrossCheck) -> str:
    """The whole page."""
    boards = {row.record.board for row in result.rows}
    return render(
        "crosscheck.html",
        heading=f"Predicted and recorded: {len(result.rows)} results on {_counted(len(boards), 'board')}",
        result=result,
        by_board=by_board(result),
        latency=latency_plot(result),
        energy=energy_plot(result),
        energies=energy_groups(result),
        number=number,
        percent=percent,
        used=used,
        span=span,
        interval=INTERVAL,
        own_record=OWN_RECORD,
        mean=mean,
        system=system,
        target=target,
        failed=by_reason(result.failed, lambda record: f"v{record.round} {system(record)}"),
        left_out=by_reason(result.left_out, lambda record: f"v{record.round} {system(record)}"),
    )


def latency_plot(result: CrossCheck) -> DotPlot:
    """A row a board, those of one core together."""
    return dot_plot(
        (
            board,
            core,
            [
                Point(
                    row.error,
                    band(row.low_ms / row.predicted_ms - 1, row.high_ms / row.predicted_ms - 1),
                    row.inside,
                    row.calibrated,
                    f"{row.record.key}: recorded {number(row.record.latency_ms)} ms, "
                    f"predicted {number(row.predicted_ms)} ms",
                )
                for row in rows
            ],
        )
        for (board, core), rows in by_board(result).items()
    )


def energy_plot(result: CrossCheck) -> DotPlot:
    """A row a group, as `energy_groups` has them."""
    return dot_plot(
        (
            group,
            "",
            [
                Point(
                    energy.error,
                    energy_band(energy),
                    energy.inside,
                    energy.calibrated,
                    f"{row.record.key}: recorded {number(energy.recorded_uj)} uJ, "
                    f"predicted {number(energy.predicted_uj)} uJ",
                )
                for row, energy in rows
            ],
        )
        for group, rows in energy_groups(result).items()
    )


def by_board(result: CrossCheck) -> dict[tuple[str, str], list[Comparison]]:
    """The rows of each board and its core, those of one core together."""
    groups: dict[tuple[str, str], list[Comparison]] = {}
    for row in sorted(result.rows, key=lambda row: row.core):
        groups.setdefault((row.record.board, row.core), []).append(row)
    return groups


def energy_groups(result: CrossCheck) -> dict[str, list[tuple[Comparison | OtherStack, EnergyComparison]]]:
    """Recorded energies: those of images, predicted, then calibrated, then those of other stacks by their class."""
    groups: dict[str, list[tuple[Comparison | OtherStack, EnergyComparison]]] = {}
    for calibrated in (False, True):
        for row in result.rows:
            if row.energy is not None and row.energy.calibrated is calibrated:
                groups.setdefault(f"images, {kind(calibrated)}", []).append((row, row.energy))
    for stack in result.stacks:
        groups.setdefault(stack.stack_class, []).append((stack, stack.energy))
    return groups


def dot_plot(groups: Iterable[tuple[str, str, Sequence[Point]]]) -> DotPlot:
    """Rows of the groups: label, what else is said of it, points."""
    known = list(groups)
    points = [point for _, _, points in known for point in points]
    ends = [abs(end) for point in points for end in (point.error, *(point.band or ()))]
    reach = max([LEAST_ERROR, *ends]) * ROOM
    scale = axis(-reach, reach)
    return DotPlot(scale, tuple(dot_row(label, said, points, scale) for label, said, points in known))


def dot_row(label: str, said: str, points: Sequence[Point], scale: Axis) -> DotRow:
    """One row. Dots that would hide each other stand above each other."""
    chosen = lanes([scale.at(point.error) for point in points])
    middle = EDGE_PIXELS - min(chosen) * LANE_PIXELS
    inside = sum(point.inside for point in points)
    counted = [(name, sum(kind(point.calibrated) == name for point in points)) for name in (kind(False), kind(True))]
    detail = f"{', '.join(f'{count} {name}' for name, count in counted if count)}; {inside} inside the interval"
    errors = [point.error for point in points]
    return DotRow(
        label=label,
        detail=f"{said}: {detail}" if said else detail,
        told=f"{detail}, errors from {percent(min(errors))} to {percent(max(errors))}",
        height=middle + max(chosen) * LANE_PIXELS + EDGE_PIXELS,
        bands=tuple(sorted({(round(point.band[0], 4), round(point.band[1], 4)) for point in points if point.band})),
        dots=tuple(
            Dot(point.error, middle + lane * LANE_PIXELS, point.calibrated, f"{point.text}, {percent(point.error)}")
            for point, lane in zip(points, chosen, strict=True)
        ),
    )


def band(low: float, high: float) -> tuple[float, float]:
    """The errors of predictions in whose interval, from `low` to `high` relative to them, what was recorded lies."""
    return 1 / (1 + high) - 1, 1 / (1 + max(low, LEAST_LOW)) - 1


def energy_band(energy: EnergyComparison) -> tuple[float, float] | None:
    """The same of one energy."""
    if energy.low_uj is None or energy.high_uj is None:
        return None
    return band(energy.low_uj / energy.predicted_uj - 1, energy.high_uj / energy.predicted_uj - 1)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
