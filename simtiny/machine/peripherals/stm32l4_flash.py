"""STM32L4 and L4+ flash interface registers (offsets and bits: CMSIS stm32l4r5xx.h, FLASH_TypeDef and FLASH_*).

Programming and erasing are not modelled: the firmware's requests are noted.
"""

import msgspec

from simtiny.machine.peripherals.flash_keys import OPTION_KEYS, Lock, Locks
from simtiny.machine.peripherals.registers import Block, Register, RegisterFile
from simtiny.machine.peripherals.words import parameters, split, write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind
from simtiny.platform import PeripheralConfig

ACR_PRFTEN, ACR_ICEN, ACR_DCEN = 1 << 8, 1 << 9, 1 << 10
ACR_LATENCY = 0xF
CR_LOCK, CR_OPTLOCK = 1 << 31, 1 << 30
CR_OPERATIONS = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 15 | 1 << 16 | 1 << 17 | 1 << 18 | 1 << 27
CR_START = 1 << 16 | 1 << 17 | 1 << 27  # STRT, OPTSTRT, OBL_LAUNCH
SR_ERRORS = 0xC3FB
OPTR_DBANK = 1 << 22

LOCKS = {0x08: Lock("CR", CR_LOCK), 0x0C: Lock("CR", CR_OPTLOCK, OPTION_KEYS)}

# Reset values: ACR 0x600 (caches on, prefetch off), CR locked, OPTR as shipped (dual bank).
REGISTERS = {
    "ACR": Register(0x00, reset=0x600),
    "PDKEYR": Register(0x04, writable=0),
    "KEYR": Register(0x08, writable=0),
    "OPTKEYR": Register(0x0C, writable=0),
    "SR": Register(0x10, writable=0, clear=SR_ERRORS),
    "CR": Register(0x14, reset=CR_LOCK | CR_OPTLOCK, pulse=CR_START),
    "ECCR": Register(0x18, writable=1 << 24, clear=0xF << 28),
    "OPTR": Register(0x20, reset=0xFFEFF8AA),
    "PCROP1SR": Register(0x24, reset=0xFFFFFFFF),
    "PCROP1ER": Register(0x28, reset=0x0FF00000),
    "WRP1AR": Register(0x2C, reset=0xFF00FF00),
    "WRP1BR": Register(0x30, reset=0xFF00FF00),
    "PCROP2SR": Register(0x44, reset=0xFFFFFFFF),
    "PCROP2ER": Register(0x48, reset=0x0FF00000),
    "WRP2AR": Register(0x4C, reset=0xFF00FF00),
    "WRP2BR": Register(0x50, reset=0xFF00FF00),
    "CFGR": Register(0x130),
}


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`dual_bank`: the DBANK option bit of the board; it decides how wide a flash read is."""

    dual_bank: bool = True


class FlashController(Block):
    """Kind "stm32l4-flash". Hands the programmed latency, prefetch and caches to the machine."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        given = parameters(config, Parameters)
        super().__init__(config, system)
        self._file = RegisterFile(REGISTERS)
        if not given.dual_bank:
            self._file["OPTR"] &= ~OPTR_DBANK
        self._locks = Locks(self._file, LOCKS)
        self._announce()

    @property
    def dual_bank(self) -> bool:
        """Whether a read fetches 64 bits (dual bank) or 128 bits (single bank) on L4+."""
        return bool(self._file["OPTR"] & OPTR_DBANK)

    def read(self, offset: int, size: int) -> int:
        return self._file.read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        place = split(offset)[0]
        if place in LOCKS:
            self._locks.take(place, value)
            return
        if place == REGISTERS["CR"].offset:
            self._write_control(offset, size, value)
            return
        if place == REGISTERS["OPTR"].offset:
            self._note(NoteKind.UNMODELLED, "option bytes written: not modelled, the board keeps its own")
            return
        if not self._file.known(offset):
            self._note_unknown(offset)
        self._file.write(offset, size, value)
        if place == REGISTERS["ACR"].offset:
            self._announce()

    def _announce(self) -> None:
        control = self._file["ACR"]
        self._system.set_flash_acceleration(
            wait_states=control & ACR_LATENCY,
            prefetch=bool(control & ACR_PRFTEN),
            instruction_cache=bool(control & ACR_ICEN),
            data_cache=bool(control & ACR_DCEN),
        )

    def _write_control(self, offset: int, size: int, value: int) -> None:
        written = write_lane(self._file["CR"], offset, size, value)
        if self._file["CR"] & CR_LOCK:
            return
        if written & CR_OPERATIONS:
            self._note(NoteKind.UNMODELLED, "the firmware programs or erases flash: not modelled")
        locks = self._file["CR"] & CR_OPTLOCK
        self._file.write(offset, size, value)
        self._file["CR"] |= locks
        self._locks.notice()
