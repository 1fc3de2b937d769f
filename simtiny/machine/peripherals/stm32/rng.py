"""STM32 random number generator. Its numbers are those of PCG64 (O'Neill 2014) from the run's seed: the same each time.

How long they take: RM0385 says a number each 40 cycles of the generator's clock; of generators that condition their
noise (H7A3, U5, U3) RM0456 says four numbers each 412 cycles; both from memory [unchecked]. Bits: CMSIS, RNG_*.
"""

from typing import Self

import msgspec
from numpy.random import PCG64

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import RegisterBlock
from simtiny.machine.peripherals.registers import Register, Table, follows
from simtiny.machine.peripherals.stm32.kernel import IS_OFF
from simtiny.machine.peripherals.ticks import Ticks
from simtiny.machine.peripherals.words import read_lane, split
from simtiny.machine.system import ALWAYS, ResetCause, System
from simtiny.notes import NoteKind

CR, SR, DR = 0x00, 0x04, 0x08
RNGEN, IE, CED, CONDRST = 1 << 2, 1 << 3, 1 << 5, 1 << 30
DRDY, CECS, CEIS, SEIS = 1 << 0, 1 << 1, 1 << 5, 1 << 6
CYCLES_EACH, CYCLES_FOR_FOUR = 40, 412
NOMINAL_HZ = 48e6
"""What it runs at where its clock is off: its usual clock, HSI48, in all families."""
SLOWEST = 16
"""A clock below this part of the bus's is an error (RM0385, RNG_SR)."""


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clock`: the generator's own. `bus`: that of the bus it is on. `conditioned`: it gives four numbers at a time."""

    clock: str = "rng"
    bus: str = "core"
    conditioned: bool = False


class Rng(RegisterBlock[Parameters]):
    """Kind "stm32-rng". `irq`: its one interrupt."""

    takes = Parameters
    table = Table(
        {
            "CR": Register(CR),
            "SR": Register(SR, writable=CEIS | SEIS),
            "DR": Register(DR, writable=0),
            "NSCR": Register(0x0C),
            "HTCR": Register(0x10),
        },
        follows("CR[2] -> SR[0]"),  # RNGEN, DRDY
    )

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._numbers = PCG64(system.seed)
        self._ticks = Ticks(system, self._given.clock, lambda: NOMINAL_HZ)
        self._ready = 0  # numbers that wait to be read
        self._flags = 0  # CEIS, SEIS

    @property
    def timeless(self) -> bool:
        """False while it makes numbers."""
        return not self._file["CR"] & RNGEN

    def steady_until(self, offset: int) -> int:
        """A read of DR takes the number away; all else changes by events."""
        return 0 if split(offset)[0] == DR and self._ready else ALWAYS

    def take_over(self, before: Self, cause: ResetCause) -> None:
        """Numbers go on: a firmware that resets itself does not get the same again."""
        self._numbers = before._numbers

    def read(self, offset: int, size: int) -> int:
        word_offset = split(offset)[0]
        if word_offset == SR:
            return read_lane(self._status(), offset, size)
        if word_offset != DR:
            return super().read(offset, size)
        if not self._ready:
            return 0
        self._ready -= 1
        if not self._ready:
            self._begin()
        self._drive()
        return read_lane(int(self._numbers.random_raw()) >> 32, offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        was = self._file["CR"]
        super().write(offset, size, value)
        if split(offset)[0] == SR:
            self._flags &= self._file["SR"]
        now = self._file["CR"]
        if now & RNGEN and (not was & RNGEN or (was ^ now) & CONDRST):
            self._ready = 0
            self._begin()
        elif not now & RNGEN:
            self._ready = 0
            self._ticks.alarm(None)
        self._drive()

    def _clock_error(self) -> bool:
        """Whether its clock is far too slow, and that is looked after."""
        bus_hz = self._system.clock_hz.get(self._given.bus, 0.0)
        wrong = bool(self._file["CR"] & RNGEN) and not self._ticks.is_off and self._ticks.hz * SLOWEST < bus_hz
        return wrong and not self._file["CR"] & CED

    def _status(self) -> int:
        error = self._clock_error()
        self._flags |= CEIS if error else 0
        return self._flags | (DRDY if self._ready else 0) | (CECS if error else 0)

    def _begin(self) -> None:
        if self._ticks.is_off:
            self._note(NoteKind.FIRMWARE, f"{IS_OFF}: on the chip no number comes; here it runs at 48 MHz")
        self._ticks.restart()
        self._ticks.alarm(CYCLES_FOR_FOUR if self._given.conditioned else CYCLES_EACH, self._done)

    def _done(self) -> None:
        self._ready = 4 if self._given.conditioned else 1
        self._drive()

    def _drive(self) -> None:
        pending = self._status() & (DRDY | CEIS | SEIS) if self._file["CR"] & IE else 0
        for line in self._irq[:1]:
            self._system.set_irq(line, bool(pending), self._name)
