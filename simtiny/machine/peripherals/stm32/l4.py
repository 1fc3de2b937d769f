"""STM32L4 and L4+: reset and clock control, power control, flash interface.

Offsets and bits: CMSIS stm32l4r5xx.h (RCC_TypeDef, PWR_TypeDef, FLASH_TypeDef and theirs).
"""

from dataclasses import replace

import msgspec

from simtiny.machine.peripherals.registers import Register, RegisterFile, Table, follows
from simtiny.machine.peripherals.stm32.flash import CR_LOCK, CR_OPTLOCK, CR_START, OPTION_START, FlashSpec
from simtiny.machine.peripherals.stm32.flash_locks import OPTION_KEYS, Lock
from simtiny.machine.peripherals.stm32.flash_pages import PageFlash, Pages
from simtiny.machine.peripherals.stm32.power import PowerController, pulls
from simtiny.machine.peripherals.stm32.rcc import (
    AHB_DIVIDER,
    LSE_HZ,
    ClockController,
    KernelClock,
    bus_clocks,
    kernel_clocks,
    low_speed_clocks,
)

HSI_HZ = 16e6  # CMSIS system_stm32l4xx.c HSI_VALUE
# By MSIRANGE; CMSIS system_stm32l4xx.c MSIRangeTable
MSI_HZ = (100e3, 200e3, 400e3, 800e3, 1e6, 2e6, 4e6, 8e6, 16e6, 24e6, 32e6, 48e6)

PLL_PARTS = {"PLLM": (4, 4), "PLLN": (8, 7), "PLLQEN": (20, 1), "PLLQ": (21, 2)}  # of PLLCFGR and PLLSAI1CFGR

# CMSIS RCC_CCIPR_*SEL
_SOURCES = ("sysclk", "hsi", "lse")
SERIAL_PORTS = {
    "usart1": KernelClock("CCIPR", 0, ("apb2", *_SOURCES)),
    "usart2": KernelClock("CCIPR", 2, ("apb1", *_SOURCES)),
    "usart3": KernelClock("CCIPR", 4, ("apb1", *_SOURCES)),
    "uart4": KernelClock("CCIPR", 6, ("apb1", *_SOURCES)),
    "uart5": KernelClock("CCIPR", 8, ("apb1", *_SOURCES)),
    "lpuart1": KernelClock("CCIPR", 10, ("apb1", *_SOURCES)),
}
OTHERS = {
    "lptim1": KernelClock("CCIPR", 18, ("apb1", "lsi", "hsi", "lse")),
    "lptim2": KernelClock("CCIPR", 20, ("apb1", "lsi", "hsi", "lse")),
    "rng": KernelClock("CCIPR", 26, ("hsi48", "pllsai1_q", "pll_q", "msi")),
}
HSI48_HZ = 48e6

# CMSIS RCC_CCIPR_I2C*SEL, RCC_CCIPR_ADCSEL, RCC_CCIPR2_I2C4SEL, RCC_CCIPR2_OSPISEL; HAL LL_RCC_*_CLKSOURCE_*
BUSES = {
    **{f"i2c{place + 1}": KernelClock("CCIPR", 12 + 2 * place, ("apb1", "sysclk", "hsi")) for place in range(3)},
    "i2c4": KernelClock("CCIPR2", 0, ("apb1", "sysclk", "hsi")),
    "adc": KernelClock("CCIPR", 28, ("none", "pllsai1_r", "none", "sysclk")),
    "octospi": KernelClock("CCIPR2", 20, ("sysclk", "msi", "pll_q")),
}


def msi_hz(file: RegisterFile) -> float:
    """MSI's frequency: MSIRANGE counts once MSIRGSEL is set, else MSISRANGE, the range after standby."""
    code = file.field("CR", "MSIRANGE") if file.field("CR", "MSIRGSEL") else file.field("CSR", "MSISRANGE")
    return MSI_HZ[code] if code < len(MSI_HZ) else 0.0


def pll_hz(file: RegisterFile, hse_hz: float) -> float:
    """PLLCLK = source / M * N / R, or 0 while the R output is off."""
    if not file.field("PLLCFGR", "PLLREN"):
        return 0.0
    source_hz = (0.0, msi_hz(file), HSI_HZ, hse_hz)[file.field("PLLCFGR", "PLLSRC")]
    m, n, r = file.field("PLLCFGR", "PLLM") + 1, file.field("PLLCFGR", "PLLN"), 2 * (file.field("PLLCFGR", "PLLR") + 1)
    return source_hz / m * n / r


