"""STM32H7A3, H7B0 and H7B3 reset and clock control: ready flags, and the clock tree that the firmware programs.

Offsets and bits: CMSIS stm32h7a3xxq.h (RCC_TypeDef, RCC_*). Reset values: from memory of RM0455, unchecked but for
those that CMSIS system_stm32h7xx.c writes back (PLLCKSELR, PLLCFGR, PLLxDIVR). Meaning of the selectors:
stm32h7xx_hal_rcc.c and stm32h7xx_hal_rcc_ex.c.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from simtiny.machine.peripherals.registers import Register, follow
from simtiny.machine.peripherals.stm32_rcc import ClockController, Parameters, ResetFlags
from simtiny.machine.peripherals.words import parameters
from simtiny.machine.system import System
from simtiny.platform import PeripheralConfig

HSI_HZ = 64e6  # CMSIS system_stm32h7xx.c HSI_VALUE
CSI_HZ = 4e6  # CMSIS system_stm32h7xx.c CSI_VALUE
LSE_HZ = 32_768.0
DIVIDER = (1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 8, 16, 64, 128, 256, 512)  # by CDCFGR1.CDCPRE, HPRE
APB_DIVIDER = (1, 1, 1, 1, 2, 4, 8, 16)  # by CDPPRE, CDPPRE1, CDPPRE2, SRDPPRE
CFGR_TIMPRE = 1 << 15
RSR_RMVF, RSR_RESET_FLAGS = 1 << 16, 0x7FFE << 16

# Each bus's prescaler: (register, low bit)
BUSES = {"apb1": ("CDCFGR2", 4), "apb2": ("CDCFGR2", 8), "apb3": ("CDCFGR1", 4), "apb4": ("SRDCFGR", 4)}
# Kernel clock of each serial port: (register, low bit of its three-bit selector, the bus that 0 selects)
SERIAL_PORTS = {
    **dict.fromkeys(("usart2", "usart3", "uart4", "uart5", "uart7", "uart8"), ("CDCCIP2R", 0, "apb1")),
    **dict.fromkeys(("usart1", "usart6", "uart9", "usart10"), ("CDCCIP2R", 3, "apb2")),
    "lpuart1": ("SRDCCIPR", 0, "apb4"),
}

REGISTERS = {
    "CR": Register(0x00, reset=0x00000025, always=1 << 5 | 1 << 14 | 1 << 15),  # HSIDIVF, CPUCKRDY, CDCKRDY
    "HSICFGR": Register(0x04, reset=0x40000000),
    "CRRCR": Register(0x08),
    "CSICFGR": Register(0x0C, reset=0x20000000),
    "CFGR": Register(0x10),
    "CDCFGR1": Register(0x18),
    "CDCFGR2": Register(0x1C),
    "SRDCFGR": Register(0x20),
    "PLLCKSELR": Register(0x28, reset=0x02020200),
    "PLLCFGR": Register(0x2C, reset=0x01FF0000),
    "PLL1DIVR": Register(0x30, reset=0x01010280),
    "PLL1FRACR": Register(0x34),
    "PLL2DIVR": Register(0x38, reset=0x01010280),
    "PLL2FRACR": Register(0x3C),
    "PLL3DIVR": Register(0x40, reset=0x01010280),
    "PLL3FRACR": Register(0x44),
    "CDCCIPR": Register(0x4C),
    "CDCCIP1R": Register(0x50),
    "CDCCIP2R": Register(0x54),
    "SRDCCIPR": Register(0x58),
    "CIER": Register(0x60),
    "CIFR": Register(0x64, writable=0),
    "CICR": Register(0x68, pulse=0xFFFFFFFF),
    "BDCR": Register(0x70),
    "CSR": Register(0x74),
    "AHB3RSTR": Register(0x7C),
    "AHB1RSTR": Register(0x80),
    "AHB2RSTR": Register(0x84),
    "AHB4RSTR": Register(0x88),
    "APB3RSTR": Register(0x8C),
    "APB1LRSTR": Register(0x90),
    "APB1HRSTR": Register(0x94),
    "APB2RSTR": Register(0x98),
    "APB4RSTR": Register(0x9C),
    "SRDAMR": Register(0xA8),
    "CKGAENR": Register(0xB0),
    "RSR": Register(0x130, reset=0x00E80000, writable=RSR_RMVF),
    "AHB3ENR": Register(0x134),
    "AHB1ENR": Register(0x138),
    "AHB2ENR": Register(0x13C),
    "AHB4ENR": Register(0x140),
    "APB3ENR": Register(0x144),
    "APB1LENR": Register(0x148),
    "APB1HENR": Register(0x14C),
    "APB2ENR": Register(0x150),
    "APB4ENR": Register(0x154, reset=0x00010000),
    "AHB3LPENR": Register(0x15C, reset=0xF1E95B31),
    "AHB1LPENR": Register(0x160, reset=0x06000223),
    "AHB2LPENR": Register(0x164, reset=0x60000A73),
    "AHB4LPENR": Register(0x168, reset=0x302007FF),
    "APB3LPENR": Register(0x16C, reset=0x00000048),
    "APB1LLPENR": Register(0x170, reset=0xE8FFCBFF),
    "APB1HLPENR": Register(0x174, reset=0x00000136),
    "APB2LPENR": Register(0x178, reset=0x40D730F3),
    "APB4LPENR": Register(0x17C, reset=0x0C01E6AA),
}
FOLLOWS = tuple(
    follow(rule)
    for rule in (
        "CR[0] -> CR[2]",  # HSION, HSIRDY
        "CR[7] -> CR[8]",  # CSION, CSIRDY
        "CR[12] -> CR[13]",  # HSI48ON, HSI48RDY
        "CR[16] -> CR[17]",  # HSEON, HSERDY
        "CR[24] -> CR[25]",  # PLL1ON, PLL1RDY
        "CR[26] -> CR[27]",  # PLL2ON, PLL2RDY
        "CR[28] -> CR[29]",  # PLL3ON, PLL3RDY
        "CFGR[2:0] -> CFGR[5:3]",  # SW, SWS
        "BDCR[0] -> BDCR[1]",  # LSEON, LSERDY
        "CSR[0] -> CSR[1]",  # LSION, LSIRDY
    )
)


@dataclass(frozen=True)
class ClockRegisters:
    """What decides the clocks: the registers' values by name and the oscillator that the board feeds to HSE."""

    words: Mapping[str, int]
    hse_hz: float

    def field(self, register: str, low: int, bits: int) -> int:
        return self.words[register] >> low & (1 << bits) - 1


