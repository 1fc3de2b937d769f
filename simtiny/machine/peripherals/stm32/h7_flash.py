"""The flash interface of STM32H7A3, H7B0 and H7B3.

Offsets and bits: CMSIS stm32h7a3xxq.h, FLASH_TypeDef. What they do: RM0455 from memory [unchecked].
"""

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import NoParameters
from simtiny.machine.peripherals.registers import Register, Table
from simtiny.machine.peripherals.stm32.flash import STRAY, FlashController, FlashSpec
from simtiny.machine.peripherals.stm32.flash_locks import OPTION_KEYS, Lock
from simtiny.machine.peripherals.words import write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind

LOCK = 1 << 0  # CR.LOCK and OPTCR.OPTLOCK
CR_PG, CR_SER, CR_BER, CR_FW, CR_START = 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5
SR_BSY, SR_WBNE, SR_QW = 1 << 0, 1 << 1, 1 << 2
EOP, WRPERR, PGSERR, STRBERR, INCERR = 1 << 16, 1 << 17, 1 << 18, 1 << 19, 1 << 21  # of SR; their interrupts, of CR
ENABLES = 0x1FFF << 16  # of interrupts, in CR
WORD_BYTES, SECTOR_BYTES = 16, 0x2000
# Typical: the data sheet of STM32H7A3 (DS13195), from memory [unchecked]
PROGRAM_S, SECTOR_ERASE_S, BANK_ERASE_S = 33e-6, 2.2e-3, 10e-3
OPTCR_START = 1 << 1


def bank(number: int) -> dict[str, Register]:
    """The registers of one bank. Reset values from memory of RM0455 [unchecked]."""
    base = 0x100 * (number - 1)
    return {
        f"KEYR{number}": Register(base + 0x04, writable=0),
        f"CR{number}": Register(base + 0x0C, reset=LOCK, pulse=CR_START | CR_FW),
        f"SR{number}": Register(base + 0x10, writable=0),
        f"CCR{number}": Register(base + 0x14, clears=f"SR{number}"),
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


class H7Flash(FlashController[NoParameters]):
    """Kind "stm32h7-flash". Hands the programmed latency to the machine.

    Two banks with the same registers, the second 0x100 behind the first. There is no prefetch and no cache in the
    interface: the caches are the core's.
    """

    takes = NoParameters
    table = Table(
        {
            "ACR": Register(0x00, reset=0x13, fields={"LATENCY": (0, 4)}),
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
    )
    spec = FlashSpec(
        locks={"KEYR1": Lock("CR1", LOCK), "KEYR2": Lock("CR2", LOCK), "OPTKEYR": Lock("OPTCR", LOCK, OPTION_KEYS)},
        controls={
            "CR1": 0,
            "CR2": 0,
            "OPTCR": OPTCR_START,
        },
    )

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._rows: dict[int, tuple[int, dict[int, int]]] = {}  # by bank: address of a flash word, its bytes so far

    def _bank_bytes(self) -> int:
        return len(self._system.flash_range) // 2

    def store(self, address: int, size: int, value: int) -> None:
        """The core stores to flash: a flash word of 16 bytes is programmed once it is complete."""
        bank = (address - self._system.flash_range.start) // self._bank_bytes() + 1
        row = address - address % WORD_BYTES
        if not self._file[f"CR{bank}"] & CR_PG:
            self._note(NoteKind.FIRMWARE, STRAY)
            self._fails(bank, PGSERR)
            return
        if bank in self._rows and self._rows[bank][0] != row:
            del self._rows[bank]
            self._file[f"SR{bank}"] &= ~SR_WBNE
            self._fails(bank, INCERR)
            return
        _, data = self._rows.setdefault(bank, (row, {}))
        data |= {address % WORD_BYTES + at: byte for at, byte in enumerate(value.to_bytes(size, "little"))}
        self._file[f"SR{bank}"] |= SR_WBNE
        if len(data) >= WORD_BYTES:
            self._program(bank)

    def _program(self, bank: int) -> None:
        """What was programmed before is programmed over: bits become 0. On the chip, its check bits are wrong then."""
        row, data = self._rows.pop(bank)
        self._file[f"SR{bank}"] &= ~SR_WBNE
        before = self._system.read_flash(row, WORD_BYTES)
        if set(before) != {0xFF}:
            self._note(
                NoteKind.FIRMWARE, "a flash word that was not erased is programmed: on the chip reads of it fail"
            )
        self._system.change_flash(row, bytes(byte & data.get(at, 0xFF) for at, byte in enumerate(before)))
        self._begin(bank, PROGRAM_S)

    def operate(self, name: str, offset: int, size: int, value: int) -> None:
        if name not in ("CR1", "CR2"):
            return
        bank, written, control = int(name[2:]), write_lane(0, offset, size, value), self._file[name]
        start = self._system.flash_range.start + (bank - 1) * self._bank_bytes()
        if written & CR_FW and bank in self._rows:
            self._program(bank)
        if not written & CR_START:
            return
        if control & CR_BER:
            self._system.change_flash(start, b"\xff" * self._bank_bytes())
            self._begin(bank, BANK_ERASE_S)
        elif control & CR_SER:
            sector = control >> 6 & 0x7F  # SNB
            self._system.change_flash(start + sector * SECTOR_BYTES, b"\xff" * SECTOR_BYTES)
            self._begin(bank, SECTOR_ERASE_S)
        else:
            self._fails(bank, PGSERR)

    def _begin(self, bank: int, seconds: float) -> None:
        self._file[f"SR{bank}"] |= SR_BSY | SR_QW
        self._takes(seconds, self._done)

    def _done(self) -> None:
        for status in ("SR1", "SR2"):
            if self._file[status] & SR_QW:
                self._file[status] = self._file[status] & ~(SR_BSY | SR_QW) | EOP
        self.interrupt()

    def _fails(self, bank: int, error: int) -> None:
        self._file[f"SR{bank}"] |= error
        self.interrupt()

    def interrupt(self) -> None:
        pending = [self._file[f"SR{bank}"] & self._file[f"CR{bank}"] & ENABLES for bank in (1, 2)]
        for line in self._irq[:1]:
            self._system.set_irq(line, any(pending), self._name)

    def announce(self) -> None:
        self._system.set_flash_acceleration(wait_states=self._file.field("ACR", "LATENCY"), prefetch=False)
