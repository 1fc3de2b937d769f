"""STM32U5 and U3 flash interface registers (offsets and bits: CMSIS stm32u575xx.h and stm32u385xx.h, FLASH_TypeDef).

The two families name some registers differently; the names here are those of U5. Programming and erasing are not
modelled: the firmware's requests are noted. The caches have controllers of their own.
"""

import msgspec

from simtiny.machine.peripherals.flash_keys import OPTION_KEYS, Lock, Locks
from simtiny.machine.peripherals.registers import Block, Register, RegisterFile, follow
from simtiny.machine.peripherals.words import parameters, split, write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind
from simtiny.platform import PeripheralConfig

ACR_LATENCY, ACR_PRFTEN, ACR_LPM = 0xF, 1 << 8, 1 << 11
CR_LOCK, CR_OPTLOCK = 1 << 31, 1 << 30
CR_OPERATIONS = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 15 | 1 << 16 | 1 << 17 | 1 << 27  # PG, PER, MER1, MER2 and the starts
CR_START = 1 << 16 | 1 << 17 | 1 << 27  # STRT, OPTSTRT, OBL_LAUNCH
SR_ERRORS = 0x20FB
OPTIONS = range(0x40, 0x70)  # OPTR and the option registers behind it

LOCKS = {0x08: Lock("NSCR", CR_LOCK), 0x10: Lock("NSCR", CR_OPTLOCK, OPTION_KEYS)}

# Reset values: one wait state (stm32u3xx_hal_rcc.c says so), locked; OPTR as shipped, without TrustZone, dual bank
# (from memory of RM0456, unchecked).
REGISTERS = {
    "ACR": Register(0x00, reset=0x1),
    "NSKEYR": Register(0x08, writable=0),
    "SECKEYR": Register(0x0C, writable=0),
    "OPTKEYR": Register(0x10, writable=0),
    "PDKEY1R": Register(0x18, writable=0),
    "PDKEY2R": Register(0x1C, writable=0),
    "NSSR": Register(0x20, writable=0, clear=SR_ERRORS),
    "SECSR": Register(0x24, writable=0),
    "NSCR": Register(0x28, reset=CR_LOCK | CR_OPTLOCK, pulse=CR_START),
    "SECCR": Register(0x2C, writable=0),
    "ECCR": Register(0x30, writable=1 << 24, clear=3 << 30),
    "OPSR": Register(0x34, writable=0),
    "OPTR": Register(0x40, reset=0x1FEF_F8AA),
    "PRIVCFGR": Register(0xC4),
}

# A bank that is asked to power down (PDREQ1, PDREQ2) says that it is (PD1, PD2); the keys for it are not checked.
FOLLOWS = (follow("ACR[13:12] -> NSSR[21:20]"),)


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """None."""


class FlashController(Block):
    """Kind "stm32u5-flash". Hands the programmed latency and prefetch to the machine."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        parameters(config, Parameters)
        super().__init__(config, system)
        self._file = RegisterFile(REGISTERS, FOLLOWS)
        self._locks = Locks(self._file, LOCKS)
        self._announce()

    def read(self, offset: int, size: int) -> int:
        return self._file.read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        place = split(offset)[0]
        if place in LOCKS:
            self._locks.take(place, value)
        elif place == REGISTERS["NSCR"].offset:
            self._write_control(offset, size, value)
        elif place in OPTIONS:
            self._note(NoteKind.UNMODELLED, "option bytes written: not modelled, the board keeps its own")
        else:
            if not self._file.known(offset):
                self._note_unknown(offset)
            self._file.write(offset, size, value)
            if place == REGISTERS["ACR"].offset:
                self._announce()

    def _announce(self) -> None:
        control = self._file["ACR"]
        if control & ACR_LPM:
            self._note(NoteKind.UNMODELLED, "the flash's low-power read mode is on: its wait states are as programmed")
        self._system.set_flash_acceleration(wait_states=control & ACR_LATENCY, prefetch=bool(control & ACR_PRFTEN))

    def _write_control(self, offset: int, size: int, value: int) -> None:
        if self._file["NSCR"] & CR_LOCK:
            return
        written = write_lane(self._file["NSCR"], offset, size, value)
        if written & CR_OPERATIONS:
            self._note(NoteKind.UNMODELLED, "the firmware programs or erases flash: not modelled")
        locks = self._file["NSCR"] & CR_OPTLOCK
        self._file.write(offset, size, value)
        self._file["NSCR"] |= locks
        self._locks.notice()
