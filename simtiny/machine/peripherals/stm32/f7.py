"""STM32F74x and F75x: reset and clock control, power control, flash interface.

Offsets and bits: CMSIS stm32f746xx.h (RCC_TypeDef, PWR_TypeDef, FLASH_TypeDef and theirs). Reset values: the vendor's
SVD of the STM32F7x6.
"""

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import NoParameters
from simtiny.machine.peripherals.registers import Register, RegisterFile, Table, follows
from simtiny.machine.peripherals.stm32.flash import OPTIONS, STRAY, FlashController, FlashSpec
from simtiny.machine.peripherals.stm32.flash_locks import OPTION_KEYS, Lock
from simtiny.machine.peripherals.stm32.power import PowerController
from simtiny.machine.peripherals.stm32.rcc import (
    AHB_DIVIDER,
    LSE_HZ,
    ClockController,
    KernelClock,
    ResetFlags,
    bus_clocks,
    kernel_clocks,
    low_speed_clocks,
)
from simtiny.machine.peripherals.words import write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind

HSI_HZ = 16e6  # CMSIS system_stm32f7xx.c HSI_VALUE
CSR_RMVF, CSR_RESET_FLAGS = 1 << 24, 0xFE << 24

# CMSIS RCC_DCKCFGR2_*SEL
_SOURCES = ("sysclk", "hsi", "lse")
SERIAL_PORTS = {
    "usart1": KernelClock("DCKCFGR2", 0, ("apb2", *_SOURCES)),
    "usart2": KernelClock("DCKCFGR2", 2, ("apb1", *_SOURCES)),
    "usart3": KernelClock("DCKCFGR2", 4, ("apb1", *_SOURCES)),
    "uart4": KernelClock("DCKCFGR2", 6, ("apb1", *_SOURCES)),
    "uart5": KernelClock("DCKCFGR2", 8, ("apb1", *_SOURCES)),
    "usart6": KernelClock("DCKCFGR2", 10, ("apb2", *_SOURCES)),
    "uart7": KernelClock("DCKCFGR2", 12, ("apb1", *_SOURCES)),
    "uart8": KernelClock("DCKCFGR2", 14, ("apb1", *_SOURCES)),
}
OTHERS = {
    "lptim1": KernelClock("DCKCFGR2", 24, ("apb1", "lsi", "hsi", "lse")),
    "rng": KernelClock("DCKCFGR2", 27, ("pll_q", "pllsai_p"), bits=1),
}
PLLON, PLLSAION = 1 << 24, 1 << 28  # of CR

# CMSIS RCC_DCKCFGR2_I2C*SEL
BUSES = {f"i2c{place + 1}": KernelClock("DCKCFGR2", 16 + 2 * place, ("apb1", "sysclk", "hsi")) for place in range(4)}


def pll_hz(file: RegisterFile, hse_hz: float) -> float:
    """PLLCLK = source / M * N / P. M of 0 or 1 and N below 2 are not allowed: 0."""
    source_hz = hse_hz if file.field("PLLCFGR", "PLLSRC") else HSI_HZ
    m, n, p = file.field("PLLCFGR", "PLLM"), file.field("PLLCFGR", "PLLN"), 2 * (file.field("PLLCFGR", "PLLP") + 1)
    return source_hz / m * n / p if m >= 2 else 0.0


def clk48_hz(file: RegisterFile, hse_hz: float) -> dict[str, float]:
    """What 48 MHz can be had from: outputs Q of the PLL and P of PLLSAI, each 0 while off."""
    source_hz = hse_hz if file.field("PLLCFGR", "PLLSRC") else HSI_HZ
    m, q = file.field("PLLCFGR", "PLLM"), file.field("PLLCFGR", "PLLQ")
    p = 2 * (file.field("PLLSAICFGR", "PLLSAIP") + 1)
    vco = source_hz / m * file.field("PLLCFGR", "PLLN") if m >= 2 and file["CR"] & PLLON else 0.0
    vco_sai = source_hz / m * file.field("PLLSAICFGR", "PLLSAIN") if m >= 2 and file["CR"] & PLLSAION else 0.0
    return {"pll_q": vco / q if q else 0.0, "pllsai_p": vco_sai / p}


