"""The geometry of the charts of a page: plain data, places in percent of a chart's width.

Percent, because an SVG drawing takes them as they are: a chart is as wide as its screen, and its text stays readable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

MOST_TICKS = 8
DOT_WIDTH = 3.2
"""Percent of the width by which dots of one lane lie apart: a dot is 10 of the 320 pixels that a phone has for them."""


@dataclass(frozen=True)
class Axis:
    """A linear axis from `low` at 0 % to `high` at 100 % of the width."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """The place of a value, in percent."""
        return 100 * (value - self.low) / (self.high - self.low)


def axis(low: float, high: float) -> Axis:
    """An axis with at most MOST_TICKS ticks at multiples of 1, 2 or 5 times a power of ten. `high` > `low`."""
    step = tick_step((high - low) / (MOST_TICKS - 1))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return Axis(low, high, tuple(step * number for number in range(first, last + 1)))


def tick_step(least: float) -> float:
    """The least of 1, 2 and 5 times a power of ten that is no less than `least`."""
    power: float = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))


def decades(values: Sequence[float]) -> tuple[int, int]:
    """Powers of ten, at least two, between which all positive values lie: the ends of a logarithmic axis."""
    positive = [value for value in values if value > 0]
    low = floor(log10(min(positive, default=1.0)))
    return low, max(ceil(log10(max(positive, default=1.0))), low + 1)


def lanes(percents: Sequence[float], apart: float = DOT_WIDTH) -> list[int]:
    """A lane for each dot, so that those of one lane lie `apart` at least: 0 is the middle one, then 1, -1, 2, -2."""
    taken: dict[int, float] = {}
    chosen = [0] * len(percents)
    for index in sorted(range(len(percents)), key=lambda index: percents[index]):
        number = 0
        while percents[index] - taken.get(_lane(number), -apart) < apart:
            number += 1
        chosen[index] = _lane(number)
        taken[chosen[index]] = percents[index]
    return chosen


def _lane(number: int) -> int:
    return (number + 1) // 2 * (1 if number % 2 else -1)
