"""The geometry of a waterfall: from A's figure, part by part, to B's. Plain data, for terminal and page."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum

from simtiny.report.chart import Axis, axis

LEAST_SHARE = 0.005
"""Parts below this share of all that goes up and down are drawn as one."""
FROM_ZERO = 0.35
"""The axis begins at 0 if the lowest level is no more than this share of the highest; else shortly below the lowest."""
ROOM = 0.08
VISIBLE = 1e-9
"""Parts that are no more than this share of the larger whole are not drawn: their axis could not be labelled."""
LEAST_DRAWN = 1e-200


@dataclass(frozen=True)
class Step:
    """A bar. `kind`: "a", "b" (a whole), "more" or "less". `value`: of the whole, or what the part adds.

    `share`: of the difference, None for a whole and where there is no difference. `low` and `high`: where the bar is.
    """

    name: str
    kind: str
    value: float
    share: float | None
    low: float
    high: float


@dataclass(frozen=True)
class Waterfall:
    """`unit`: of all values. `axis`: holds all levels."""

    unit: str
    steps: tuple[Step, ...]
    axis: Axis


def waterfall(parts: Mapping[str, float], a: float, b: float, unit: str) -> Waterfall | None:
    """The parts in their order between the wholes `a` and `b`; tiny ones as one at the end. None without any that
    could be seen.

    `parts`: of the difference by name, which sum up exactly (`simtiny.comparison.parts.rounded`).
    """
    gross = fsum(map(abs, parts.values()))
    if gross <= VISIBLE * max(a, b, LEAST_DRAWN):
        return None
    difference = fsum(parts.values())
    tiny = [name for name, part in parts.items() if part and abs(part) < LEAST_SHARE * gross]
    if len(tiny) < 2:
        tiny = []
    drawn = {name: part for name, part in parts.items() if part and name not in tiny}
    if tiny:
        drawn[f"{len(tiny)} others"] = fsum(parts[name] for name in tiny)
    levels = [a]
    for part in drawn.values():
        levels.append(levels[-1] + part)
    lowest, highest = min(*levels, b), max(*levels, b)
    span = highest - lowest
    start = min(0.0, lowest) if lowest <= FROM_ZERO * highest else lowest - ROOM * span
    steps = [Step("A", "a", a, None, start, a)]
    for (name, part), before in zip(drawn.items(), levels, strict=False):
        share = part / difference if difference else None
        steps.append(Step(name, "more" if part >= 0 else "less", part, share, *sorted((before, before + part))))
    steps.append(Step("B", "b", b, None, start, b))
    return Waterfall(unit, tuple(steps), axis(start, highest + ROOM * (highest - start)))
