"""Programming and erasing of flash in pages, as of STM32L4, G0, U5, U3: RM0432, RM0444, RM0456 from memory [unchecked].

A *flash word* of 8 or 16 bytes is programmed once it is complete, word by word from its start, and only where it is
erased; all zeros can be programmed anywhere. Positions of bits: CMSIS stm32l4r5xx.h, stm32g0b1xx.h, stm32u575xx.h.
"""

from dataclasses import dataclass
from typing import ClassVar

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import P
from simtiny.machine.peripherals.stm32.flash import STRAY, FlashController
from simtiny.machine.peripherals.words import write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind

# SR
EOP, OPERR, PROGERR, WRPERR, PGAERR, SIZERR, PGSERR = 1 << 0, 1 << 1, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7
ERRORS = OPERR | PROGERR | WRPERR | PGAERR | SIZERR | PGSERR | 1 << 8 | 1 << 9  # MISERR, FASTERR
# CR
PG, PER, MER1, MER2, STRT, FSTPG, EOPIE, ERRIE = 1, 1 << 1, 1 << 2, 1 << 15, 1 << 16, 1 << 18, 1 << 24, 1 << 25
_PNB = 3


@dataclass(frozen=True)
class Pages:
    """What distinguishes the families. `busy`: the flags of bank 1 and 2. `waiting`: the flag of an incomplete word.

    `page_bits`: of PNB in `control`. `second_bank`: BKER. Seconds: typical.
    """

    status: str
    control: str
    page_bits: int
    second_bank: int
    busy: tuple[int, int]
    waiting: int
    program_s: float
    erase_s: float
    mass_erase_s: float


class PageFlash(FlashController[P]):
    """`irq`: the one interrupt. A `simtiny.machine.system.FlashInterface`."""

    pages: ClassVar[Pages]

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._address, self._data = 0, b""  # of the flash word that is not complete

    @property
    def word_bytes(self) -> int:
        """Of a flash word."""
        return 8

    @property
    def page_bytes(self) -> int:
        """What is erased at once."""
        return 2048

    @property
    def banks(self) -> int:
        """How many there are: their halves of the memory are erased on their own."""
        return 2

    def store(self, address: int, size: int, value: int) -> None:
        """The core stores to flash."""
        file, own = self._file, self.pages
        if not file[own.control] & (PG | FSTPG):
            self._note(NoteKind.FIRMWARE, STRAY)
        if file[own.status] & ERRORS or not file[own.control] & (PG | FSTPG):
            self._fails(PGSERR)
        elif size < 4:
            self._fails(SIZERR)
        elif address != (self._address + len(self._data) if self._data else address - address % self.word_bytes):
            self._fails(PGAERR)
        else:
            self._address = address - len(self._data)
            self._data += value.to_bytes(size, "little")
            file[own.status] |= own.waiting
            if len(self._data) >= self.word_bytes:
                self._program()

    def _program(self) -> None:
        address, data, self._data = self._address, self._data, b""
        self._file[self.pages.status] &= ~self.pages.waiting
        if any(data) and set(self._system.read_flash(address, len(data))) != {0xFF}:
            self._fails(PROGERR)
            return
        self._system.change_flash(address, data)
        self._begin(self.pages.busy[self._bank(address)], self.pages.program_s)

    def _bank(self, address: int) -> int:
        flash = self._system.flash_range
        return (address - flash.start) * self.banks // len(flash)

    def operate(self, name: str, offset: int, size: int, value: int) -> None:
        own, flash = self.pages, self._system.flash_range
        if name != own.control:
            return
        written, control = write_lane(0, offset, size, value), self._file[own.control]
        if not written & STRT:
            return
        bank_bytes = len(flash) // self.banks
        if control & (MER1 | MER2):
            banks = [bank for bank, bit in enumerate((MER1, MER2)) if control & bit and bank < self.banks]
            for bank in banks:
                self._system.change_flash(flash.start + bank * bank_bytes, b"\xff" * bank_bytes)
            self._begin(sum({own.busy[bank] for bank in banks}), own.mass_erase_s)
        elif control & PER and not self._file[own.status] & ERRORS:
            bank = int(self.banks == 2 and bool(control & own.second_bank))
            page = control >> _PNB & (1 << own.page_bits) - 1
            if (page + 1) * self.page_bytes > bank_bytes:
                self._fails(WRPERR)
                return
            self._system.change_flash(
                flash.start + bank * bank_bytes + page * self.page_bytes, b"\xff" * self.page_bytes
            )
            self._begin(own.busy[bank], own.erase_s)
        else:
            self._fails(PGSERR)

    def _begin(self, busy: int, seconds: float) -> None:
        self._file[self.pages.status] |= busy
        self._takes(seconds, self._done)

    def _done(self) -> None:
        own = self.pages
        self._file[own.status] &= ~(own.busy[0] | own.busy[1])
        if self._file[own.control] & EOPIE:
            self._file[own.status] |= EOP
        self.interrupt()

    def _fails(self, error: int) -> None:
        own = self.pages
        self._data = b""
        self._file[own.status] = self._file[own.status] & ~own.waiting | error
        if self._file[own.control] & ERRIE:
            self._file[own.status] |= OPERR
        self.interrupt()

    def interrupt(self) -> None:
        status, control = self._file[self.pages.status], self._file[self.pages.control]
        high = (status & EOP and control & EOPIE) or (status & OPERR and control & ERRIE)
        for line in self._irq[:1]:
            self._system.set_irq(line, bool(high), self._name)
