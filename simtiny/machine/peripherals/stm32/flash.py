"""What the flash interfaces of all STM32 families have in common: locks, what the firmware programs for reading, time.

Programming and erasing change flash at once, and keep the interface busy for the time that is typical of it by the data
sheet. Option bytes are the board's: writes to them are noted.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import ClassVar

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import P, RegisterBlock
from simtiny.machine.peripherals.stm32.flash_locks import Lock, Locks
from simtiny.machine.peripherals.words import split, write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind

# Of the control register of all families but F7 and H7
CR_LOCK, CR_OPTLOCK = 1 << 31, 1 << 30
OPTION_START = 1 << 17 | 1 << 27  # OPTSTRT, OBL_LAUNCH
CR_START = 1 << 16 | OPTION_START  # STRT

PROGRAMS = (
    "the firmware programs or erases flash: that takes its typical time, but no energy here, and the core does not "
    "wait where it reads the bank that is written"
)
STRAY = "a store to flash, which is not being programmed: it changes nothing but the interface's error flag"
OPTIONS = "option bytes written: not modelled, the board keeps its own"


@dataclass(frozen=True)
class FlashSpec:
    """What distinguishes the interfaces.

    `locks`: by the register that takes the keys. `controls`: the registers under locks, and the bits that start
    something with option bytes there. The first lock of one keeps all of it from being written, a further one stays
    shut.
    `options`: offsets of the option bytes, which are the board's.
    """

    locks: Mapping[str, Lock]
    controls: Mapping[str, int]
    options: range = range(0)


class FlashController(RegisterBlock[P]):
    """Each family hands to the machine, by `announce`, what its register ACR holds."""

    spec: ClassVar[FlashSpec]

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._locks = Locks(self._file, self.spec.locks)
        self._busy_until = 0
        self.announce()

    @abstractmethod
    def announce(self) -> None:
        """Hand what was programmed to the machine."""

    @abstractmethod
    def operate(self, name: str, offset: int, size: int, value: int) -> None:
        """Do what was asked for by a write to the register `name`, which is not locked."""

    @abstractmethod
    def interrupt(self) -> None:
        """Drive the interrupt line."""

    def _takes(self, seconds: float, done: Callable[[], None]) -> None:
        """An operation begins, behind those that go on. Its time is in cycles of the core's present clock."""
        self._note(NoteKind.METHOD, PROGRAMS)
        cycles = ceil(seconds * self._system.clock_hz.get("core", 0.0))
        self._busy_until = ends = max(self._busy_until, self._system.cycles) + cycles
        self._system.schedule(ends, lambda: done() if self._busy_until == ends else None)

    def write(self, offset: int, size: int, value: int) -> None:
        name = self._file.name(offset)
        if name in self.spec.locks:
            self._locks.take(name, value)
        elif name in self.spec.controls:
            self._write_control(name, offset, size, value)
        elif split(offset)[0] in self.spec.options:
            self._note(NoteKind.UNMODELLED, OPTIONS)
        else:
            super().write(offset, size, value)
            if name == "ACR":
                self.announce()
            else:
                self.interrupt()

    def _write_control(self, name: str, offset: int, size: int, value: int) -> None:
        own, *others = (lock.bit for lock in self.spec.locks.values() if lock.register == name)
        before = self._file[name]
        if before & own:
            return
        if write_lane(before, offset, size, value) & self.spec.controls[name]:
            self._note(NoteKind.UNMODELLED, OPTIONS)
        self._file.write(offset, size, value)
        self._file[name] |= before & sum(others)
        self._locks.notice()
        self.operate(name, offset, size, value)
        self.interrupt()