def _output_hz(file: RegisterFile, hse_hz: float, register: str, output: str, on: int) -> float:
    """Output "Q" or "R" of the PLL of a register, or 0 while it is off. `on`: its bit in CR."""
    if not file["CR"] & on or not file.field(register, f"PLL{output}EN"):
        return 0.0
    source_hz = (0.0, msi_hz(file), HSI_HZ, hse_hz)[file.field("PLLCFGR", "PLLSRC")]
    n, divider = file.field(register, "PLLN"), 2 * (file.field(register, f"PLL{output}") + 1)
    return source_hz / (file.field(register, "PLLM") + 1) * n / divider


class L4Rcc(ClockController):
    """Kind "stm32l4-rcc"."""

    # Reset values: QEMU's stm32l4x5_rcc.c, of an L4 [unchecked]; the sleep-mode enables (SMENR) start with every clock
    # that the header lists for the L4R5.
    table = Table(
        {
            "CR": Register(0x00, reset=0x00000063, fields={"MSIRGSEL": (3, 1), "MSIRANGE": (4, 4)}),
            "ICSCR": Register(0x04, reset=0x40000000),
            "CFGR": Register(0x08, fields={"SW": (0, 2), "HPRE": (4, 4), "PPRE1": (8, 3), "PPRE2": (11, 3)}),
            "PLLCFGR": Register(
                0x0C,
                reset=0x00001000,
                fields={"PLLSRC": (0, 2), **PLL_PARTS, "PLLREN": (24, 1), "PLLR": (25, 2)},
            ),
            "PLLSAI1CFGR": Register(0x10, reset=0x00001000, fields={**PLL_PARTS, "PLLREN": (24, 1), "PLLR": (25, 2)}),
            "PLLSAI2CFGR": Register(0x14, reset=0x00001000),
            "CIER": Register(0x18),
            "CIFR": Register(0x1C, writable=0),
            "CICR": Register(0x20, clears="CIFR"),
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
            "CSR": Register(0x94, reset=0x0C000600, fields={"MSISRANGE": (8, 4)}),
            "CRRCR": Register(0x98),
            "CCIPR2": Register(0x9C),
            "DLYCFGR": Register(0xA4),
        },
        follows(
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
        ),
    )

    def clocks(self) -> dict[str, float]:
        file = self._file
        sysclk = (msi_hz(file), HSI_HZ, self._hse_hz, pll_hz(file, self._hse_hz))[file.field("CFGR", "SW")]
        core = sysclk / AHB_DIVIDER[file.field("CFGR", "HPRE")]
        prescalers = {"apb1": file.field("CFGR", "PPRE1"), "apb2": file.field("CFGR", "PPRE2")}
        clocks = {"sysclk": sysclk, "core": core, **bus_clocks(core, prescalers)}
        low = low_speed_clocks(file, file["CSR"] & 1, self._hse_hz / 32)
        plls = {
            "pll_q": _output_hz(file, self._hse_hz, "PLLCFGR", "Q", 1 << 24),
            "pllsai1_q": _output_hz(file, self._hse_hz, "PLLSAI1CFGR", "Q", 1 << 26),
            "pllsai1_r": _output_hz(file, self._hse_hz, "PLLSAI1CFGR", "R", 1 << 26),
        }
        sources = {**clocks, **plls, "hsi": HSI_HZ, "lse": LSE_HZ, "msi": msi_hz(file), "none": 0.0}
        buses = kernel_clocks(file, SERIAL_PORTS | BUSES, sources)
        hsi48 = {"hsi48": HSI48_HZ if file["CRRCR"] & 1 else 0.0}
        return clocks | low | buses | kernel_clocks(file, OTHERS, {**sources, **low, **hsi48})


