"""STM32F7 flash interface registers (offsets and bits: CMSIS stm32f746xx.h, FLASH_TypeDef and FLASH_*).

Programming and erasing are not modelled: the firmware's requests are noted. The ART accelerator and the prefetch serve
the ITCM interface (addresses from 0x00200000) alone: code at 0x08000000 comes over AXI, without them (RM0385, 3.3.2,
cited, not read).
"""

import msgspec

from simtiny.machine.peripherals.flash_keys import OPTION_KEYS, Lock, Locks
from simtiny.machine.peripherals.registers import Block, Register, RegisterFile
from simtiny.machine.peripherals.words import parameters, split, write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind
from simtiny.platform import PeripheralConfig

ACR_LATENCY, ACR_PRFTEN, ACR_ARTEN = 0xF, 1 << 8, 1 << 9
CR_LOCK, OPTCR_OPTLOCK = 1 << 31, 1 << 0
CR_START = 1 << 16
CR_OPERATIONS = 1 << 0 | 1 << 1 | 1 << 2 | CR_START  # PG, SER, MER, STRT
SR_FLAGS = 0xF3

LOCKS = {0x04: Lock("CR", CR_LOCK), 0x08: Lock("OPTCR", OPTCR_OPTLOCK, OPTION_KEYS)}

# Reset values: the vendor's SVD of the STM32F7x6; OPTCR and OPTCR1 as shipped, from memory of RM0385, unchecked
REGISTERS = {
    "ACR": Register(0x00),
    "KEYR": Register(0x04, writable=0),
    "OPTKEYR": Register(0x08, writable=0),
    "SR": Register(0x0C, writable=0, clear=SR_FLAGS),
    "CR": Register(0x10, reset=CR_LOCK, pulse=CR_START),
    "OPTCR": Register(0x14, reset=0xC0FFAAFD),
    "OPTCR1": Register(0x18, reset=0x00400080),
}


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """None."""


class FlashController(Block):
    """Kind "stm32f7-flash". Hands the programmed latency to the machine; the caches are the core's."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        parameters(config, Parameters)
        super().__init__(config, system)
        self._file = RegisterFile(REGISTERS)
        self._locks = Locks(self._file, LOCKS)
        self._announce()

    def read(self, offset: int, size: int) -> int:
        return self._file.read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        place = split(offset)[0]
        if place in LOCKS:
            self._locks.take(place, value)
        elif place == REGISTERS["CR"].offset:
            self._write_control(offset, size, value)
        elif place in (REGISTERS["OPTCR"].offset, REGISTERS["OPTCR1"].offset):
            self._write_options(offset, size, value)
        else:
            if not self._file.known(offset):
                self._note_unknown(offset)
            self._file.write(offset, size, value)
            if place == REGISTERS["ACR"].offset:
                self._announce()

    def _announce(self) -> None:
        control = self._file["ACR"]
        self._system.set_flash_acceleration(wait_states=control & ACR_LATENCY, prefetch=False)
        if control & (ACR_ARTEN | ACR_PRFTEN):
            self._note(
                NoteKind.UNMODELLED,
                "ART accelerator or prefetch enabled: they serve code and data at 0x00200000 only, "
                "where they are not modelled",
            )

    def _write_control(self, offset: int, size: int, value: int) -> None:
        if self._file["CR"] & CR_LOCK:
            return
        if write_lane(self._file["CR"], offset, size, value) & CR_OPERATIONS:
            self._note(NoteKind.UNMODELLED, "the firmware programs or erases flash: not modelled")
        self._file.write(offset, size, value)
        self._locks.notice()

    def _write_options(self, offset: int, size: int, value: int) -> None:
        """Only the lock takes effect: the option bytes are the board's."""
        if self._file["OPTCR"] & OPTCR_OPTLOCK:
            return
        written = write_lane(self._file.read(split(offset)[0], 4), offset, size, value)
        if split(offset)[0] == REGISTERS["OPTCR"].offset and written & OPTCR_OPTLOCK:
            self._file["OPTCR"] |= OPTCR_OPTLOCK
            self._locks.notice()
        else:
            self._note(NoteKind.UNMODELLED, "option bytes written: not modelled, the board keeps its own")
