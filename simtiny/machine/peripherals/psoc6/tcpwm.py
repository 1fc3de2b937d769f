"""PSoC 6 timer, counter and pulse-width modulator block: its counters as timers that count up.

Register offsets and bits: Infineon mtb-pdl-cat1, devices/COMPONENT_CAT1A/include/ip/cyip_tcpwm.h; reset values:
psoc6_02.svd; the order of events: drivers/include/cy_tcpwm_counter.h.
"""

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import Block
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import ALWAYS, System
from simtiny.notes import NoteKind

CTRL, CTRL_CLR, CTRL_SET, INTR_CAUSE = 0x00, 0x04, 0x08, 0x1C
CMD_CAPTURE, CMD_RELOAD, CMD_STOP, CMD_START = 0x0C, 0x10, 0x14, 0x18
COUNTERS, COUNTER_BYTES = 0x100, 0x40
# In a counter
CNT_CTRL, STATUS, COUNTER, CC, CC_BUFF, PERIOD, PERIOD_BUFF = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x18
TR_CTRL0, TR_CTRL1, TR_CTRL2 = 0x20, 0x24, 0x28
INTR, INTR_SET, INTR_MASK, INTR_MASKED = 0x30, 0x34, 0x38, 0x3C
RESET = {
    CNT_CTRL: 0, CC: 0xFFFF_FFFF, CC_BUFF: 0xFFFF_FFFF, PERIOD: 0xFFFF_FFFF, PERIOD_BUFF: 0xFFFF_FFFF,
    TR_CTRL0: 0x10, TR_CTRL1: 0x3FF, TR_CTRL2: 0x3F, INTR_MASK: 0,
}  # fmt: skip
TERMINAL, COMPARE = 1 << 0, 1 << 1  # INTR
RUNNING = 1 << 31  # STATUS
CTRL_PRESCALER, CTRL_UP_DOWN, CTRL_ONE_SHOT, CTRL_MODE = 0x700, 3 << 16, 1 << 18, 7 << 24
MODE_CAPTURE = 2 << 24
COUNT_ALWAYS, COUNT_SELECT = 0x10, 0xF0  # TR_CTRL0.COUNT_SEL 1: each clock counts


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`first_clock`: the number of counter 0's peripheral clock, the others follow. `bits` of a counter."""

    counters: int
    first_clock: int
    bits: int = 32


class Counter:
    """One counter, from the clock named `clock`. Drives its interrupt by `drive`."""

    def __init__(
        self, system: System, clock: str, bits: int, drive: Callable[[bool], None], note: Callable[..., None]
    ) -> None:
        self._system, self._clock, self._drive, self._note = system, clock, drive, note
        self._top = (1 << bits) - 1
        self.words = {
            word_offset: value & self._top if word_offset in (CC, PERIOD) else value
            for word_offset, value in RESET.items()
        }
        self.enabled = self.running = False
        self.requests = 0
        self._count = 0
        self._phase = Fraction(0)  # clocks since the count last changed
        self._at_cycle = system.cycles
        self._handle: int | None = None

    def read(self, word_offset: int) -> int:
        self.catch_up()
        if word_offset == STATUS:
            return RUNNING if self.running else 0
        if word_offset == COUNTER:
            self._system.timer_read()
            return self._count
        if word_offset == INTR:
            return self.requests
        if word_offset == INTR_MASKED:
            return self.requests & self.words[INTR_MASK]
        return self.words.get(word_offset, 0)

    def write(self, word_offset: int, offset: int, size: int, value: int) -> None:
        self.catch_up()
        if word_offset == COUNTER:
            self._count, self._phase = write_lane(self._count, offset, size, value) & self._top, Fraction(0)
        elif word_offset == INTR:
            self.requests &= ~write_lane(0, offset, size, value)
        elif word_offset == INTR_SET:
            self.requests |= write_lane(0, offset, size, value)
        elif word_offset in self.words:
            written = write_lane(self.words[word_offset], offset, size, value)
            self.words[word_offset] = (
                written & self._top if word_offset in (CC, PERIOD, CC_BUFF, PERIOD_BUFF) else written
            )
        else:
            self._note(
                NoteKind.UNKNOWN_REGISTER, f"unknown or read-only register 0x{word_offset:02x} of a counter written"
            )
        self.update()

    def enable(self, on: bool) -> None:
        self.catch_up()
        self.enabled = on
        if on:
            self._note_unmodelled()
        else:
            self.running = False
        self.update()

    def command(self, word_offset: int) -> None:
        """A software trigger. A reload starts the counter, too."""
        self.catch_up()
        if not self.enabled:
            return
        if word_offset == CMD_CAPTURE:
            self.words[CC], self.words[CC_BUFF] = self._count, self.words[CC]
            self.requests |= COMPARE
        elif word_offset == CMD_STOP:
            self.running = False
        else:
            if word_offset == CMD_RELOAD:
                self._count, self._phase = 0, Fraction(0)
            self.running = True
        self.update()

    def _note_unmodelled(self) -> None:
        control = self.words[CNT_CTRL]
        if (
            control & CTRL_UP_DOWN
            or control & CTRL_MODE not in (0, MODE_CAPTURE)
            or self.words[TR_CTRL0] & COUNT_SELECT != COUNT_ALWAYS
        ):
            self._note(NoteKind.UNMODELLED, "only timers that count their clock upwards are modelled")

    def _cycles_per_count(self) -> Fraction | None:
        """Core cycles in one count; None while the clock stands still."""
        clocks = self._system.clock_hz
        input_hz, core_hz = clocks.get(self._clock, 0.0), clocks.get("core", 0.0)
        if input_hz <= 0 or core_hz <= 0:
            return None
        return Fraction(core_hz) / Fraction(input_hz) * (1 << ((self.words[CNT_CTRL] & CTRL_PRESCALER) >> 8))

    def _limit(self) -> int:
        """The count after which the counter starts anew. Set beyond the period, it runs to its top first."""
        return self.words[PERIOD] if self._count <= self.words[PERIOD] else self._top

    def catch_up(self) -> None:
        """Bring count and requests to the present cycle."""
        now = self._system.cycles
        elapsed, self._at_cycle = now - self._at_cycle, now
        cycles_per_count = self._cycles_per_count()
        if elapsed <= 0 or not self.running or cycles_per_count is None:
            return
        ticks = self._phase + elapsed / cycles_per_count
        counts = floor(ticks)
        self._phase = ticks - counts
        while counts > 0 and self.running:
            to_wrap = self._limit() - self._count + 1
            step = min(counts, to_wrap)
            if self._count < self.words[CC] <= min(self._count + step, self._limit()):
                self.requests |= COMPARE
            counts -= step
            self._count += step
            if step == to_wrap:
                self._count = 0
                self.requests |= TERMINAL
                self.running = not self.words[CNT_CTRL] & CTRL_ONE_SHOT
                period = self.words[PERIOD] + 1
                if counts >= 2 * period:  # whole periods that change nothing but what the next one does, too
                    counts -= counts // period * period - period

    def steady_until(self, word_offset: int) -> int:
        """See `simtiny.machine.system.Peripheral`."""
        self.catch_up()
        cycles_per_count = self._cycles_per_count()
        if not self.running or cycles_per_count is None:
            return ALWAYS
        if word_offset == COUNTER:
            return 0
        counts = self._limit() - self._count + 1
        if self._count < self.words[CC] <= self._limit():
            counts = min(counts, self.words[CC] - self._count)
        return self._at_cycle + ceil((counts - self._phase) * cycles_per_count)

    def update(self) -> None:
        """Drive the interrupt and schedule the next instant at which it can rise."""
        self._drive(bool(self.requests & self.words[INTR_MASK]))
        if self._handle is not None:
            self._system.cancel(self._handle)
            self._handle = None
        waiting = self.words[INTR_MASK] & ~self.requests
        cycles_per_count = self._cycles_per_count()
        if not self.running or not waiting or cycles_per_count is None:
            return
        counts = self._limit() - self._count + 1
        if waiting & COMPARE and self._count < self.words[CC] <= self._limit():
            counts = min(counts, self.words[CC] - self._count)
        self._handle = self._system.schedule(
            self._at_cycle + ceil((counts - self._phase) * cycles_per_count), self.fire
        )

    def fire(self) -> None:
        self._handle = None
        self.catch_up()
        self.update()

    def before_clock_change(self) -> None:
        """Bank the count at the old rate, and look again at the next event boundary, when the new one is in force."""
        self.catch_up()
        if self._handle is not None:
            self._system.cancel(self._handle)
            self._handle = self._system.schedule(self._at_cycle, self.fire)


