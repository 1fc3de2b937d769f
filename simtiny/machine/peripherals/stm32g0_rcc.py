"""STM32G0 reset and clock control: ready flags, and the clock tree that the firmware programs.

Offsets and bits: CMSIS stm32g0b1xx.h (RCC_TypeDef, RCC_*). The tree: CMSIS system_stm32g0xx.c SystemCoreClockUpdate and
the HAL's stm32g0xx_hal_rcc.h. Reset values from memory of RM0444, unchecked.
"""

from dataclasses import dataclass

from simtiny.machine.peripherals.registers import Register, follow
from simtiny.machine.peripherals.stm32_rcc import ClockController, Parameters, ResetFlags
from simtiny.machine.peripherals.words import parameters
from simtiny.machine.system import System
from simtiny.platform import PeripheralConfig

HSI_HZ = 16e6  # CMSIS system_stm32g0xx.c HSI_VALUE
LSI_HZ = 32_000.0  # the same file's LSI_VALUE
LSE_HZ = 32_768.0
AHB_DIVIDER = (1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 8, 16, 64, 128, 256, 512)  # by CFGR.HPRE
APB_DIVIDER = (1, 1, 1, 1, 2, 4, 8, 16)  # by CFGR.PPRE
PLLCFGR_PLLREN = 1 << 28
CSR_RMVF, CSR_RESET_FLAGS = 1 << 23, 0xFF << 24

# Bit of the two-bit field in CCIPR that selects each port's kernel clock. CMSIS RCC_CCIPR_*SEL.
SERIAL_PORTS = {"usart1": 0, "usart2": 2, "usart3": 4, "lpuart2": 8, "lpuart1": 10}

REGISTERS = {
    "CR": Register(0x00, reset=0x00000500),  # HSI on and ready
    "ICSCR": Register(0x04, reset=0x00004000),
    "CFGR": Register(0x08),
    "PLLCFGR": Register(0x0C, reset=0x00001000),
    "CRRCR": Register(0x14),
    "CIER": Register(0x18),
    "CIFR": Register(0x1C, writable=0),
    "CICR": Register(0x20, writable=0),
    "IOPRSTR": Register(0x24),
    "AHBRSTR": Register(0x28),
    "APBRSTR1": Register(0x2C),
    "APBRSTR2": Register(0x30),
    "IOPENR": Register(0x34),
    "AHBENR": Register(0x38, reset=0x00000100),
    "APBENR1": Register(0x3C),
    "APBENR2": Register(0x40),
    "IOPSMENR": Register(0x44),
    "AHBSMENR": Register(0x48),
    "APBSMENR1": Register(0x4C),
    "APBSMENR2": Register(0x50),
    "CCIPR": Register(0x54),
    "CCIPR2": Register(0x58),
    "BDCR": Register(0x5C),
    "CSR": Register(0x60),
}
FOLLOWS = tuple(
    follow(rule)
    for rule in (
        "CR[8] -> CR[10]",  # HSION, HSIRDY
        "CR[16] -> CR[17]",  # HSEON, HSERDY
        "CR[22] -> CR[23]",  # HSI48ON, HSI48RDY
        "CR[24] -> CR[25]",  # PLLON, PLLRDY
        "CFGR[2:0] -> CFGR[5:3]",  # SW, SWS
        "BDCR[0] -> BDCR[1]",  # LSEON, LSERDY
        "CSR[0] -> CSR[1]",  # LSION, LSIRDY
    )
)


@dataclass(frozen=True)
class ClockRegisters:
    """What decides the clocks: the registers' values and the oscillator that the board feeds to HSE."""

    cr: int
    cfgr: int
    pllcfgr: int
    ccipr: int
    hse_hz: float


def pll_hz(registers: ClockRegisters) -> float:
    """PLLRCLK = source / M * N / R, or 0 while the R output is off."""
    pllcfgr = registers.pllcfgr
    if not pllcfgr & PLLCFGR_PLLREN:
        return 0.0
    source_hz = (0.0, 0.0, HSI_HZ, registers.hse_hz)[pllcfgr & 3]
    m, n, r = (pllcfgr >> 4 & 7) + 1, pllcfgr >> 8 & 0x7F, (pllcfgr >> 29 & 7) + 1
    return source_hz / m * n / r


def clock_tree(registers: ClockRegisters) -> dict[str, float]:
    """Frequencies in hertz by name. All are 0 if the selected system clock is off."""
    cfgr = registers.cfgr
    hsisys = HSI_HZ / (1 << (registers.cr >> 11 & 7))
    sources = (hsisys, registers.hse_hz, pll_hz(registers), LSI_HZ, LSE_HZ, 0.0, 0.0, 0.0)
    sysclk = sources[cfgr & 7]
    core = sysclk / AHB_DIVIDER[cfgr >> 8 & 0xF]
    divider = APB_DIVIDER[cfgr >> 12 & 7]
    apb = core / divider
    # Timers run at twice a divided bus clock (RM0444, clock tree).
    clocks = {"sysclk": sysclk, "core": core, "apb": apb, "apb_timer": core if divider == 1 else 2 * apb}
    for port, low in SERIAL_PORTS.items():
        clocks[port] = (apb, sysclk, HSI_HZ, LSE_HZ)[registers.ccipr >> low & 3]
    return clocks


class Rcc(ClockController):
    """Kind "stm32g0-rcc"."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        flags = ResetFlags("CSR", CSR_RMVF, CSR_RESET_FLAGS)
        super().__init__(config, system, REGISTERS, FOLLOWS, flags, parameters(config, Parameters).hse_hz)

    def clocks(self) -> dict[str, float]:
        file = self._file
        return clock_tree(ClockRegisters(file["CR"], file["CFGR"], file["PLLCFGR"], file["CCIPR"], self._hse_hz))
