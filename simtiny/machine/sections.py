"""A window in sections: clock, wait states or voltage may change on its way."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np

from simtiny.counting import difference
from simtiny.counting.counters import Mark
from simtiny.errors import Unpriced
from simtiny.profiles import OperatingPoint, Profile

MOST_SECTIONS = 256
"""Each holds a copy of all counters."""


class Counting(Protocol):
    """What counts: the machine, or a replay."""

    def mark(self) -> Mark: ...

    def profile(self, start: Mark, end: Mark) -> Profile: ...

    def tell_operating_points(self, told: Callable[[OperatingPoint, OperatingPoint], None]) -> None:
        """Have this called when anything of the operating point has become another.

        With what was in force and what was programmed before.
        """
        ...


class Sections:
    """Counts of one window by operating point. Stretches at the same one are one section.

    `on_change` is told when another begins.
    """

    def __init__(self, counting: Counting) -> None:
        self._counting = counting
        self.on_change: Callable[[], None] = lambda: None
        self._begun: Mark | None = None  # of the stretch that runs
        self._spans: dict[tuple[OperatingPoint, OperatingPoint], tuple[Mark, Mark]] = {}
        counting.tell_operating_points(self._changed)

    def begin(self) -> None:
        """The window begins here."""
        self._begun = self._counting.mark()

    def end(self) -> None:
        """It ends here. Nothing happens where none has begun."""
        if self._begun is not None:
            self._add(self._begun, self._counting.mark())
        self._begun = None

    def profiles(self) -> tuple[Profile, ...]:
        """One for each operating point, in the order in which they came up; none where nothing has run."""
        return tuple(self._counting.profile(first, last) for first, last in self._spans.values())

    def _changed(self, in_force: OperatingPoint, programmed: OperatingPoint) -> None:
        """Clock, flash or voltage have changed, from what is named."""
        self.on_change()
        if self._begun is None:
            return
        now = self._counting.mark()
        on = now.operating_point.switched_on
        in_force, programmed = replace(in_force, switched_on=on), replace(programmed, switched_on=on)
        self._add(self._begun, replace(now, operating_point=in_force, programmed=programmed))
        self._begun = now

    def _add(self, first: Mark, last: Mark) -> None:
        if first.cycles == last.cycles and np.array_equal(first.edges, last.edges):
            return
        key = last.operating_point, last.programmed
        if key in self._spans:
            first = difference.earlier(first, *self._spans[key])
        elif len(self._spans) == MOST_SECTIONS:
            raise Unpriced(f"the window has more than {MOST_SECTIONS} different settings of clock, flash and voltage")
        last = replace(last, reconfigurations=first.reconfigurations)
        self._spans[key] = first, last
