"""Moments of a run, as users write them: "10ms", "2s", "1000cycles"."""

import re
from dataclasses import dataclass
from math import ceil

from simtiny.engine import Engine
from simtiny.errors import BadInput

_WRITTEN = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?)\s*(s|ms|us|ns|cycles?)")
_UNITS_S = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
LONGEST_S = 86_400.0
MOST_CYCLES = 1 << 56
_SLACK_CYCLES = 1e-3  # what rounding may bring: seconds are cycles by clocks that change


@dataclass(frozen=True)
class Moment:
    """So many seconds of emulated time, or so many core cycles, since power-on. `text`: as it was written."""

    text: str
    seconds: float | None
    cycles: int | None

    def cycles_left(self, machine: Engine) -> int:
        """Cycles from now until then, at the clock of now; 0 where it has come."""
        if self.cycles is not None:
            return max(self.cycles - machine.cycles, 0)
        left = ((self.seconds or 0.0) - machine.elapsed_s) * machine.clock_hz["core"]
        return max(ceil(left - _SLACK_CYCLES), 0)


def moment(name: str, text: str) -> Moment:
    """Raises BadInput that names the parameter `name`."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise BadInput(f"`{name}` {text}: expected a time such as 2s, 10ms, 5us or 1000cycles")
    if found[2].startswith("cycle"):
        if "." in found[1] or int(found[1]) > MOST_CYCLES:
            raise BadInput(f"`{name}` {text}: expected a whole number of cycles, up to {MOST_CYCLES:,}")
        return Moment(text, None, int(found[1]))
    seconds = float(found[1]) * _UNITS_S[found[2]]
    if seconds > LONGEST_S:
        raise BadInput(f"`{name}` {text}: longer than a day")
    return Moment(text, seconds, None)
