"""A clock of the chip, in ticks: how many have passed, and a callback after so many. Nothing runs per tick."""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from math import ceil

from simtiny.machine.system import ALWAYS, System

__all__ = ["ALWAYS", "Ticks"]


@lru_cache(64)
def _quotient(dividend: float, divisor: float) -> Fraction:
    """Kept, since firmware may look at a counter millions of times."""
    return Fraction(dividend) / Fraction(divisor)


class Ticks:
    """Ticks of one of `System.clock_hz` since this was made or restarted: exact, through all changes of clocks.

    `otherwise_hz` says what it runs at while that clock is off.
    """

    def __init__(self, system: System, clock: str, otherwise_hz: Callable[[], float] = lambda: 0.0) -> None:
        self._system, self._clock, self._otherwise_hz = system, clock, otherwise_hz
        self._banked, self._at_cycle = Fraction(0), system.cycles
        self._alarm: tuple[int, Callable[[], None]] | None = None
        self._handle: int | None = None
        self.epoch = 0
        """Another number after each change of what has passed, but for time."""
        system.on_clock_change(self._before_clock_change)

    @property
    def hz(self) -> float:
        """What it runs at now, 0 while it stands still."""
        return self._otherwise_hz() if self.is_off else self._system.clock_hz[self._clock]

    @property
    def is_off(self) -> bool:
        """Whether the clock is off now, and it runs at what there is otherwise."""
        return self._system.clock_hz.get(self._clock, 0.0) <= 0

    def passed(self) -> Fraction:
        """Ticks since the last restart."""
        cycles = self._system.cycles - self._at_cycle
        return self._banked + cycles * self._rate() if cycles else self._banked

    def restart(self, ticks: Fraction | int = 0) -> None:
        """Count on from `ticks`, without an alarm."""
        self._banked, self._at_cycle = Fraction(ticks), self._system.cycles
        self.epoch += 1
        self.alarm(None)

    def cycle_of(self, ticks: int) -> int:
        """The first core cycle at which so many ticks have passed, `ALWAYS` if the clock stands still."""
        rate = self._rate()
        return self._at_cycle + ceil((ticks - self._banked) / rate) if rate > 0 else ALWAYS

    def alarm(self, ticks: int | None, callback: Callable[[], None] = lambda: None) -> None:
        """Call back once so many ticks have passed since the restart, in place of the alarm before. None: no alarm."""
        self._alarm = None if ticks is None else (ticks, callback)
        self._schedule()

    def _rate(self) -> Fraction:
        """Ticks in a core cycle."""
        core_hz = self._system.clock_hz.get("core", 0.0)
        return _quotient(self.hz, core_hz) if core_hz > 0 else Fraction(0)

    def _schedule(self) -> None:
        if self._handle is not None:
            self._system.cancel(self._handle)
            self._handle = None
        if self._alarm is not None and self.hz > 0:
            self._handle = self._system.schedule(self.cycle_of(self._alarm[0]), self._fire)

    def _fire(self) -> None:
        self._handle = None
        if self._alarm is None:
            return
        if self.passed() < self._alarm[0]:
            self._schedule()
            return
        _, callback = self._alarm
        self._alarm = None
        callback()

    def _before_clock_change(self) -> None:
        """Bank at the old rate, and look again at the next block, when the new one is in force."""
        self._banked, self._at_cycle = self.passed(), self._system.cycles
        self.epoch += 1
        if self._alarm is not None:
            if self._handle is not None:
                self._system.cancel(self._handle)
            self._handle = self._system.schedule(self._at_cycle, self._fire)
