"""STM32 watchdogs: the independent one (IWDG), which LSI drives, and the window one (WWDG) on the bus clock.

Reference manuals, chapters IWDG and WWDG, from memory [unchecked]; bits: CMSIS, IWDG_* and WWDG_*.
"""

from math import floor
from typing import Literal

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import RegisterBlock
from simtiny.machine.peripherals.registers import Register, Table
from simtiny.machine.peripherals.ticks import Ticks
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import ALWAYS, ResetCause, System

KR, PR, RLR, IWDG_SR, WINR, EWCR = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14
START, UNLOCK, RELOAD = 0xCCCC, 0x5555, 0xAAAA
UPDATING = {PR: 1 << 0, RLR: 1 << 1, WINR: 1 << 2, EWCR: 1 << 3}  # PVU, RVU, WVU, EWU
UPDATE_TICKS = 5
"""Cycles of LSI until a new value is in force."""
EWIF, EWIC, EWIE = 1 << 14, 1 << 14, 1 << 15


class IwdgParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`early_warning`: it has EWCR and larger prescalers (U5, U3)."""

    early_warning: bool = False


class Iwdg(RegisterBlock[IwdgParameters]):
    """Kind "stm32-iwdg". `irq`: the early wake-up interrupt, where there is one."""

    takes = IwdgParameters
    timeless = False
    table = Table(
        {
            "KR": Register(KR, writable=0),
            "PR": Register(PR, writable=0xF),
            "RLR": Register(RLR, reset=0xFFF, writable=0xFFF),
            "SR": Register(IWDG_SR, writable=0),
            "WINR": Register(WINR, reset=0xFFF, writable=0xFFF),
            "EWCR": Register(EWCR, writable=0x8FFF),
        }
    )

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._counted, self._updates = Ticks(system, "iwdg"), Ticks(system, "iwdg")
        self._runs = self._open = self._warned = False
        self._updating = 0

    def read(self, offset: int, size: int) -> int:
        if split(offset)[0] == IWDG_SR:
            if self._updates.passed() >= UPDATE_TICKS:
                self._updating = 0
            return read_lane(self._updating | (EWIF if self._warned else 0), offset, size)
        return super().read(offset, size)

    def steady_until(self, offset: int) -> int:
        """See `simtiny.machine.system.Peripheral`."""
        return self._updates.cycle_of(UPDATE_TICKS) if split(offset)[0] == IWDG_SR and self._updating else ALWAYS

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        if word_offset == KR:
            self._take_key(value & 0xFFFF)
        elif word_offset in UPDATING:
            if word_offset == EWCR and write_lane(0, offset, size, value) & EWIC:
                self._warned = False
                self._drive()
            if not self._open:
                return
            super().write(offset, size, value)
            self._updating |= UPDATING[word_offset]
            self._updates.restart()
            if word_offset == WINR and self._runs:
                self._reload()  # whatever the window
            elif self._runs:
                self._go_on(floor(self._counted.passed()))
        else:
            super().write(offset, size, value)

    def _take_key(self, key: int) -> None:
        self._open = key == UNLOCK
        if key == START and not self._runs:
            self._runs = True
            self._reload()
        elif key == RELOAD and self._runs:
            if self._counter() > self._file["WINR"]:
                self._system.request_reset(ResetCause.INDEPENDENT_WATCHDOG)
            self._reload()

    def _divider(self) -> int:
        most = 8 if self._given.early_warning else 6
        return 4 << min(self._file["PR"], most)

    def _counter(self) -> int:
        return self._file["RLR"] - floor(self._counted.passed()) // self._divider()

    def _reload(self) -> None:
        self._go_on(0)

    def _go_on(self, ticks: int) -> None:
        self._counted.restart(ticks)
        early = self._file["EWCR"]
        warns_at = (self._file["RLR"] - (early & 0xFFF)) * self._divider()
        if self._given.early_warning and early & EWIE and not self._warned and ticks < warns_at:
            self._counted.alarm(warns_at, self._warn)
        else:
            self._counted.alarm((self._file["RLR"] + 1) * self._divider(), self._bite)

    def _warn(self) -> None:
        self._warned = True
        self._drive()
        self._counted.alarm((self._file["RLR"] + 1) * self._divider(), self._bite)

    def _drive(self) -> None:
        for line in self._irq[:1]:
            self._system.set_irq(line, self._warned, self._name)

    def _bite(self) -> None:
        self._system.request_reset(ResetCause.INDEPENDENT_WATCHDOG)


CR, CFR, WWDG_SR = 0x00, 0x04, 0x08
WDGA, T, T6 = 1 << 7, 0x7F, 0x40
EWI, EWI_FLAG = 1 << 9, 1 << 0
PRESCALE = 4096


class WwdgParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clock`: of the bus it is on. `prescaler_low`: where WDGTB begins in CFR: 7, two bits wide, or 11, three."""

    clock: str
    prescaler_low: Literal[7, 11] = 11