class L4Pwr(PowerController):
    """Kind "stm32l4-pwr"."""

    # Reset values from memory of RM0432 [unchecked]
    table = Table(
        {
            "CR1": Register(0x00, reset=0x0200, fields={"VOS": (9, 2)}),  # VOS = 1: range 1
            "CR2": Register(0x04),
            "CR3": Register(0x08, reset=0x8000),
            "CR4": Register(0x0C),
            "SR1": Register(0x10, writable=0),
            "SR2": Register(0x14, writable=0),
            "SCR": Register(0x18, clears="SR1"),
            **pulls(0x20),
            "CR5": Register(0x80, reset=0x0100),  # R1MODE = 1: boost off (L4+ only)
        },
        # REGLPF follows LPR; VOSF, "voltage still changing", stays 0
        follows("CR1[14] -> SR2[9]"),
    )

    @property
    def voltage_range(self) -> str:
        """Range "1" or "2"."""
        return "2" if self._file.field("CR1", "VOS") == 2 else "1"


SR_ERRORS = 0xC3FB
OPTR_DBANK = 1 << 22


class L4FlashParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`dual_bank`: the DBANK option bit of the board; it decides how wide a flash read is."""

    dual_bank: bool = True


class L4Flash(PageFlash[L4FlashParameters]):
    """Kind "stm32l4-flash". Hands the programmed latency, prefetch and caches to the machine."""

    takes = L4FlashParameters
    # Reset values: ACR 0x600 (caches on, prefetch off), CR locked, OPTR as shipped (dual bank).
    table = Table(
        {
            "ACR": Register(
                0x00, reset=0x600, fields={"LATENCY": (0, 4), "PRFTEN": (8, 1), "ICEN": (9, 1), "DCEN": (10, 1)}
            ),
            "PDKEYR": Register(0x04, writable=0),
            "KEYR": Register(0x08, writable=0),
            "OPTKEYR": Register(0x0C, writable=0),
            "SR": Register(0x10, writable=0, clear=SR_ERRORS),
            "CR": Register(0x14, reset=CR_LOCK | CR_OPTLOCK, pulse=CR_START),
            "ECCR": Register(0x18, writable=1 << 24, clear=0xF << 28),
            "OPTR": Register(0x20, reset=0xFFEFF8AA),
            "PCROP1SR": Register(0x24, reset=0xFFFFFFFF),
            "PCROP1ER": Register(0x28, reset=0x0FF00000),
            "WRP1AR": Register(0x2C, reset=0xFF00FF00),
            "WRP1BR": Register(0x30, reset=0xFF00FF00),
            "PCROP2SR": Register(0x44, reset=0xFFFFFFFF),
            "PCROP2ER": Register(0x48, reset=0x0FF00000),
            "WRP2AR": Register(0x4C, reset=0xFF00FF00),
            "WRP2BR": Register(0x50, reset=0xFF00FF00),
            "CFGR": Register(0x130),
        }
    )
    spec = FlashSpec(
        locks={"KEYR": Lock("CR", CR_LOCK), "OPTKEYR": Lock("CR", CR_OPTLOCK, OPTION_KEYS)},
        controls={"CR": OPTION_START},
        options=range(0x20, 0x24),  # OPTR
    )
    # Times: the data sheet of STM32L4R5 (DS12023), flash memory characteristics, from memory [unchecked]
    pages = Pages("SR", "CR", 8, 1 << 11, (1 << 16, 1 << 16), 0, 82e-6, 22.02e-3, 22.13e-3)

    @property
    def page_bytes(self) -> int:
        """4 KB with two banks, 8 KB with one (stm32l4xx_hal_flash.h, FLASH_PAGE_SIZE)."""
        return 0x1000 if self._given.dual_bank else 0x2000

    @property
    def banks(self) -> int:
        return 2 if self._given.dual_bank else 1

    @classmethod
    def table_of(cls, given: L4FlashParameters) -> Table:
        if given.dual_bank:
            return cls.table
        options = cls.table.registers["OPTR"]
        single = replace(options, reset=options.reset & ~OPTR_DBANK)
        return replace(cls.table, registers={**cls.table.registers, "OPTR": single})

    def announce(self) -> None:
        file = self._file
        self._system.set_flash_acceleration(
            wait_states=file.field("ACR", "LATENCY"),
            prefetch=bool(file.field("ACR", "PRFTEN")),
            instruction_cache=bool(file.field("ACR", "ICEN")),
            data_cache=bool(file.field("ACR", "DCEN")),
        )
