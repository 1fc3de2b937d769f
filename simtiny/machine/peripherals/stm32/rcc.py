"""What the reset and clock controllers of all STM32 families have in common: dividers, selectors, ready flags."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import RegisterBlock
from simtiny.machine.peripherals.registers import RegisterFile, Table
from simtiny.machine.system import ResetCause, System
from simtiny.notes import NoteKind

LSE_HZ = 32_768.0
LSI_HZ = 32_000.0  # nominal, of all families here [unchecked]; HAL of every family: LSI_VALUE
LSEON, BDRST, RTCEN = 1 << 0, 1 << 16, 1 << 15  # of BDCR, in all families
BACKUP_RESET = "RCC.backup_reset"
"""The wire that resets the backup domain: BDRST of BDCR."""
AHB_DIVIDER = (1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 8, 16, 64, 128, 256, 512)  # by HPRE
APB_DIVIDER = (1, 1, 1, 1, 2, 4, 8, 16)  # by PPRE


# The flags of L4, G0 and U5: SFTRSTF, IWDGRSTF, WWDGRSTF. A reset from within pulls the reset pin: PINRSTF, too.
_BY_CAUSE = {
    ResetCause.PIN: 1 << 26,
    ResetCause.SOFTWARE: 1 << 28 | 1 << 26,
    ResetCause.INDEPENDENT_WATCHDOG: 1 << 29 | 1 << 26,
    ResetCause.WINDOW_WATCHDOG: 1 << 30 | 1 << 26,
}


@dataclass(frozen=True)
class ResetFlags:
    """The register that says what caused the last reset: writing `remove`, RMVF, to it clears `flags`.

    `by_cause`: what a reset adds to those that are there. Those of power-on are the register's reset value.
    """

    register: str
    remove: int
    flags: int
    by_cause: Mapping[ResetCause, int] = field(default_factory=lambda: _BY_CAUSE)


@dataclass(frozen=True)
class KernelClock:
    """The clock of a serial port: the `bits`-wide field at `low` of a register picks one of `sources`, or none."""

    register: str
    low: int
    sources: tuple[str, ...]
    bits: int = 2


def bus_clocks(ahb_hz: float, prescalers: Mapping[str, int], timer_multiple: int = 2) -> dict[str, float]:
    """Of peripheral buses by the codes of their prescalers, and of the timers on each.

    Timers run at up to twice, or four times, their bus, never faster than `ahb_hz` (reference manuals, clock trees).
    """
    clocks = {}
    for bus, code in prescalers.items():
        divider = APB_DIVIDER[code]
        clocks[bus] = ahb_hz / divider
        clocks[f"{bus}_timer"] = ahb_hz * min(timer_multiple, divider) / divider
    return clocks


def kernel_clocks(
    file: RegisterFile, ports: Mapping[str, KernelClock], sources_hz: Mapping[str, float]
) -> dict[str, float]:
    """Of serial ports, as their selectors stand."""
    clocks = {}
    for name, port in ports.items():
        code = file[port.register] >> port.low & (1 << port.bits) - 1
        clocks[name] = sources_hz[port.sources[code]] if code < len(port.sources) else 0.0
    return clocks


def low_speed_clocks(file: RegisterFile, lsi_on: int, rtc_from_hse_hz: float = 0.0) -> dict[str, float]:
    """Hertz of "lse" and "rtc" as BDCR stands, "lsi", and "iwdg", which has LSI whatever `lsi_on`, LSION, says.

    "rtc_nominal": what RTCSEL selects were it on, LSE where it selects nothing.
    """
    control = file["BDCR"]
    lse, lsi = LSE_HZ if control & LSEON else 0.0, LSI_HZ if lsi_on else 0.0
    rtc = (0.0, lse, lsi, rtc_from_hse_hz)[control >> 8 & 3] if control & RTCEN else 0.0  # RTCSEL
    nominal = (LSE_HZ, LSE_HZ, LSI_HZ, rtc_from_hse_hz or LSE_HZ)[control >> 8 & 3]
    return {"lse": lse, "lsi": lsi, "rtc": rtc, "rtc_nominal": nominal, "iwdg": LSI_HZ}


class Oscillator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`hse_hz`: what the board feeds to the external oscillator pins; 0 if nothing (HSERDY then stays 0)."""

    hse_hz: float = 0.0


class ClockController(RegisterBlock[Oscillator]):
    """A register file whose every write may change the clocks. Each family says by `clocks` what follows from it."""

    takes = Oscillator
    reset_flags: ClassVar[ResetFlags] = ResetFlags("CSR", 1 << 23, 0xFF << 24)

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._hse_hz = self._given.hse_hz
        self._clocks: dict[str, float] = {}
        self._update_clocks()

    @classmethod
    def table_of(cls, given: Oscillator) -> Table:
        if given.hse_hz:
            return cls.table
        # Without an oscillator HSEON, bit 16 of CR in all families, is followed by no HSERDY.
        rules = tuple(rule for rule in cls.table.follows if (rule.source, rule.source_low) != ("CR", 16))
        return replace(cls.table, follows=rules)

    @abstractmethod
    def clocks(self) -> dict[str, float]:
        """Frequencies in hertz by name. All are 0 if the selected system clock is off."""

    def take_over(self, before: Self, cause: ResetCause) -> None:
        """The backup domain's clocks outlive a reset, and what caused the resets before it."""
        self._file["BDCR"] = before._file["BDCR"]
        flags = self.reset_flags
        kept = before._file[flags.register] & flags.flags
        if cause is not ResetCause.POWER_ON:
            self._file[flags.register] = self._file[flags.register] & ~flags.flags | kept | flags.by_cause.get(cause, 0)
        self._update_clocks()

    def write(self, offset: int, size: int, value: int) -> None:
        super().write(offset, size, value)
        if self._file["BDCR"] & BDRST and self._file.name(offset) == "BDCR":
            self._file["BDCR"] = BDRST
            self._system.tell(BACKUP_RESET, True)
        reset = self.reset_flags
        if self._file[reset.register] & reset.remove:
            self._file[reset.register] &= ~(reset.remove | reset.flags)
        self._update_clocks()

    def _update_clocks(self) -> None:
        clocks = self.clocks()
        if clocks["core"] <= 0:
            self._note(NoteKind.FIRMWARE, "the selected system clock is off; the clocks before it stay in force")
        elif clocks != self._clocks:
            self._clocks = clocks
            self._system.set_clocks(clocks)