class Tcpwm(Block[Parameters]):
    """Kind "psoc6-tcpwm". `irq` lists one interrupt for each counter."""

    takes = Parameters
    timeless = False

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        given = self._given
        self._levels: dict[int, bool] = {}
        self._counters = [
            Counter(system, f"pclk{given.first_clock + n}", given.bits, self._driver(n), self._note)
            for n in range(given.counters)
        ]
        for counter in self._counters:
            system.on_clock_change(counter.before_clock_change)

    def _driver(self, number: int) -> Callable[[bool], None]:
        def drive(level: bool) -> None:
            if number < len(self._irq) and self._levels.get(number, False) != level:
                self._levels[number] = level
                self._system.set_irq(self._irq[number], level, f"{self._name}.{number}")

        return drive

    def _at(self, word_offset: int) -> Counter | None:
        number = (word_offset - COUNTERS) // COUNTER_BYTES
        return self._counters[number] if 0 <= number < len(self._counters) else None

    def _enabled(self) -> int:
        return sum(1 << n for n, counter in enumerate(self._counters) if counter.enabled)

    def steady_until(self, offset: int) -> int:
        """See `simtiny.machine.system.Peripheral`."""
        word_offset = split(offset)[0]
        counter = self._at(word_offset)
        if counter is not None:
            return counter.steady_until((word_offset - COUNTERS) % COUNTER_BYTES)
        return min((each.steady_until(INTR) for each in self._counters), default=ALWAYS)

    def read(self, offset: int, size: int) -> int:
        word_offset = split(offset)[0]
        counter = self._at(word_offset)
        if counter is not None:
            return read_lane(counter.read((word_offset - COUNTERS) % COUNTER_BYTES), offset, size)
        if word_offset == INTR_CAUSE:
            cause = sum(1 << n for n, counter in enumerate(self._counters) if counter.read(INTR_MASKED))
            return read_lane(cause, offset, size)
        return read_lane(self._enabled() if word_offset in (CTRL, CTRL_CLR, CTRL_SET) else 0, offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        counter = self._at(word_offset)
        if counter is not None:
            counter.write((word_offset - COUNTERS) % COUNTER_BYTES, offset, size, value)
            return
        word = write_lane(0, offset, size, value)
        if word_offset in (CTRL, CTRL_CLR, CTRL_SET):
            before = self._enabled()
            after = {CTRL: word, CTRL_CLR: before & ~word, CTRL_SET: before | word}[word_offset]
            for number, each in enumerate(self._counters):
                if (before ^ after) >> number & 1:
                    each.enable(bool(after >> number & 1))
        elif word_offset in (CMD_CAPTURE, CMD_RELOAD, CMD_STOP, CMD_START):
            for number, each in enumerate(self._counters):
                if word >> number & 1:
                    each.command(word_offset)
        else:
            self._note_unknown(word_offset)