class F7Rcc(ClockController):
    """Kind "stm32f7-rcc"."""

    table = Table(
        {
            "CR": Register(0x00, reset=0x00000083),
            "PLLCFGR": Register(
                0x04,
                reset=0x24003010,
                fields={"PLLM": (0, 6), "PLLN": (6, 9), "PLLP": (16, 2), "PLLSRC": (22, 1), "PLLQ": (24, 4)},
            ),
            "CFGR": Register(0x08, fields={"SW": (0, 2), "HPRE": (4, 4), "PPRE1": (10, 3), "PPRE2": (13, 3)}),
            "CIR": Register(0x0C, writable=0x7F << 8, pulse=0xFF << 16),
            "AHB1RSTR": Register(0x10),
            "AHB2RSTR": Register(0x14),
            "AHB3RSTR": Register(0x18),
            "APB1RSTR": Register(0x20),
            "APB2RSTR": Register(0x24),
            "AHB1ENR": Register(0x30, reset=0x00100000),
            "AHB2ENR": Register(0x34),
            "AHB3ENR": Register(0x38),
            "APB1ENR": Register(0x40),
            "APB2ENR": Register(0x44),
            "AHB1LPENR": Register(0x50, reset=0x7E6791FF),
            "AHB2LPENR": Register(0x54, reset=0x000000F1),
            "AHB3LPENR": Register(0x58, reset=0x00000001),
            "APB1LPENR": Register(0x60, reset=0x36FEC9FF),
            "APB2LPENR": Register(0x64, reset=0x00075F33),
            "BDCR": Register(0x70),
            "CSR": Register(0x74, reset=0x0E000000, writable=1 | CSR_RMVF),
            "SSCGR": Register(0x80),
            "PLLI2SCFGR": Register(0x84, reset=0x20003000),
            "PLLSAICFGR": Register(0x88, reset=0x20003000, fields={"PLLSAIN": (6, 9), "PLLSAIP": (16, 2)}),
            "DCKCFGR1": Register(0x8C, fields={"TIMPRE": (24, 1)}),
            "DCKCFGR2": Register(0x90),
        },
        follows(
            "CR[0] -> CR[1]",  # HSION, HSIRDY
            "CR[16] -> CR[17]",  # HSEON, HSERDY
            "CR[24] -> CR[25]",  # PLLON, PLLRDY
            "CR[26] -> CR[27]",  # PLLI2SON, PLLI2SRDY
            "CR[28] -> CR[29]",  # PLLSAION, PLLSAIRDY
            "CFGR[1:0] -> CFGR[3:2]",  # SW, SWS
            "BDCR[0] -> BDCR[1]",  # LSEON, LSERDY
            "CSR[0] -> CSR[1]",  # LSION, LSIRDY
        ),
    )
    reset_flags = ResetFlags("CSR", CSR_RMVF, CSR_RESET_FLAGS)

    def clocks(self) -> dict[str, float]:
        file = self._file
        sysclk = (HSI_HZ, self._hse_hz, pll_hz(file, self._hse_hz), 0.0)[file.field("CFGR", "SW")]
        core = sysclk / AHB_DIVIDER[file.field("CFGR", "HPRE")]
        # CMSIS RCC_DCKCFGR1_TIMPRE; stm32f7xx_hal_rcc_ex.h, RCC_TIMPRES_*
        timer_multiple = 4 if file.field("DCKCFGR1", "TIMPRE") else 2
        prescalers = {"apb1": file.field("CFGR", "PPRE1"), "apb2": file.field("CFGR", "PPRE2")}
        clocks = {"sysclk": sysclk, "core": core, **bus_clocks(core, prescalers, timer_multiple)}
        low = low_speed_clocks(file, file["CSR"] & 1, self._hse_hz / max(2, file["CFGR"] >> 16 & 0x1F))  # RTCPRE
        serial = kernel_clocks(file, SERIAL_PORTS | BUSES, {**clocks, "hsi": HSI_HZ, "lse": LSE_HZ})
        sources = {**clocks, **low, "hsi": HSI_HZ, **clk48_hz(file, self._hse_hz)}
        return clocks | low | serial | kernel_clocks(file, OTHERS, sources)