def hsi_hz(registers: ClockRegisters) -> float:
    """HSI behind its divider, CR.HSIDIV."""
    return HSI_HZ / (1 << registers.field("CR", 3, 2))


def pll_hz(registers: ClockRegisters, number: int, output: str) -> float:
    """Output "p", "q" or "r" of PLL 1, 2 or 3: source / M * (N + FRACN / 8192) / divider; 0 while it is off."""
    index = number - 1
    source_hz = (hsi_hz(registers), CSI_HZ, registers.hse_hz, 0.0)[registers.field("PLLCKSELR", 0, 2)]
    m = registers.field("PLLCKSELR", 4 + 8 * index, 6)
    enabled = registers.field("PLLCFGR", 16 + 3 * index + "pqr".index(output), 1)
    if not m or not enabled:
        return 0.0
    fraction = 0
    if registers.field("PLLCFGR", 4 * index, 1):
        fraction = registers.field(f"PLL{number}FRACR", 3, 13)
    n = registers.field(f"PLL{number}DIVR", 0, 9) + 1 + fraction / 8192
    divider = registers.field(f"PLL{number}DIVR", {"p": 9, "q": 16, "r": 24}[output], 7) + 1
    return source_hz / m * n / divider


def clock_tree(registers: ClockRegisters) -> dict[str, float]:
    """Frequencies in hertz by name. "core" is the processor's clock, "axi" that of AXI, AHB and the flash interface.

    All are 0 if the selected system clock is off.
    """
    sources = (hsi_hz(registers), CSI_HZ, registers.hse_hz, pll_hz(registers, 1, "p"))
    selected = registers.field("CFGR", 0, 3)
    sysclk = sources[selected] if selected < len(sources) else 0.0
    core = sysclk / DIVIDER[registers.field("CDCFGR1", 8, 4)]
    axi = core / DIVIDER[registers.field("CDCFGR1", 0, 4)]
    clocks = {"sysclk": sysclk, "core": core, "axi": axi}
    # Timers run at up to twice their bus, or up to four times with TIMPRE, never faster than HCLK (CMSIS
    # RCC_CFGR_TIMPRE; stm32h7xx_hal_rcc_ex.h, RCC_TIMPRES_*).
    factor = 4 if registers.words["CFGR"] & CFGR_TIMPRE else 2
    for bus, (register, low) in BUSES.items():
        divider = APB_DIVIDER[registers.field(register, low, 3)]
        clocks[bus] = axi / divider
        clocks[f"{bus}_timer"] = axi * min(factor, divider) / divider
    others = (pll_hz(registers, 2, "q"), pll_hz(registers, 3, "q"), hsi_hz(registers), CSI_HZ, LSE_HZ, 0.0, 0.0)
    for port, (register, low, bus) in SERIAL_PORTS.items():
        clocks[port] = (clocks[bus], *others)[registers.field(register, low, 3)]
    return clocks


class Rcc(ClockController):
    """Kind "stm32h7-rcc"."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        flags = ResetFlags("RSR", RSR_RMVF, RSR_RESET_FLAGS)
        super().__init__(config, system, REGISTERS, FOLLOWS, flags, parameters(config, Parameters).hse_hz)

    def clocks(self) -> dict[str, float]:
        words = {name: self._file[name] for name in REGISTERS}
        return clock_tree(ClockRegisters(words, self._hse_hz))
