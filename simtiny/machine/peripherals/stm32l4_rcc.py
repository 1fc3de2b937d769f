"""STM32L4 and L4+ reset and clock control: ready flags, and the clock tree that the firmware programs.

Offsets and bits: CMSIS stm32l4r5xx.h (RCC_TypeDef, RCC_*). Reset values: QEMU's stm32l4x5_rcc.c, of an L4, not
checked against RM0432; the sleep-mode enables (SMENR) start with every clock that the header lists for the L4R5.
"""

from dataclasses import dataclass

from simtiny.machine.peripherals.registers import Register, follow
from simtiny.machine.peripherals.stm32_rcc import ClockController, Parameters, ResetFlags
from simtiny.machine.peripherals.words import parameters
from simtiny.machine.system import System
from simtiny.platform import PeripheralConfig

HSI_HZ = 16e6  # CMSIS system_stm32l4xx.c HSI_VALUE
LSE_HZ = 32_768.0
# By MSIRANGE; CMSIS system_stm32l4xx.c MSIRangeTable
MSI_HZ = (100e3, 200e3, 400e3, 800e3, 1e6, 2e6, 4e6, 8e6, 16e6, 24e6, 32e6, 48e6)
AHB_DIVIDER = (1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 8, 16, 64, 128, 256, 512)  # by CFGR.HPRE
APB_DIVIDER = (1, 1, 1, 1, 2, 4, 8, 16)  # by CFGR.PPRE1, PPRE2
CR_MSIRGSEL = 1 << 3
PLLCFGR_PLLREN = 1 << 24
CSR_RMVF, CSR_RESET_FLAGS = 1 << 23, 0xFF << 24

# Kernel clock of each serial port: (bit of its two-bit field in CCIPR, its bus). CMSIS RCC_CCIPR_*SEL.
SERIAL_PORTS = {
    "usart1": (0, "apb2"),
    "usart2": (2, "apb1"),
    "usart3": (4, "apb1"),
    "uart4": (6, "apb1"),
    "uart5": (8, "apb1"),
    "lpuart1": (10, "apb1"),
}

REGISTERS = {
    "CR": Register(0x00, reset=0x00000063),
    "ICSCR": Register(0x04, reset=0x40000000),
    "CFGR": Register(0x08),
    "PLLCFGR": Register(0x0C, reset=0x00001000),
    "PLLSAI1CFGR": Register(0x10, reset=0x00001000),
    "PLLSAI2CFGR": Register(0x14, reset=0x00001000),
    "CIER": Register(0x18),
    "CIFR": Register(0x1C, writable=0),
    "CICR": Register(0x20, writable=0),
    "AHB1RSTR": Register(0x28),
    "AHB2RSTR": Register(0x2C),
    "AHB3RSTR": Register(0x30),
    "APB1RSTR1": Register(0x38),
    "APB1RSTR2": Register(0x3C),
    "APB2RSTR": Register(0x40),
    "AHB1ENR": Register(0x48, reset=0x00000100),
    "AHB2ENR": Register(0x4C),
    "AHB3ENR": Register(0x50),
    "APB1ENR1": Register(0x58, reset=0x00000400),
    "APB1ENR2": Register(0x5C),
    "APB2ENR": Register(0x60),
    "AHB1SMENR": Register(0x68, reset=0x00031307),
    "AHB2SMENR": Register(0x6C, reset=0x005477FF),
    "AHB3SMENR": Register(0x70, reset=0x00000301),
    "APB1SMENR1": Register(0x78, reset=0xF3FECC3F),
    "APB1SMENR2": Register(0x7C, reset=0x00000023),
    "APB2SMENR": Register(0x80, reset=0x01677801),
    "CCIPR": Register(0x88),
    "BDCR": Register(0x90),
    "CSR": Register(0x94, reset=0x0C000600),
    "CRRCR": Register(0x98),
    "CCIPR2": Register(0x9C),
    "DLYCFGR": Register(0xA4),
}
FOLLOWS = tuple(
    follow(rule)
    for rule in (
        "CR[0] -> CR[1]",  # MSION, MSIRDY
        "CR[8] -> CR[10]",  # HSION, HSIRDY
        "CR[16] -> CR[17]",  # HSEON, HSERDY
        "CR[24] -> CR[25]",  # PLLON, PLLRDY
        "CR[26] -> CR[27]",  # PLLSAI1ON, PLLSAI1RDY
        "CR[28] -> CR[29]",  # PLLSAI2ON, PLLSAI2RDY
        "CFGR[1:0] -> CFGR[3:2]",  # SW, SWS
        "BDCR[0] -> BDCR[1]",  # LSEON, LSERDY
        "CSR[0] -> CSR[1]",  # LSION, LSIRDY
        "CRRCR[0] -> CRRCR[1]",  # HSI48ON, HSI48RDY
    )
)


@dataclass(frozen=True)
class ClockRegisters:
    """What decides the clocks: the registers' values and the oscillator that the board feeds to HSE."""

    cr: int
    cfgr: int
    pllcfgr: int
    csr: int
    ccipr: int
    hse_hz: float


def msi_hz(registers: ClockRegisters) -> float:
    """MSI's frequency: MSIRANGE counts once MSIRGSEL is set, else MSISRANGE, the range after standby."""
    code = registers.cr >> 4 & 0xF if registers.cr & CR_MSIRGSEL else registers.csr >> 8 & 0xF
    return MSI_HZ[code] if code < len(MSI_HZ) else 0.0


def pll_hz(registers: ClockRegisters) -> float:
    """PLLCLK = source / M * N / R, or 0 while the R output is off."""
    pllcfgr = registers.pllcfgr
    if not pllcfgr & PLLCFGR_PLLREN:
        return 0.0
    source_hz = (0.0, msi_hz(registers), HSI_HZ, registers.hse_hz)[pllcfgr & 3]
    m, n, r = (pllcfgr >> 4 & 0xF) + 1, pllcfgr >> 8 & 0x7F, 2 * ((pllcfgr >> 25 & 3) + 1)
    return source_hz / m * n / r


def clock_tree(registers: ClockRegisters) -> dict[str, float]:
    """Frequencies in hertz by name. All are 0 if the selected system clock is off."""
    cfgr = registers.cfgr
    sysclk = (msi_hz(registers), HSI_HZ, registers.hse_hz, pll_hz(registers))[cfgr & 3]
    core = sysclk / AHB_DIVIDER[cfgr >> 4 & 0xF]
    clocks = {"sysclk": sysclk, "core": core}
    for bus, low in (("apb1", 8), ("apb2", 11)):
        divider = APB_DIVIDER[cfgr >> low & 7]
        clocks[bus] = core / divider
        # Timers run at twice a divided bus clock (RM0432, clock tree).
        clocks[f"{bus}_timer"] = core if divider == 1 else 2 * core / divider
    for port, (low, bus) in SERIAL_PORTS.items():
        clocks[port] = (clocks[bus], sysclk, HSI_HZ, LSE_HZ)[registers.ccipr >> low & 3]
    return clocks


class Rcc(ClockController):
    """Kind "stm32l4-rcc"."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        flags = ResetFlags("CSR", CSR_RMVF, CSR_RESET_FLAGS)
        super().__init__(config, system, REGISTERS, FOLLOWS, flags, parameters(config, Parameters).hse_hz)

    def clocks(self) -> dict[str, float]:
        file = self._file
        return clock_tree(
            ClockRegisters(file["CR"], file["CFGR"], file["PLLCFGR"], file["CSR"], file["CCIPR"], self._hse_hz)
        )
