"""STM32H7A3, H7B0 and H7B3 flash interface registers (offsets and bits: CMSIS stm32h7a3xxq.h, FLASH_TypeDef, FLASH_*).

Two banks with the same registers, the second 0x100 behind the first. There is no prefetch and no cache in the
interface: the caches are the core's. Programming and erasing are not modelled: the firmware's requests are noted.
"""

import msgspec

from simtiny.machine.peripherals.flash_keys import OPTION_KEYS, Lock, Locks
from simtiny.machine.peripherals.registers import Block, Register, RegisterFile
from simtiny.machine.peripherals.words import parameters, split, write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind
from simtiny.platform import PeripheralConfig

ACR_LATENCY = 0xF
LOCK = 1 << 0  # CR.LOCK and OPTCR.OPTLOCK
CR_START = 1 << 5 | 1 << 4  # START, FW
CR_OPERATIONS = 1 << 1 | 1 << 2 | 1 << 3 | CR_START  # PG, SER, BER
OPTCR_START = 1 << 1

LOCKS = {0x04: Lock("CR1", LOCK), 0x104: Lock("CR2", LOCK), 0x08: Lock("OPTCR", LOCK, OPTION_KEYS)}


def bank(number: int) -> dict[str, Register]:
    """The registers of one bank. Reset values: from memory of RM0455, unchecked."""
    base = 0x100 * (number - 1)
    return {
        f"KEYR{number}": Register(base + 0x04, writable=0),
        f"CR{number}": Register(base + 0x0C, reset=LOCK, pulse=CR_START),
        f"SR{number}": Register(base + 0x10, writable=0),
        f"CCR{number}": Register(base + 0x14, writable=0),
        f"PRAR_CUR{number}": Register(base + 0x28, reset=0xFF, writable=0),
        f"PRAR_PRG{number}": Register(base + 0x2C, reset=0xFF),
        f"SCAR_CUR{number}": Register(base + 0x30, reset=0xFF, writable=0),
        f"SCAR_PRG{number}": Register(base + 0x34, reset=0xFF),
        f"WPSN_CUR{number}": Register(base + 0x38, reset=0xFFFFFFFF, writable=0),
        f"WPSN_PRG{number}": Register(base + 0x3C, reset=0xFFFFFFFF),
        f"CRCCR{number}": Register(base + 0x50),
        f"CRCSADD{number}": Register(base + 0x54),
        f"CRCEADD{number}": Register(base + 0x58),
        f"CRCDATA{number}": Register(base + 0x5C, writable=0),
        f"ECC_FA{number}": Register(base + 0x60, writable=0),
    }


REGISTERS = {
    "ACR": Register(0x00, reset=0x13),
    "OPTKEYR": Register(0x08, writable=0),
    "OPTCR": Register(0x18, reset=LOCK, pulse=OPTCR_START),
    "OPTSR_CUR": Register(0x1C, reset=0x1406AAF0, writable=0),
    "OPTSR_PRG": Register(0x20, reset=0x1406AAF0),
    "OPTCCR": Register(0x24, writable=0),
    "BOOT_CUR": Register(0x40, reset=0x1FF00800, writable=0),
    "BOOT_PRG": Register(0x44, reset=0x1FF00800),
    "OTPBL_CUR": Register(0x68, writable=0),
    "OTPBL_PRG": Register(0x6C),
    **bank(1),
    **bank(2),
}
CONTROLS = {REGISTERS[lock.register].offset: lock.register for lock in LOCKS.values()}


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """None."""


class FlashController(Block):
    """Kind "stm32h7-flash". Hands the programmed latency to the machine."""

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
        elif place in CONTROLS:
            self._write_control(offset, size, value)
        else:
            if not self._file.known(offset):
                self._note_unknown(offset)
            self._file.write(offset, size, value)
            if place == REGISTERS["ACR"].offset:
                self._announce()

    def _announce(self) -> None:
        self._system.set_flash_acceleration(wait_states=self._file["ACR"] & ACR_LATENCY, prefetch=False)

    def _write_control(self, offset: int, size: int, value: int) -> None:
        name = CONTROLS[split(offset)[0]]
        if self._file[name] & LOCK:
            return
        written = write_lane(self._file[name], offset, size, value)
        if name == "OPTCR" and written & OPTCR_START:
            self._note(NoteKind.UNMODELLED, "option bytes written: not modelled, the board keeps its own")
        elif name != "OPTCR" and written & CR_OPERATIONS:
            self._note(NoteKind.UNMODELLED, "the firmware programs or erases flash: not modelled")
        self._file.write(offset, size, value)
        self._locks.notice()
