"""STM32U5 and U3 reset and clock control: ready flags, and the clock tree that the firmware programs.

Offsets and bits: CMSIS stm32u575xx.h and stm32u385xx.h (RCC_TypeDef, RCC_*). The frequencies follow the families' own
HAL, HAL_RCC_GetSysClockFreq. Of the reset values, the oscillators (MSI at 4 MHz on U5, 12 MHz on U3) are those that
system_stm32u5xx.c and system_stm32u3xx.c state; the others are from memory of RM0456 and RM0487, unchecked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from simtiny.machine.peripherals.registers import Follow, Register, follow
from simtiny.machine.peripherals.stm32_rcc import ClockController, ResetFlags
from simtiny.machine.peripherals.words import parameters
from simtiny.machine.system import System
from simtiny.platform import PeripheralConfig

HSI_HZ = 16e6  # CMSIS system_stm32u5xx.c and system_stm32u3xx.c, HSI_VALUE
LSE_HZ = 32_768.0
AHB_DIVIDER = (1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 8, 16, 64, 128, 256, 512)  # by CFGR2.HPRE
APB_DIVIDER = (1, 1, 1, 1, 2, 4, 8, 16)  # by CFGR2.PPRE1, PPRE2 and CFGR3.PPRE3
APB_FIELDS = {"apb1": ("CFGR2", 4), "apb2": ("CFGR2", 8), "apb3": ("CFGR3", 4)}
ICSCR1_MSIRGSEL = 1 << 23
# CMSIS system_stm32u5xx.c, MSIRangeTable
U5_MSI_HZ = (
    48e6,
    24e6,
    16e6,
    12e6,
    4e6,
    2e6,
    1.33e6,
    1e6,
    3.072e6,
    1.536e6,
    1.024e6,
    768e3,
    400e3,
    200e3,
    133e3,
    100e3,
)
U5_PLL1REN, U5_PLL1FRACEN = 1 << 18, 1 << 4
U3_MSIRC_HZ = (96e6, 24e6)  # system_stm32u3xx.c, MSIRC0_VALUE and MSIRC1_VALUE: by ICSCR1.MSISSEL
CSR_RMVF, CSR_RESET_FLAGS = 1 << 23, 0xFF << 24


def _enables(*names: str, first: int) -> dict[str, Register]:
    """Registers that only read back, from offset `first` on; "" stands for a gap of one word."""
    return {name: Register(first + 4 * place) for place, name in enumerate(names) if name}


_COMMON = {
    "CRRCR": Register(0x14),
    "CFGR1": Register(0x1C),
    "CFGR2": Register(0x20),
    "CFGR3": Register(0x24),
    "CIER": Register(0x50),
    "CIFR": Register(0x54, writable=0),
    "CICR": Register(0x58, writable=0),
}
U5_REGISTERS = _COMMON | {
    "CR": Register(0x00, reset=0x0000_0035),
    "ICSCR1": Register(0x08, reset=0x4400_0000),
    "ICSCR2": Register(0x0C),
    "ICSCR3": Register(0x10),
    **_enables("PLL1CFGR", "PLL2CFGR", "PLL3CFGR", first=0x28),
    "PLL1DIVR": Register(0x34, reset=0x0101_0280),
    "PLL1FRACR": Register(0x38),
    "PLL2DIVR": Register(0x3C, reset=0x0101_0280),
    "PLL2FRACR": Register(0x40),
    "PLL3DIVR": Register(0x44, reset=0x0101_0280),
    "PLL3FRACR": Register(0x48),
    **_enables("AHB1RSTR", "AHB2RSTR1", "AHB2RSTR2", "AHB3RSTR", first=0x60),
    **_enables("APB1RSTR1", "APB1RSTR2", "APB2RSTR", "APB3RSTR", first=0x74),
    **_enables("AHB1ENR", "AHB2ENR1", "AHB2ENR2", "AHB3ENR", first=0x88),
    **_enables("APB1ENR1", "APB1ENR2", "APB2ENR", "APB3ENR", first=0x9C),
    **_enables("AHB1SMENR", "AHB2SMENR1", "AHB2SMENR2", "AHB3SMENR", first=0xB0),
    **_enables("APB1SMENR1", "APB1SMENR2", "APB2SMENR", "APB3SMENR", "", "SRDAMR", first=0xC4),
    **_enables("CCIPR1", "CCIPR2", "CCIPR3", "", "BDCR", first=0xE0),
    "CSR": Register(0xF4, reset=0x0C00_4400),
    **_enables("SECCFGR", "PRIVCFGR", first=0x110),
}
U3_REGISTERS = _COMMON | {
    "CR": Register(0x00, reset=0x0000_0005),
    "ICSCR1": Register(0x08, reset=0xB400_0000),
    "ICSCR2": Register(0x0C),
    "ICSCR3": Register(0x10),
    "CFGR4": Register(0x28),
    **_enables("AHB1RSTR1", "AHB2RSTR1", "AHB2RSTR2", "", first=0x60),
    **_enables("APB1RSTR1", "APB1RSTR2", "APB2RSTR", "APB3RSTR", first=0x74),
    **_enables("AHB1ENR1", "AHB2ENR1", "AHB2ENR2", "AHB1ENR2", first=0x88),
    **_enables("APB1ENR1", "APB1ENR2", "APB2ENR", "APB3ENR", first=0x9C),
    **_enables("AHB1SLPENR1", "AHB2SLPENR1", "AHB2SLPENR2", "AHB1SLPENR2", first=0xB0),
    **_enables("APB1SLPENR1", "APB1SLPENR2", "APB2SLPENR", "APB3SLPENR", first=0xC4),
    **_enables("AHB1STPENR1", "AHB2STPENR1", first=0xD8),
    **_enables("APB1STPENR1", "APB1STPENR2", "APB2STPENR", "APB3STPENR", first=0xEC),
    **_enables("CCIPR1", "CCIPR2", "CCIPR3", "", "BDCR", first=0x100),
    "CSR": Register(0x114, reset=0x0C00_1100),
    **_enables("SECCFGR", "PRIVCFGR", first=0x130),
}


# HSEON, HSERDY; SW, SWS; LSEON, LSERDY
_COMMON_RULES = ("CR[16] -> CR[17]", "CFGR1[1:0] -> CFGR1[3:2]", "BDCR[0] -> BDCR[1]")


def _follows(*rules: str) -> tuple[Follow, ...]:
    return tuple(follow(rule) for rule in (*rules, *_COMMON_RULES))


U5_FOLLOWS = _follows(
    "CR[0] -> CR[2]",  # MSISON, MSISRDY
    "CR[4] -> CR[5]",  # MSIKON, MSIKRDY
    "CR[8] -> CR[10]",  # HSION, HSIRDY
    "CR[12] -> CR[13]",  # HSI48ON, HSI48RDY
    "CR[14] -> CR[15]",  # SHSION, SHSIRDY
    "CR[24] -> CR[25]",  # PLL1ON, PLL1RDY
    "CR[26] -> CR[27]",  # PLL2ON, PLL2RDY
    "CR[28] -> CR[29]",  # PLL3ON, PLL3RDY
    "BDCR[7] -> BDCR[11]",  # LSESYSEN, LSESYSRDY
    "BDCR[26] -> BDCR[27]",  # LSION, LSIRDY
)
U3_FOLLOWS = _follows(
    "CR[0] -> CR[2]",  # MSISON, MSISRDY
    "CR[3] -> CR[4]",  # MSIKON, MSIKRDY
    "CR[5] -> CR[9]",  # MSIPLL1EN, MSIPLL1RDY
    "CR[6] -> CR[10]",  # MSIPLL0EN, MSIPLL0RDY
    "CR[11] -> CR[13]",  # HSION, HSIRDY
    "CR[14] -> CR[15]",  # HSI48ON, HSI48RDY
    "BDCR[7] -> BDCR[11]",  # LSESYSEN, LSESYSRDY
    "CSR[0] -> CSR[1]",  # LSION, LSIRDY
)


@dataclass(frozen=True)
class Port:
    """Kernel clock of a serial port: the `bits`-wide field at `low` of a CCIPR register picks one of `sources`."""

    register: str
    low: int
    bits: int
    sources: tuple[str, ...]


# CMSIS RCC_CCIPR1_*SEL, RCC_CCIPR3_LPUART1SEL; HAL RCC_USART1CLKSOURCE_* and their like. U3 can't choose SYSCLK.
_U5_SOURCES = ("sysclk", "hsi", "lse")
U5_PORTS = {
    "usart1": Port("CCIPR1", 0, 2, ("apb2", *_U5_SOURCES)),
    "usart2": Port("CCIPR1", 2, 2, ("apb1", *_U5_SOURCES)),
    "usart3": Port("CCIPR1", 4, 2, ("apb1", *_U5_SOURCES)),
    "uart4": Port("CCIPR1", 6, 2, ("apb1", *_U5_SOURCES)),
    "uart5": Port("CCIPR1", 8, 2, ("apb1", *_U5_SOURCES)),
    "lpuart1": Port("CCIPR3", 0, 3, ("apb3", *_U5_SOURCES, "msik")),
}
U3_PORTS = {
    "usart1": Port("CCIPR1", 0, 1, ("apb2", "hsi")),
    "usart3": Port("CCIPR1", 2, 1, ("apb1", "hsi")),
    "uart4": Port("CCIPR1", 4, 1, ("apb1", "hsi")),
    "uart5": Port("CCIPR1", 6, 1, ("apb1", "hsi")),
    "lpuart1": Port("CCIPR3", 0, 2, ("apb3", "hsi", "lse", "msik")),
}


def u5_msi_hz(file: Mapping[str, int], kernel: bool = False) -> float:
    """MSIS, or MSIK for `kernel`: ICSCR1's range counts once MSIRGSEL is set, else CSR's, the range after standby."""
    if file["ICSCR1"] & ICSCR1_MSIRGSEL:
        return U5_MSI_HZ[file["ICSCR1"] >> (24 if kernel else 28) & 0xF]
    return U5_MSI_HZ[file["CSR"] >> (8 if kernel else 12) & 0xF]


def u5_pll_hz(file: Mapping[str, int], hse_hz: float) -> float:
    """PLL1's output R = source / M * (N + fraction) / R, or 0 while it is off."""
    config, dividers = file["PLL1CFGR"], file["PLL1DIVR"]
    if not config & U5_PLL1REN:
        return 0.0
    source_hz = (0.0, u5_msi_hz(file), HSI_HZ, hse_hz)[config & 3]
    fraction = (file["PLL1FRACR"] >> 3 & 0x1FFF) / 0x2000 if config & U5_PLL1FRACEN else 0.0
    m, n, r = (config >> 8 & 0xF) + 1, (dividers & 0x1FF) + 1, (dividers >> 24 & 0x7F) + 1
    return source_hz / m * (n + fraction) / r


