"""What the analog-to-digital converters of all STM32 have in common: a conversion, and what it finds at an input."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from simtiny.machine.system import System
from simtiny.notes import NoteKind


@dataclass(frozen=True)
class Internal:
    """Channels inside the chip. None: the family has no such channel at this converter.

    `temperature`, `reference`, `battery`: their numbers. `sensor_v`: what the sensor gives at 30 degrees. The factory's
    values for both, in the chip's memory of constants, say the same; `divider`: of the battery's voltage.
    """

    temperature: int | None = None
    reference: int | None = None
    battery: int | None = None
    sensor_v: float = 0.76
    reference_v: float = 1.212
    divider: int = 3

    def volts(self, channel: int, supply_v: float) -> float | None:
        """Of a channel inside the chip, whose battery pin is wired to its supply; None for one outside."""
        known = {
            self.temperature: self.sensor_v,
            self.reference: self.reference_v,
            self.battery: supply_v / self.divider,
        }
        return known.get(channel)


def code(volts: float, reference_v: float, bits: int) -> int:
    """What an ideal converter makes of a voltage."""
    top = (1 << bits) - 1
    return min(max(floor(Fraction(volts) / Fraction(reference_v) * (top + 1)), 0), top)


@dataclass
class Input:
    """What a converter sees: a user's voltages, channels in the chip, else 0 V, which is noted."""

    system: System
    name: str
    pins: Mapping[str, int]
    internal: Internal
    reference_v: float

    def sample(self, channel: int, at_cycle: int, bits: int) -> int:
        """The code of a channel at a cycle that is not over long."""
        core_hz = self.system.clock_hz.get("core", 0.0)
        time_s = self.system.elapsed_s - ((self.system.cycles - at_cycle) / core_hz if core_hz else 0.0)
        volts = self.system.devices.volts(self.name, channel, time_s)
        if volts is None:
            volts = self.internal.volts(channel, self.reference_v)
        if volts is None:
            pin = next((f" ({pin})" for pin, number in self.pins.items() if number == channel), "")
            what = f"{self.name}: nothing is attached to channel {channel}{pin}, reads 0"
            self.system.note(NoteKind.UNMODELLED, self.name, what)
            volts = 0.0
        return code(volts, self.reference_v, bits)


class Sequencer:
    """Converts a sequence of channels and tells each result by `done(code, is_last)`.

    Behind each conversion it stands until it is told what comes: `next`, where the last channel is followed by the
    first without a gap, `wait`, or nothing, which ends it.
    """

    def __init__(self, system: System, done: Callable[[int, bool], None], sample: Callable[[int, int], int]) -> None:
        self._system, self._done, self._sample = system, done, sample
        self._sequence: Sequence[tuple[int, Fraction]] = ()
        self._cycles_per_tick = Fraction(0)
        self._at = Fraction(0)  # the core cycle at which the conversion that goes on has begun
        self._place = 0
        self._handle: int | None = None
        self.is_paused = False

    def begin(self, sequence: Sequence[tuple[int, Fraction]], clock_hz: float) -> None:
        """Convert from the present cycle on: channels, each with the ticks of the clock `clock_hz` that it takes."""
        self.stop()
        self._sequence = sequence
        self._cycles_per_tick = Fraction(self._system.clock_hz.get("core", 0.0)) / Fraction(clock_hz)
        self._at, self._place = Fraction(self._system.cycles), 0
        self._schedule()

    def stop(self) -> None:
        """Abandon what goes on."""
        if self._handle is not None:
            self._system.cancel(self._handle)
        self._handle, self.is_paused = None, False

    def next(self) -> None:
        """On to the next channel."""
        self._schedule()

    def wait(self) -> None:
        """Stand still until `proceed`."""
        self.is_paused = True

    def proceed(self, late: bool) -> int | None:
        """Go on behind `wait`. `late`: conversions have gone on meanwhile, and this is what the last one found."""
        self.is_paused = False
        latest = self._skip() if late else None
        if not late:
            self._at = Fraction(self._system.cycles)
        self._schedule()
        return latest

    def _skip(self) -> int | None:
        """Let all conversions be over that the time since has sufficed for. The last one's result."""
        now, latest = self._system.cycles, None
        round_cycles = sum((self._ticks(place) for place in range(len(self._sequence))), Fraction(0))
        rounds = floor((now - self._at) / round_cycles) - 1
        if rounds > 0:
            self._at += rounds * round_cycles
        while (end := self._at + self._ticks(self._place)) <= now:
            latest = self._sample(self._sequence[self._place][0], ceil(end))
            self._at, self._place = end, (self._place + 1) % len(self._sequence)
        return latest

    def _ticks(self, place: int) -> Fraction:
        return self._sequence[place][1] * self._cycles_per_tick

    def _schedule(self) -> None:
        self._handle = self._system.schedule(ceil(self._at + self._ticks(self._place)), self._end)

    def _end(self) -> None:
        self._handle = None
        channel = self._sequence[self._place][0]
        self._at += self._ticks(self._place)
        self._place += 1
        is_last = self._place == len(self._sequence)
        if is_last:
            self._place = 0
        self._done(self._sample(channel, ceil(self._at)), is_last)