class F7Pwr(PowerController):
    """Kind "stm32f7-pwr"."""

    table = Table(
        {
            "CR1": Register(0x00, reset=0xC000, pulse=1 << 3, fields={"VOS": (14, 2)}),  # VOS = 3: scale 1
            "CSR1": Register(0x04, writable=1 << 8 | 1 << 9, clear=3 << 18, always=1 << 14),  # VOSRDY
            "CR2": Register(0x08, writable=0x3F00, pulse=0x3F),
            "CSR2": Register(0x0C, writable=0x3F00),
        },
        follows(
            "CR1[16] -> CSR1[16]",  # ODEN, ODRDY
            "CR1[17] -> CSR1[17]",  # ODSWEN, ODSWRDY
            "CSR1[9] -> CSR1[3]",  # BRE, BRR
        ),
    )

    @property
    def voltage_range(self) -> str:
        """The regulator's voltage scale: "1", "2" or "3"."""
        return str(4 - max(1, self._file.field("CR1", "VOS")))


CR_LOCK, OPTCR_OPTLOCK = 1 << 31, 1 << 0
CR_PG, CR_SER, CR_MER, CR_START, CR_EOPIE, CR_ERRIE = 1 << 0, 1 << 1, 1 << 2, 1 << 16, 1 << 24, 1 << 25
SR_FLAGS = 0xF3
SR_EOP, SR_OPERR, SR_WRPERR, SR_PGAERR, SR_PGPERR, SR_ERSERR, SR_BSY = (
    1 << 0, 1 << 1, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 16,
)  # fmt: skip
# Four sectors of an eighth of a large one, one of a half, and large ones (RM0385, flash organization) [unchecked].
LARGE_SECTOR = 0x4_0000
# Typical, by 32 bits: the data sheet of STM32F746 (DS10916), from memory [unchecked]; a second per 128 KB
PROGRAM_S, ERASE_S_PER_BYTE = 16e-6, 1.0 / 0x2_0000


def sector(number: int, flash_bytes: int) -> tuple[int, int] | None:
    """Offset and size of a sector, None for one that is not there."""
    if number < 4:
        offset, size = number * LARGE_SECTOR // 8, LARGE_SECTOR // 8
    elif number == 4:
        offset = size = LARGE_SECTOR // 2
    else:
        offset, size = (number - 4) * LARGE_SECTOR, LARGE_SECTOR
    return (offset, size) if offset + size <= flash_bytes else None