class Wwdg(RegisterBlock[WwdgParameters]):
    """Kind "stm32-wwdg". `irq`: the early wake-up interrupt. Its prescaler starts anew with each write to CR."""

    takes = WwdgParameters
    timeless = False
    table = Table(
        {
            "CR": Register(CR, reset=0x7F, writable=0xFF),
            "CFR": Register(CFR, reset=0x7F),
            "SR": Register(WWDG_SR, writable=1),
        }
    )

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._ticks = Ticks(system, self._given.clock)
        self._warned = False

    def read(self, offset: int, size: int) -> int:
        word_offset = split(offset)[0]
        if word_offset == CR:
            return read_lane(self._file["CR"] & WDGA | self._counter(), offset, size)
        if word_offset == WWDG_SR:
            return read_lane(EWI_FLAG if self._warned else 0, offset, size)
        return super().read(offset, size)

    def steady_until(self, offset: int) -> int:
        """See `simtiny.machine.system.Peripheral`."""
        if split(offset)[0] != CR or not self._file["CR"] & WDGA:
            return ALWAYS
        divider = self._divider()
        return self._ticks.cycle_of((floor(self._ticks.passed()) // divider + 1) * divider)

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset, before, counter = split(offset)[0], self._file["CR"], self._counter()
        super().write(offset, size, value)
        if word_offset == CR:
            now = self._file["CR"] | before & WDGA  # only a reset clears it
            self._file["CR"] = now
            if now & WDGA:
                too_early = before & WDGA and counter > self._file["CFR"] & T
                if too_early or not now & T6:
                    self._system.request_reset(ResetCause.WINDOW_WATCHDOG)
            self._count_from(now & T)
        elif word_offset == WWDG_SR:
            self._warned = self._warned and bool(self._file["SR"] & EWI_FLAG)
            self._drive()
        elif word_offset == CFR:
            self._count_from(counter)

    def _divider(self) -> int:
        low = self._given.prescaler_low
        return PRESCALE << (self._file["CFR"] >> low & (3 if low == 7 else 7))

    def _counter(self) -> int:
        if not self._file["CR"] & WDGA:
            return self._file["CR"] & T
        return (self._file["CR"] & T) - floor(self._ticks.passed()) // self._divider() & T

    def _count_from(self, counter: int) -> None:
        self._file["CR"] = self._file["CR"] & ~T | counter
        self._ticks.restart()
        if not self._file["CR"] & WDGA:
            return
        to_warning = (counter - T6) * self._divider()
        if to_warning > 0:
            self._ticks.alarm(to_warning, self._warn)
        else:
            self._ticks.alarm((counter - T6 + 1) * self._divider(), self._bite)

    def _warn(self) -> None:
        self._warned = True
        self._drive()
        self._ticks.alarm(((self._file["CR"] & T) - T6 + 1) * self._divider(), self._bite)

    def _drive(self) -> None:
        for line in self._irq[:1]:
            self._system.set_irq(line, self._warned and bool(self._file["CFR"] & EWI), self._name)

    def _bite(self) -> None:
        self._system.request_reset(ResetCause.WINDOW_WATCHDOG)
