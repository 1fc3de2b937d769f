"""STM32F74x and F75x reset and clock control: ready flags, and the clock tree that the firmware programs.

Offsets and bits: CMSIS stm32f746xx.h (RCC_TypeDef, RCC_*). Reset values: the vendor's SVD of the STM32F7x6.
"""

from dataclasses import dataclass

from simtiny.machine.peripherals.registers import Register, follow
from simtiny.machine.peripherals.stm32_rcc import ClockController, Parameters, ResetFlags
from simtiny.machine.peripherals.words import parameters
from simtiny.machine.system import System
from simtiny.platform import PeripheralConfig

HSI_HZ = 16e6  # CMSIS system_stm32f7xx.c HSI_VALUE
LSE_HZ = 32_768.0
AHB_DIVIDER = (1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 8, 16, 64, 128, 256, 512)  # by CFGR.HPRE
APB_DIVIDER = (1, 1, 1, 1, 2, 4, 8, 16)  # by CFGR.PPRE1, PPRE2
PLLCFGR_PLLSRC = 1 << 22
DCKCFGR1_TIMPRE = 1 << 24
CSR_RMVF, CSR_RESET_FLAGS = 1 << 24, 0xFE << 24

# Kernel clock of each serial port: (bit of its two-bit field in DCKCFGR2, its bus). CMSIS RCC_DCKCFGR2_*SEL.
SERIAL_PORTS = {
    "usart1": (0, "apb2"),
    "usart2": (2, "apb1"),
    "usart3": (4, "apb1"),
    "uart4": (6, "apb1"),
    "uart5": (8, "apb1"),
    "usart6": (10, "apb2"),
    "uart7": (12, "apb1"),
    "uart8": (14, "apb1"),
}

REGISTERS = {
    "CR": Register(0x00, reset=0x00000083),
    "PLLCFGR": Register(0x04, reset=0x24003010),
    "CFGR": Register(0x08),
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
    "PLLSAICFGR": Register(0x88, reset=0x20003000),
    "DCKCFGR1": Register(0x8C),
    "DCKCFGR2": Register(0x90),
}
FOLLOWS = tuple(
    follow(rule)
    for rule in (
        "CR[0] -> CR[1]",  # HSION, HSIRDY
        "CR[16] -> CR[17]",  # HSEON, HSERDY
        "CR[24] -> CR[25]",  # PLLON, PLLRDY
        "CR[26] -> CR[27]",  # PLLI2SON, PLLI2SRDY
        "CR[28] -> CR[29]",  # PLLSAION, PLLSAIRDY
        "CFGR[1:0] -> CFGR[3:2]",  # SW, SWS
        "BDCR[0] -> BDCR[1]",  # LSEON, LSERDY
        "CSR[0] -> CSR[1]",  # LSION, LSIRDY
    )
)


@dataclass(frozen=True)
class ClockRegisters:
    """What decides the clocks: the registers' values and the oscillator that the board feeds to HSE."""

    cfgr: int
    pllcfgr: int
    dckcfgr1: int
    dckcfgr2: int
    hse_hz: float


def pll_hz(registers: ClockRegisters) -> float:
    """PLLCLK = source / M * N / P. M of 0 or 1 and N below 2 are not allowed: 0."""
    pllcfgr = registers.pllcfgr
    source_hz = registers.hse_hz if pllcfgr & PLLCFGR_PLLSRC else HSI_HZ
    m, n, p = pllcfgr & 0x3F, pllcfgr >> 6 & 0x1FF, 2 * ((pllcfgr >> 16 & 3) + 1)
    return source_hz / m * n / p if m >= 2 else 0.0


def clock_tree(registers: ClockRegisters) -> dict[str, float]:
    """Frequencies in hertz by name. All are 0 if the selected system clock is off."""
    cfgr = registers.cfgr
    sysclk = (HSI_HZ, registers.hse_hz, pll_hz(registers), 0.0)[cfgr & 3]
    core = sysclk / AHB_DIVIDER[cfgr >> 4 & 0xF]
    clocks = {"sysclk": sysclk, "core": core}
    # Timers run at up to twice their bus, or up to four times with TIMPRE, never faster than HCLK (CMSIS
    # RCC_DCKCFGR1_TIMPRE; stm32f7xx_hal_rcc_ex.h, RCC_TIMPRES_*).
    factor = 4 if registers.dckcfgr1 & DCKCFGR1_TIMPRE else 2
    for bus, low in (("apb1", 10), ("apb2", 13)):
        divider = APB_DIVIDER[cfgr >> low & 7]
        clocks[bus] = core / divider
        clocks[f"{bus}_timer"] = core * min(factor, divider) / divider
    for port, (low, bus) in SERIAL_PORTS.items():
        clocks[port] = (clocks[bus], sysclk, HSI_HZ, LSE_HZ)[registers.dckcfgr2 >> low & 3]
    return clocks


class Rcc(ClockController):
    """Kind "stm32f7-rcc"."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        flags = ResetFlags("CSR", CSR_RMVF, CSR_RESET_FLAGS)
        super().__init__(config, system, REGISTERS, FOLLOWS, flags, parameters(config, Parameters).hse_hz)

    def clocks(self) -> dict[str, float]:
        file = self._file
        return clock_tree(
            ClockRegisters(file["CFGR"], file["PLLCFGR"], file["DCKCFGR1"], file["DCKCFGR2"], self._hse_hz)
        )