class F7Flash(FlashController[NoParameters]):
    """Kind "stm32f7-flash". Hands the programmed latency to the machine; the caches are the core's.

    The ART accelerator and the prefetch serve the ITCM interface (addresses from 0x00200000) alone, which the core's
    caches don't: code at 0x08000000 comes over AXI, without them (RM0385, 3.3.2, cited, not read).
    """

    takes = NoParameters
    # OPTCR and OPTCR1 as shipped, from memory of RM0385 [unchecked]
    table = Table(
        {
            "ACR": Register(0x00, fields={"LATENCY": (0, 4), "PRFTEN": (8, 1), "ARTEN": (9, 1)}),
            "KEYR": Register(0x04, writable=0),
            "OPTKEYR": Register(0x08, writable=0),
            "SR": Register(0x0C, writable=0, clear=SR_FLAGS),
            "CR": Register(0x10, reset=CR_LOCK, pulse=CR_START),
            "OPTCR": Register(0x14, reset=0xC0FFAAFD),
            "OPTCR1": Register(0x18, reset=0x00400080),
        }
    )
    spec = FlashSpec(
        locks={"KEYR": Lock("CR", CR_LOCK), "OPTKEYR": Lock("OPTCR", OPTCR_OPTLOCK, OPTION_KEYS)},
        controls={"CR": 0},
    )

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._half: tuple[int, int] | None = None  # address and value of the first word of a double word

    def store(self, address: int, size: int, value: int) -> None:
        """The core stores to flash: bits become 0, none becomes 1."""
        control, half = self._file["CR"], self._half
        self._half = None
        parallelism = 1 << (control >> 8 & 3)  # PSIZE, in bytes
        if not control & CR_PG:
            self._note(NoteKind.FIRMWARE, STRAY)
            self._fails(SR_ERSERR)
        elif parallelism == 8 and size == 4 and address % 8 == 0:
            self._half = address, value  # STRD comes as two words
        elif parallelism == 8 and size == 4 and half is not None and half[0] == address - 4:
            self._program(address - 4, 8, half[1] | value << 32)
        elif size != parallelism:
            self._fails(SR_PGPERR)
        elif address % size:
            self._fails(SR_PGAERR)
        else:
            self._program(address, size, value)

    def _program(self, address: int, size: int, value: int) -> None:
        before = int.from_bytes(self._system.read_flash(address, size), "little")
        self._system.change_flash(address, (before & value).to_bytes(size, "little"))
        self._begin(PROGRAM_S)

    def operate(self, name: str, offset: int, size: int, value: int) -> None:
        control, flash = self._file["CR"], self._system.flash_range
        if name != "CR" or not write_lane(0, offset, size, value) & CR_START:
            return
        erased = (0, len(flash)) if control & CR_MER else sector(control >> 3 & 0xF, len(flash))  # SNB
        if erased is None or not control & (CR_MER | CR_SER):
            self._fails(SR_ERSERR)
            return
        self._system.change_flash(flash.start + erased[0], b"\xff" * erased[1])
        self._begin(erased[1] * ERASE_S_PER_BYTE)

    def _begin(self, seconds: float) -> None:
        self._file["SR"] |= SR_BSY
        self._takes(seconds, self._done)

    def _done(self) -> None:
        self._file["SR"] &= ~SR_BSY
        if self._file["CR"] & CR_EOPIE:
            self._file["SR"] |= SR_EOP
        self.interrupt()

    def _fails(self, error: int) -> None:
        self._file["SR"] |= error | (SR_OPERR if self._file["CR"] & CR_ERRIE else 0)
        self.interrupt()

    def interrupt(self) -> None:
        status, control = self._file["SR"], self._file["CR"]
        high = (status & SR_EOP and control & CR_EOPIE) or (status & SR_OPERR and control & CR_ERRIE)
        for line in self._irq[:1]:
            self._system.set_irq(line, bool(high), self._name)

    def announce(self) -> None:
        art, prefetch = bool(self._file.field("ACR", "ARTEN")), bool(self._file.field("ACR", "PRFTEN"))
        self._system.set_flash_acceleration(
            wait_states=self._file.field("ACR", "LATENCY"), prefetch=False, alias_cache=art, alias_prefetch=prefetch
        )
        if art or prefetch:
            what = (
                "ART accelerator or prefetch enabled: they serve code and data at 0x00200000 only, "
                "and no recorded result ran from there"
            )
            self._note(NoteKind.METHOD, what)

    def write(self, offset: int, size: int, value: int) -> None:
        if self._file.name(offset) in ("OPTCR", "OPTCR1"):
            self._write_options(offset, size, value)
        else:
            super().write(offset, size, value)

    def _write_options(self, offset: int, size: int, value: int) -> None:
        """Only the lock takes effect: the option bytes are the board's."""
        if self._file["OPTCR"] & OPTCR_OPTLOCK:
            return
        if self._file.name(offset) == "OPTCR" and write_lane(self._file["OPTCR"], offset, size, value) & OPTCR_OPTLOCK:
            self._file["OPTCR"] |= OPTCR_OPTLOCK
            self._locks.notice()
        else:
            self._note(NoteKind.UNMODELLED, OPTIONS)
