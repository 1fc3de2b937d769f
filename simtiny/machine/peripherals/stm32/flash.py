"""What the flash interfaces of all STM32 families have in common: locks, and what the firmware programs for reading.

Programming and erasing are not modelled: the firmware's requests are noted.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import P, RegisterBlock
from simtiny.machine.peripherals.stm32.flash_locks import Lock, Locks
from simtiny.machine.peripherals.words import split, write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind

# Of the control register of all families but F7 and H7
CR_LOCK, CR_OPTLOCK = 1 << 31, 1 << 30
CR_START = 1 << 16 | 1 << 17 | 1 << 27  # STRT, OPTSTRT, OBL_LAUNCH

PROGRAMS = "the firmware programs or erases flash: not modelled"
OPTIONS = "option bytes written: not modelled, the board keeps its own"


@dataclass(frozen=True)
class FlashSpec:
    """What distinguishes the interfaces.

    `locks`: by the register that takes the keys. `controls`: the registers under locks, the bits that start something
    there, and what is said of it. The first lock of one keeps all of it from being written, a further one stays shut.
    `options`: offsets of the option bytes, which are the board's.
    """

    locks: Mapping[str, Lock]
    controls: Mapping[str, tuple[int, str]]
    options: range = range(0)


class FlashController(RegisterBlock[P]):
    """Each family hands to the machine, by `announce`, what its register ACR holds."""

    spec: ClassVar[FlashSpec]

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._locks = Locks(self._file, self.spec.locks)
        self.announce()

    @abstractmethod
    def announce(self) -> None:
        """Hand what was programmed to the machine."""

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

    def _write_control(self, name: str, offset: int, size: int, value: int) -> None:
        own, *others = (lock.bit for lock in self.spec.locks.values() if lock.register == name)
        before = self._file[name]
        if before & own:
            return
        starts, what = self.spec.controls[name]
        if write_lane(before, offset, size, value) & starts:
            self._note(NoteKind.UNMODELLED, what)
        self._file.write(offset, size, value)
        self._file[name] |= before & sum(others)
        self._locks.notice()
