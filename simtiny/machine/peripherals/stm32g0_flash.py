"""STM32G0 flash interface registers (offsets and bits: CMSIS stm32g0b1xx.h, FLASH_TypeDef and FLASH_*).

Programming and erasing are not modelled: the firmware's requests are noted.
"""

import msgspec

from simtiny.machine.peripherals.flash_keys import OPTION_KEYS, Lock, Locks
from simtiny.machine.peripherals.registers import Block, Register, RegisterFile
from simtiny.machine.peripherals.words import parameters, split, write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind
from simtiny.platform import PeripheralConfig

ACR_LATENCY, ACR_PRFTEN, ACR_ICEN, ACR_ICRST = 7, 1 << 8, 1 << 9, 1 << 11
CR_LOCK, CR_OPTLOCK = 1 << 31, 1 << 30
CR_START = 1 << 16 | 1 << 17 | 1 << 27  # STRT, OPTSTRT, OBL_LAUNCH
CR_OPERATIONS = CR_START | 1 << 0 | 1 << 1 | 1 << 2 | 1 << 15 | 1 << 18  # PG, PER, MER1, MER2, FSTPG
SR_ERRORS = 0xC3FB

LOCKS = {0x08: Lock("CR", CR_LOCK), 0x0C: Lock("CR", CR_OPTLOCK, OPTION_KEYS)}

# Reset values: the stm32g0 SVD's (ACR: cache on, prefetch off); the option bytes' from memory of RM0444, unchecked.
REGISTERS = {
    "ACR": Register(0x00, reset=0x600, pulse=ACR_ICRST),
    "KEYR": Register(0x08, writable=0),
    "OPTKEYR": Register(0x0C, writable=0),
    "SR": Register(0x10, writable=0, clear=SR_ERRORS),
    "CR": Register(0x14, reset=CR_LOCK | CR_OPTLOCK, pulse=CR_START),
    "ECCR": Register(0x18, writable=1 << 24, clear=3 << 30),
    "ECC2R": Register(0x1C, writable=1 << 24, clear=3 << 30),
    "OPTR": Register(0x20, reset=0xFFFF_FEAA),
    "PCROP1ASR": Register(0x24, reset=0xFFFFFFFF),
    "PCROP1AER": Register(0x28),
    "WRP1AR": Register(0x2C, reset=0x000000FF),
    "WRP1BR": Register(0x30, reset=0x000000FF),
    "PCROP1BSR": Register(0x34, reset=0xFFFFFFFF),
    "PCROP1BER": Register(0x38),
    "PCROP2ASR": Register(0x44, reset=0xFFFFFFFF),
    "PCROP2AER": Register(0x48),
    "WRP2AR": Register(0x4C, reset=0x000000FF),
    "WRP2BR": Register(0x50, reset=0x000000FF),
    "PCROP2BSR": Register(0x54, reset=0xFFFFFFFF),
    "PCROP2BER": Register(0x58),
    "SECR": Register(0x80),
}


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """None."""


class FlashController(Block):
    """Kind "stm32g0-flash". Hands the programmed latency, prefetch and cache to the machine."""

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
        elif place == REGISTERS["OPTR"].offset:
            self._note(NoteKind.UNMODELLED, "option bytes written: not modelled, the board keeps its own")
        else:
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
            data_cache=False,
        )

    def _write_control(self, offset: int, size: int, value: int) -> None:
        if self._file["CR"] & CR_LOCK:
            return
        if write_lane(self._file["CR"], offset, size, value) & CR_OPERATIONS:
            self._note(NoteKind.UNMODELLED, "the firmware programs or erases flash: not modelled")
        shut = self._file["CR"] & CR_OPTLOCK
        self._file.write(offset, size, value)
        self._file["CR"] |= shut
        self._locks.notice()
