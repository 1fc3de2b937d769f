"""How long a peripheral's own clock takes, in cycles of the core, and what it runs on where its clock is off."""

from fractions import Fraction
from math import ceil

from simtiny.machine.system import System
from simtiny.notes import NoteKind

IS_OFF = "its clock is off (none is selected in the RCC, or its oscillator is off)"


def core_cycles(system: System, clock: str, ticks: int | Fraction) -> int | None:
    """Core cycles in which the clock `clock` ticks so often, rounded up; None where it stands still."""
    clock_hz = system.clock_hz.get(clock, 0.0)
    return cycles_at(system, clock_hz, ticks) if clock_hz > 0 and system.clock_hz.get("core", 0.0) > 0 else None


def cycles_at(system: System, clock_hz: float, ticks: int | Fraction) -> int:
    """Core cycles in which a clock of `clock_hz`, more than 0, ticks so often, rounded up."""
    return max(1, ceil(ticks * Fraction(system.clock_hz["core"]) / Fraction(clock_hz)))


def ahb_hz(system: System) -> float:
    """Of the AHB, whose clock is the core's but on the H7."""
    return system.clock_hz.get("axi", system.clock_hz["core"])


def running_hz(system: System, name: str, clock: str) -> float:
    """What the kernel clock `clock` of the peripheral `name` runs at, or the AHB where it is off, with a note.

    Firmware that selects no clock, or leaves its oscillator off, would wait for ever on the chip.
    """
    clock_hz = system.clock_hz.get(clock, 0.0)
    if clock_hz > 0:
        return clock_hz
    what = f"{name}: {IS_OFF}: on the chip it stands still; here it runs on the clock of the AHB"
    system.note(NoteKind.FIRMWARE, name, what)
    return ahb_hz(system)