def u3_msi_hz(file: Mapping[str, int], kernel: bool = False) -> float:
    """MSIS, or MSIK for `kernel`: one of two RC oscillators, divided by a power of two; see `u5_msi_hz`."""
    control = file["ICSCR1"]
    if control & ICSCR1_MSIRGSEL:
        low = 26 if kernel else 29
        return U3_MSIRC_HZ[control >> (low + 2) & 1] / (1 << (control >> low & 3))
    return U3_MSIRC_HZ[1] / (1 << (file["CSR"] >> (8 if kernel else 12) & 3))


@dataclass(frozen=True)
class Family:
    registers: Mapping[str, Register]
    follows: tuple[Follow, ...]
    ports: Mapping[str, Port]
    msi_hz: Callable[[Mapping[str, int], bool], float]
    pll_hz: Callable[[Mapping[str, int], float], float]


FAMILIES = {
    "u5": Family(U5_REGISTERS, U5_FOLLOWS, U5_PORTS, u5_msi_hz, u5_pll_hz),
    "u3": Family(U3_REGISTERS, U3_FOLLOWS, U3_PORTS, u3_msi_hz, lambda file, hse_hz: 0.0),
}


def clock_tree(family: Family, file: Mapping[str, int], hse_hz: float) -> dict[str, float]:
    """Frequencies in hertz by name from the registers' values. All are 0 if the selected system clock is off."""
    sysclk = (family.msi_hz(file, False), HSI_HZ, hse_hz, family.pll_hz(file, hse_hz))[file["CFGR1"] & 3]
    core = sysclk / AHB_DIVIDER[file["CFGR2"] & 0xF]
    clocks = {"sysclk": sysclk, "core": core}
    for bus, (register, low) in APB_FIELDS.items():
        divider = APB_DIVIDER[file[register] >> low & 7]
        clocks[bus] = core / divider
        # Timers run at twice a divided bus clock (RM0456, clock tree).
        clocks[f"{bus}_timer"] = core if divider == 1 else 2 * core / divider
    sources = clocks | {"hsi": HSI_HZ, "lse": LSE_HZ, "msik": family.msi_hz(file, True)}
    for name, port in family.ports.items():
        code = file[port.register] >> port.low & (1 << port.bits) - 1
        clocks[name] = sources[port.sources[code]] if code < len(port.sources) else 0.0
    return clocks


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`hse_hz`: what the board feeds to the external oscillator pins; 0 if nothing (HSERDY then stays 0)."""

    family: Literal["u5", "u3"]
    hse_hz: float = 0.0


class Rcc(ClockController):
    """Kind "stm32u5-rcc"."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        given = parameters(config, Parameters)
        self._family = family = FAMILIES[given.family]
        flags = ResetFlags("CSR", CSR_RMVF, CSR_RESET_FLAGS)
        super().__init__(config, system, family.registers, family.follows, flags, given.hse_hz)

    def clocks(self) -> dict[str, float]:
        values = {name: self._file[name] for name in self._family.registers}
        return clock_tree(self._family, values, self._hse_hz)
