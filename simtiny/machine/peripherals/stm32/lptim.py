"""STM32 low-power timer: counts its kernel clock, prescaled, up to ARR; flags of reload and compare, interrupts.

Reference manuals, chapter LPTIM, from memory [unchecked]; bits: CMSIS, LPTIM_*. Two generations: CMP and IER, and CCR1,
CCR2 and DIER (U5, U3), with the same bits for what is modelled.
"""

from math import floor
from typing import Literal

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import RegisterBlock
from simtiny.machine.peripherals.registers import Register, Table
from simtiny.machine.peripherals.stm32.kernel import ahb_hz, running_hz
from simtiny.machine.peripherals.ticks import Ticks
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import ALWAYS, System
from simtiny.notes import NoteKind

ISR, ICR, IER, CFGR, CR, CMP, ARR, CNT = range(0x00, 0x20, 4)
CMPM, ARRM, CMPOK, ARROK, REPOK, CC2IF, CMP2OK, DIEROK = (
    1 << 0, 1 << 1, 1 << 3, 1 << 4, 1 << 8, 1 << 9, 1 << 19, 1 << 24,
)  # fmt: skip
ENABLE, SNGSTRT, CNTSTRT, COUNTRST, RSTARE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4
CKSEL, TRIGEN, TIMOUT, COUNTMODE, ENC = 1 << 0, 3 << 17, 1 << 19, 1 << 23, 1 << 24  # of CFGR
REGISTERS = {
    "ISR": Register(ISR, writable=0),
    "ICR": Register(ICR, clears="ISR"),
    "IER": Register(IER),
    "CFGR": Register(CFGR),
    "CR": Register(CR, pulse=COUNTRST),
    "CMP": Register(CMP, writable=0xFFFF),
    "ARR": Register(ARR, reset=1, writable=0xFFFF),
    "CNT": Register(CNT, writable=0),
    "OR": Register(0x20),
    "CFGR2": Register(0x24),
}
NEWER = {"RCR": Register(0x28, writable=0xFF), "CCMR1": Register(0x2C), "CCR2": Register(0x34, writable=0xFFFF)}
TAKEN = {"ARR": ARROK, "CMP": CMPOK, "CCR2": CMP2OK, "RCR": REPOK}
"""By register, the flag that says that a new value is in force."""


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clock`: the kernel clock. `generation`: "cmp" or "ccr"."""

    clock: str
    generation: Literal["cmp", "ccr"] = "cmp"


class LpTimer(RegisterBlock[Parameters]):
    """Kind "stm32-lptim". `irq`: its one interrupt. A new value is in force at once."""

    takes = Parameters
    timeless = False

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._ticks = Ticks(system, self._given.clock, lambda: ahb_hz(system))
        self._mode = 0  # SNGSTRT or CNTSTRT while it counts
        self._looked_at = 0  # counts since the start, for flags up to there are set

    @classmethod
    def table_of(cls, given: Parameters) -> Table:
        return Table(REGISTERS | (NEWER if given.generation == "ccr" else {}))

    def read(self, offset: int, size: int) -> int:
        self._catch_up()
        if split(offset)[0] == CNT:
            self._system.timer_read()
            return read_lane(self._count(), offset, size)
        return super().read(offset, size)

    def steady_until(self, offset: int) -> int:
        """See `simtiny.machine.system.Peripheral`."""
        self._catch_up()
        if not self._mode or self._file["CFGR"] & CKSEL:
            return ALWAYS
        now, period = self._counts(), self._period()
        ahead = [1] if split(offset)[0] == CNT else [(count - now - 1) % period + 1 for count, _ in self._matches()]
        return self._ticks.cycle_of((now + min(ahead)) * self._prescale())

    def write(self, offset: int, size: int, value: int) -> None:
        self._catch_up()
        word_offset, was_enabled = split(offset)[0], self._file["CR"] & ENABLE
        counts, name = self._counts(), self._file.name(offset)
        super().write(offset, size, value)
        if word_offset == CR:
            self._control(write_lane(0, offset, size, value), bool(was_enabled))
        elif name in TAKEN:
            if name == "ARR" and self._mode:
                self._restart(counts % self._period())
            self._raise(TAKEN[name])
        elif name == "IER" and self._given.generation == "ccr":
            self._raise(DIEROK)
        elif word_offset == CFGR and self._file["CFGR"] & (CKSEL | TRIGEN | TIMOUT | COUNTMODE | ENC):
            self._note(NoteKind.UNMODELLED, "external clocks, triggers and encoders are not modelled")
        self._drive()

    def _control(self, written: int, was_enabled: bool) -> None:
        if not self._file["CR"] & ENABLE:
            self._mode = 0
            self._file["CR"] &= ~(SNGSTRT | CNTSTRT)
            self._ticks.restart()
        elif was_enabled and written & (SNGSTRT | CNTSTRT):  # a start needs a timer that is enabled already
            running_hz(self._system, self._name, self._given.clock)  # for the note
            self._mode = CNTSTRT if written & CNTSTRT else SNGSTRT
            self._restart(0 if not self._counts() else self._count())
        elif written & COUNTRST:
            self._restart(0)
        self._file["CR"] &= ~(SNGSTRT | CNTSTRT)

    def _period(self) -> int:
        return self._file["ARR"] + 1

    def _prescale(self) -> int:
        return 1 << (self._file["CFGR"] >> 9 & 7)

    def _counts(self) -> int:
        """Counts since the start."""
        if not self._mode or self._file["CFGR"] & CKSEL:
            return 0
        return floor(self._ticks.passed()) // self._prescale()

    def _count(self) -> int:
        return self._counts() % self._period() if self._mode else 0

    def _restart(self, count: int) -> None:
        self._ticks.restart(count * self._prescale())
        self._looked_at = count

    def _matches(self) -> list[tuple[int, int]]:
        """Count and flag of what is met in a period."""
        found = [(self._file["ARR"], ARRM), (self._file["CMP"], CMPM)]
        return found + ([(self._file["CCR2"], CC2IF)] if self._given.generation == "ccr" else [])

    def _catch_up(self) -> None:
        """Raise the flags of what was met since the last look."""
        now, since, period = self._counts(), self._looked_at, self._period()
        if now <= since:
            return
        self._looked_at = now
        for count, flag in self._matches():
            if count < period and (now - count) // period > (since - count) // period:
                self._file["ISR"] |= flag
        if self._mode == SNGSTRT and now >= self._file["ARR"] + 1:
            self._mode = 0
            self._ticks.restart()

    def _raise(self, flag: int) -> None:
        self._file["ISR"] |= flag
        self._drive()

    def _drive(self) -> None:
        for line in self._irq[:1]:
            self._system.set_irq(line, bool(self._file["ISR"] & self._file["IER"]), self._name)
        now, period = self._looked_at, self._period()
        waiting = [
            now + (count - now - 1) % period + 1
            for count, flag in self._matches()
            if self._mode and self._file["IER"] & flag and not self._file["ISR"] & flag and count < period
        ]
        if not waiting or self._file["CFGR"] & CKSEL:
            self._ticks.alarm(None)
        else:
            self._ticks.alarm(min(waiting) * self._prescale(), self._due)

    def _due(self) -> None:
        self._catch_up()
        self._drive()
