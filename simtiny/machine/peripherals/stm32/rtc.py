"""STM32 real-time clock: calendar, alarms, wake-up timer, backup registers. At power-on it is 2000-01-01, 0:00.

RM0432, RM0385 and RM0456, chapters RTC, from memory [unchecked]; offsets and bits: CMSIS, RTC_*. Two generations: with
ISR (L4, F7) and with ICSR, SR and SCR (G0, H7A3, U5, U3). The calendar counts the clock "rtc" that the RCC selects;
without one it goes on at the nominal frequency of what is selected, else of LSE, and says so. Not modelled: time
stamps, tamper detection, calibration and shifts.
"""

from dataclasses import dataclass
from math import floor
from typing import Literal, Self

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import NoParameters, RegisterBlock
from simtiny.machine.peripherals.registers import Register, Table, follows
from simtiny.machine.peripherals.stm32.calendar import TWELVE_HOURS, Moment, alarm_matches, moment, registers
from simtiny.machine.peripherals.stm32.rcc import BACKUP_RESET, LSE_HZ
from simtiny.machine.peripherals.ticks import Ticks
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import ALWAYS, ResetCause, System
from simtiny.notes import NoteKind

TR, DR = 0x00, 0x04
# Of ISR and ICSR
ALRAWF, ALRBWF, WUTWF, INITS, RSF, INITF, INIT = 1 << 0, 1 << 1, 1 << 2, 1 << 4, 1 << 5, 1 << 6, 1 << 7
# Of CR
BYPSHAD, ALRAE, ALRBE, WUTE, ALRAIE, ALRBIE, WUTIE = 1 << 5, 1 << 8, 1 << 9, 1 << 10, 1 << 12, 1 << 13, 1 << 14
ADD1H, SUB1H = 1 << 16, 1 << 17
KEYS = (0xCA, 0x53)
SYNCHRONISATION_TICKS = 2
"""Of the RTC's clock, until the calendar can be set, and until its shadow is as it is."""


@dataclass(frozen=True)
class Generation:
    """`state`: ISR or ICSR. `flags`: the register of the flags, `low` the first: alarm A, alarm B, wake-up."""

    table: Table
    state: str
    flags: str
    low: int


def _backup(first: int, count: int) -> dict[str, Register]:
    return {f"BKP{number}R": Register(first + 4 * number) for number in range(count)}


