"""The geometry of a chart of power over time: a step for each bin of the time line."""

from dataclasses import dataclass
from math import ceil

from simtiny.profiling.result import ProfileResult
from simtiny.report.chart import Axis, axis, tick_step

WIDTH, HEIGHT = 1000, 120
"""Of the box that the path is drawn in; it is stretched to the width of the screen."""
_MOST_LEVELS = 4


@dataclass(frozen=True)
class PowerChart:
    """`path`: SVG's words for the line. `time`: the axis across, in microseconds.

    `levels`: milliwatts and how far down, in units of HEIGHT. `most_mw`, `most_at_us`: the highest step.
    """

    path: str
    time: Axis
    levels: tuple[tuple[float, float], ...]
    most_mw: float
    most_at_us: float


def power_chart(result: ProfileResult) -> PowerChart | None:
    """None where no energy is known."""
    power, line = result.time_line.power, result.time_line
    if not len(power):
        return None
    us_per_cycle = 1e6 / result.run.operating_point.clock_hz
    step = tick_step(max(float(power[:, 1].max()), 1e-9) / _MOST_LEVELS)
    top = step * ceil(float(power[:, 1].max()) / step - 1e-9)
    across = [*(power[:, 0] / line.cycles * WIDTH).tolist(), float(WIDTH)]
    down = ((1 - power[:, 1] / top) * HEIGHT).tolist()
    path = f"M0 {down[0]:.1f}" + "".join(
        f"V{height:.1f}H{right:.1f}" for height, right in zip(down, across[1:], strict=True)
    )
    highest = int(power[:, 1].argmax())
    return PowerChart(
        path=path,
        time=axis(0.0, line.cycles * us_per_cycle),
        levels=tuple((step * number, HEIGHT * (1 - step * number / top)) for number in range(1, round(top / step) + 1)),
        most_mw=float(power[highest, 1]),
        most_at_us=float(power[highest, 0]) * us_per_cycle,
    )
