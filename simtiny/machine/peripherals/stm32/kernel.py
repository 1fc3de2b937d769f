"""How long a peripheral's own clock takes, in cycles of the core."""

from fractions import Fraction
from math import ceil

from simtiny.machine.system import System


def core_cycles(system: System, clock: str, ticks: int | Fraction) -> int | None:
    """Core cycles in which the clock `clock` ticks so often, rounded up; None where it stands still."""
    clock_hz, core_hz = system.clock_hz.get(clock, 0.0), system.clock_hz.get("core", 0.0)
    if clock_hz <= 0 or core_hz <= 0:
        return None
    return max(1, ceil(ticks * Fraction(core_hz) / Fraction(clock_hz)))