_COMMON = {
    "TR": Register(TR, writable=0x7F_7F7F),
    "DR": Register(DR, reset=0x2101, writable=0xFF_FF3F),
    "PRER": Register(0x10, reset=0x007F_00FF, writable=0x7F_7FFF),
    "WUTR": Register(0x14, reset=0xFFFF),
    "WPR": Register(0x24, writable=0),
    "SHIFTR": Register(0x2C, writable=0),
    "TSTR": Register(0x30, writable=0),
    "TSDR": Register(0x34, writable=0),
    "TSSSR": Register(0x38, writable=0),
}
# The flags that follow and are always set are those of a calendar that needs no time, as Renode has it.
_READY = 0x27
GENERATIONS = {
    "isr": Generation(
        Table(
            _COMMON
            | {
                "CR": Register(0x08),
                "ISR": Register(0x0C, always=_READY, clear=0x1_FF00),
                "ALRMAR": Register(0x1C),
                "ALRMBR": Register(0x20),
                "SSR": Register(0x28, writable=0),
                "CALR": Register(0x3C),
                "TAMPCR": Register(0x40),
                "ALRMASSR": Register(0x44),
                "ALRMBSSR": Register(0x48),
                "OR": Register(0x4C),
                **_backup(0x50, 32),
            },
            follows("ISR[7] -> ISR[6]"),
        ),
        "ISR",
        "ISR",
        8,
    ),
    "icsr": Generation(
        Table(
            _COMMON
            | {
                "SSR": Register(0x08, writable=0),
                "ICSR": Register(0x0C, always=_READY),
                "CR": Register(0x18),
                "PRIVCFGR": Register(0x1C),
                "SECCFGR": Register(0x20),
                "CALR": Register(0x28),
                "ALRMAR": Register(0x40),
                "ALRMASSR": Register(0x44),
                "ALRMBR": Register(0x48),
                "ALRMBSSR": Register(0x4C),
                "SR": Register(0x50, writable=0),
                "MISR": Register(0x54, writable=0),
                "SMISR": Register(0x58, writable=0),
                "SCR": Register(0x5C, clears="SR"),
                "OR": Register(0x60),
                "ALRABINR": Register(0x70),
                "ALRBBINR": Register(0x74),
            },
            follows("ICSR[7] -> ICSR[6]"),
        ),
        "ICSR",
        "SR",
        0,
    ),
}
_UNPROTECTED = {"WPR", "TAMPCR", "OR", "SCR", "PRIVCFGR", "SECCFGR"}


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`generation`: as of `GENERATIONS`. `through_exti`: its interrupts go there, by wires; else they are `irq`."""

    generation: Literal["isr", "icsr"]
    through_exti: bool = False


class Rtc(RegisterBlock[Parameters]):
    """Kind "stm32-rtc". Gives the wires `<name>.alarm` and `<name>.wakeup`."""

    takes = Parameters

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._as = GENERATIONS[self._given.generation]
        self._key = 0  # how many of the two are written
        self._start()

    @classmethod
    def table_of(cls, given: Parameters) -> Table:
        return GENERATIONS[given.generation].table

    @property
    def timeless(self) -> bool:
        return False

    def _start(self) -> None:
        """As after a reset of the backup domain."""
        self._ticks, self._wakeups = self._new_ticks(), self._new_ticks()
        self._state = self._new_ticks()  # since INIT was set, or RSF cleared
        now = moment(self._file["TR"], self._file["DR"], twelve_hours=False)
        assert now is not None
        self._base: Moment = now
        self._shown, self._shown_until, self._shown_in = (0, 0), 0, -1  # TR and DR, until which cycle, of which epoch
        self._locked: dict[int, int] = {}  # what TR and DR read until DR is read
        self._levels: dict[str, bool] = {}

    def _new_ticks(self) -> Ticks:
        return Ticks(self._system, "rtc", lambda: self._system.clock_hz.get("rtc_nominal", LSE_HZ))

    def _note_clock(self) -> None:
        """Something waits for the clock, which may be off."""
        if self._ticks.is_off:
            what = "it has no clock (RTCSEL and RTCEN of BDCR, or the oscillator): on the chip calendar and wake-up"
            self._note(NoteKind.FIRMWARE, f"{what} timer stand still; here they run as if it were on")

    def take_over(self, before: Self, cause: ResetCause) -> None:
        """A reset does not touch the calendar, nor the registers; its write protection is on again."""
        self._file.words |= before._file.words
        self._base, self._shown_until = before._base, 0
        self._ticks.restart(before._ticks.passed())
        self._wakeups.restart(before._wakeups.passed())
        self._state.restart(SYNCHRONISATION_TICKS)
        self._schedule()
        self._drive()

    def hear(self, wire: str, level: bool) -> None:
        if wire == BACKUP_RESET and level:
            self._file.words |= {register.offset: register.reset for register in self._as.table.registers.values()}
            for ticks in (self._ticks, self._wakeups, self._state):
                ticks.alarm(None)
            self._start()
            self._drive()

    # --- the calendar -------------------------------------------------------------------------------------------

    def _prescalers(self) -> tuple[int, int]:
        prescalers = self._file["PRER"]
        return (prescalers >> 16 & 0x7F) + 1, (prescalers & 0x7FFF) + 1

    def _seconds(self) -> int:
        asynchronous, synchronous = self._prescalers()
        return floor(self._ticks.passed()) // (asynchronous * synchronous)

    def _now(self) -> tuple[int, int]:
        """TR and DR."""
        if self._file[self._as.state] & INIT:
            return self._file["TR"], self._file["DR"]
        if self._system.cycles >= self._shown_until or self._shown_in != self._ticks.epoch:
            now = self._base.later(self._seconds())
            self._shown = registers(now, bool(self._file["CR"] & TWELVE_HOURS))
            self._shown_until, self._shown_in = self._next_second(), self._ticks.epoch
        return self._shown

    def _next_second(self) -> int:
        """Its cycle."""
        asynchronous, synchronous = self._prescalers()
        return self._ticks.cycle_of((self._seconds() + 1) * asynchronous * synchronous)

    def steady_until(self, offset: int) -> int:
        """See `simtiny.machine.system.Peripheral`."""
        name, in_init = self._file.name(offset), self._file[self._as.state] & INIT
        if name == self._as.state:
            settled = self._state.cycle_of(SYNCHRONISATION_TICKS)
            return settled if settled > self._system.cycles else ALWAYS
        if name == "SSR":
            asynchronous, _ = self._prescalers()
            return self._ticks.cycle_of((floor(self._ticks.passed()) // asynchronous + 1) * asynchronous)
        return self._next_second() if name in ("TR", "DR") and not in_init else ALWAYS

    def _subseconds(self) -> int:
        asynchronous, synchronous = self._prescalers()
        return synchronous - 1 - floor(self._ticks.passed()) // asynchronous % synchronous

    def _set(self) -> None:
        """What TR and DR hold is now, and a second begins."""
        now = moment(self._file["TR"], self._file["DR"], bool(self._file["CR"] & TWELVE_HOURS))
        if now is None:
            self._note(NoteKind.FIRMWARE, "TR and DR hold no date or time: the calendar stays as it was")
        else:
            self._base = now
        self._ticks.restart()

    # --- registers ----------------------------------------------------------------------------------------------

    def read(self, offset: int, size: int) -> int:
        word_offset = split(offset)[0]
        name = self._file.name(offset)
        if name == self._as.state:
            return read_lane(self._status(), offset, size)
        if name in ("TR", "DR", "SSR"):
            return read_lane(self._read_calendar(name, word_offset), offset, size)
        if name == "MISR":
            return read_lane(self._pending(), offset, size)
        if name == "WPR":
            return 0
        return super().read(offset, size)

    def _read_calendar(self, name: str, offset: int) -> int:
        """A register, and what a read of it locks: those above it, until DR is read (RM0432, 46.3.8)."""
        time, date = self._now()
        self._note_clock()
        if not self._file["CR"] & BYPSHAD:
            if name == "SSR":
                self._locked.setdefault(TR, time)
            if name != "DR":
                self._locked.setdefault(DR, date)
        value = {"TR": time, "DR": date, "SSR": self._subseconds()}[name]
        if name == "SSR":
            return value
        read = self._locked.get(offset, value)
        if name == "DR":
            self._locked.clear()
        elif TR in self._locked:
            return self._locked[TR]
        return read

    def _status(self) -> int:
        control = self._file["CR"]
        state = self._file[self._as.state] & ~(_READY | INITS | INITF)
        is_settled = self._state.passed() >= SYNCHRONISATION_TICKS
        if state & INIT:
            state |= INITF if is_settled else 0
        elif is_settled:
            state |= RSF
        year = self._now()[1] >> 16 & 0xFF
        state |= INITS if year else 0
        state |= 0 if control & ALRAE else ALRAWF
        state |= 0 if control & ALRBE else ALRBWF
        return state | (0 if control & WUTE else WUTWF)

    def write(self, offset: int, size: int, value: int) -> None:
        name = self._file.name(offset)
        if name == "WPR":
            self._take_key(value & 0xFF)
        elif name == self._as.state:
            self._write_state(offset, size, value)
        elif name in ("TR", "DR", "PRER"):
            if self._key == len(KEYS) and self._status() & INITF:
                super().write(offset, size, value)
        elif self._key == len(KEYS) or name in _UNPROTECTED or name.startswith("BKP"):
            super().write(offset, size, value)
            if name in ("SHIFTR", "CALR") and value:
                self._note(NoteKind.UNMODELLED, f"{name}: calibration and shifts have no effect")
            if name in ("ALRMASSR", "ALRMBSSR") and value >> 24 & 0x3F:  # MASKSS
                self._note(NoteKind.UNMODELLED, "alarms of parts of a second come with the whole second")
            if name == "CR":
                self._write_control(write_lane(0, offset, size, value))
        self._shown_until = 0
        self._schedule()
        self._drive()

    def _take_key(self, key: int) -> None:
        self._key = self._key + 1 if self._key < len(KEYS) and key == KEYS[self._key] else int(key == KEYS[0])

    def _write_state(self, offset: int, size: int, value: int) -> None:
        """Flags are cleared by 0, without a key; so is RSF. INIT needs the keys."""
        written, touched = write_lane(0, offset, size, value), write_lane(0, offset, size, 0xFFFF_FFFF)
        before = self._file[self._as.state]
        now = before
        if self._as.flags == self._as.state:
            now &= ~(touched & ~written & 0x1_FF00)
        is_open = self._key == len(KEYS)
        if is_open and touched & INIT:
            now = now & ~INIT | written & INIT
        restarts = touched & RSF and not written & RSF and (is_open or self._as.flags == self._as.state)
        if now & ~before & INIT:
            self._file["TR"], self._file["DR"] = self._now()
        if now & INIT != before & INIT or restarts:
            self._state.restart()
        self._file[self._as.state] = now
        if before & ~now & INIT:
            self._set()

    def _write_control(self, written: int) -> None:
        control = self._file["CR"]
        if written & (ADD1H | SUB1H):
            self._base = self._base.later(3600 if written & ADD1H else -3600)
            control = self._file["CR"] = control & ~(ADD1H | SUB1H)
        if not control & WUTE:
            self._wakeups.restart()

    # --- alarms and wake-up ---------------------------------------------------------------------------------------

    def _wakeup_ticks(self) -> int:
        """From one wake-up to the next, in ticks of the RTC's clock (WUCKSEL)."""
        select, reload = self._file["CR"] & 7, self._file["WUTR"] & 0xFFFF
        if select < 4:
            return (reload + 1) * (16 >> select)
        asynchronous, synchronous = self._prescalers()
        return (reload + 1 + (0x1_0000 if select >= 6 else 0)) * asynchronous * synchronous

    def _schedule(self) -> None:
        """See to it that the next alarm, and the next wake-up, are met."""
        control, in_init = self._file["CR"], self._file[self._as.state] & INIT
        if control & (ALRAE | ALRBE | WUTE) or in_init:
            self._note_clock()
        if control & (ALRAE | ALRBE) and not in_init:
            asynchronous, synchronous = self._prescalers()
            self._ticks.alarm((self._seconds() + 1) * asynchronous * synchronous, self._second)
        else:
            self._ticks.alarm(None)
        if control & WUTE:
            period = self._wakeup_ticks()
            self._wakeups.alarm((floor(self._wakeups.passed()) // period + 1) * period, self._wakeup)
        else:
            self._wakeups.alarm(None)

    def _second(self) -> None:
        time, date = self._now()
        for enable, alarm, place in ((ALRAE, "ALRMAR", 0), (ALRBE, "ALRMBR", 1)):
            if self._file["CR"] & enable and alarm_matches(self._file[alarm], time, date):
                self._file[self._as.flags] |= 1 << self._as.low + place
        self._schedule()
        self._drive()

    def _wakeup(self) -> None:
        self._file[self._as.flags] |= 1 << self._as.low + 2
        self._schedule()
        self._drive()

    def _pending(self) -> int:
        """Flags whose interrupts are enabled: alarm A, alarm B, wake-up. As MISR has them."""
        enabled = self._file["CR"] >> 12 & 7  # ALRAIE, ALRBIE, WUTIE
        return self._file[self._as.flags] >> self._as.low & enabled

    def _drive(self) -> None:
        pending = self._pending()
        for wire, level in ((f"{self._name}.alarm", bool(pending & 3)), (f"{self._name}.wakeup", bool(pending & 4))):
            if self._levels.get(wire, False) != level:
                self._levels[wire] = level
                self._system.tell(wire, level)
        if not self._given.through_exti:
            for line in self._irq[:1]:
                self._system.set_irq(line, bool(pending), self._name)


class Tamp(RegisterBlock[NoParameters]):
    """Kind "stm32-tamp": the backup registers of those with ICSR. What it detects is not modelled."""

    takes = NoParameters
    table = Table(
        {
            "CR1": Register(0x00),
            "CR2": Register(0x04),
            "CR3": Register(0x08),
            "FLTCR": Register(0x0C),
            "ATCR1": Register(0x10),
            "IER": Register(0x2C),
            "SR": Register(0x30, writable=0),
            "MISR": Register(0x34, writable=0),
            "SCR": Register(0x3C, clears="SR"),
            **_backup(0x100, 32),
        }
    )

    def take_over(self, before: Self, cause: ResetCause) -> None:
        """A reset does not touch it."""
        self._file.words |= before._file.words

    def hear(self, wire: str, level: bool) -> None:
        if wire == BACKUP_RESET and level:
            self._file.words |= dict.fromkeys(self._file.words, 0)
