"""STM32U5: reset and clock control, power control, flash interface; and what STM32U3 shares of them.

Offsets and bits: CMSIS stm32u575xx.h (RCC_TypeDef, PWR_TypeDef, FLASH_TypeDef and theirs). The frequencies follow the
HAL's HAL_RCC_GetSysClockFreq. Of the reset values, the oscillator (MSI at 4 MHz) is what system_stm32u5xx.c states; the
others are from memory of RM0456 [unchecked].
"""

from typing import Literal

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
from simtiny.notes import NoteKind

HSI_HZ = 16e6  # CMSIS system_stm32u5xx.c and system_stm32u3xx.c, HSI_VALUE
# CMSIS system_stm32u5xx.c, MSIRangeTable
MSI_HZ = (
    48e6, 24e6, 16e6, 12e6, 4e6, 2e6, 1.33e6, 1e6, 3.072e6, 1.536e6, 1.024e6, 768e3, 400e3, 200e3, 133e3, 100e3,
)  # fmt: skip

# CMSIS RCC_CCIPR1_*SEL, RCC_CCIPR3_LPUART1SEL; HAL RCC_USART1CLKSOURCE_* and their like
_SOURCES = ("sysclk", "hsi", "lse")
SERIAL_PORTS = {
    "usart1": KernelClock("CCIPR1", 0, ("apb2", *_SOURCES)),
    "usart2": KernelClock("CCIPR1", 2, ("apb1", *_SOURCES)),
    "usart3": KernelClock("CCIPR1", 4, ("apb1", *_SOURCES)),
    "uart4": KernelClock("CCIPR1", 6, ("apb1", *_SOURCES)),
    "uart5": KernelClock("CCIPR1", 8, ("apb1", *_SOURCES)),
    "lpuart1": KernelClock("CCIPR3", 0, ("apb3", *_SOURCES, "msik"), bits=3),
}
LOW_POWER_TIMERS = {
    "lptim2": KernelClock("CCIPR1", 18, ("apb1", "lsi", "hsi", "lse")),
    "lptim34": KernelClock("CCIPR3", 8, ("msik", "lsi", "hsi", "lse")),
    "lptim1": KernelClock("CCIPR3", 10, ("msik", "lsi", "hsi", "lse")),
}
OTHERS = {**LOW_POWER_TIMERS, "rng": KernelClock("CCIPR2", 12, ("hsi48", "hsi48_half", "hsi"))}
HSI48_HZ = 48e6

# CMSIS RCC_CCIPR*_SPI*SEL, *_I2C*SEL, *_OCTOSPISEL, *_ADCDACSEL; HAL LL_RCC_*_CLKSOURCE_*
_BUS_SOURCES = ("sysclk", "hsi", "msik")
BUSES = {
    "i2c1": KernelClock("CCIPR1", 10, ("apb1", *_BUS_SOURCES)),
    "i2c2": KernelClock("CCIPR1", 12, ("apb1", *_BUS_SOURCES)),
    "i2c3": KernelClock("CCIPR3", 6, ("apb3", *_BUS_SOURCES)),
    "i2c4": KernelClock("CCIPR1", 14, ("apb1", *_BUS_SOURCES)),
    "spi1": KernelClock("CCIPR1", 20, ("apb2", *_BUS_SOURCES)),
    "spi2": KernelClock("CCIPR1", 16, ("apb1", *_BUS_SOURCES)),
    "spi3": KernelClock("CCIPR3", 3, ("apb3", *_BUS_SOURCES)),
    "octospi": KernelClock("CCIPR2", 20, ("sysclk", "msik", "pll1_q", "pll2_q")),
    "adc": KernelClock("CCIPR3", 12, ("core", "sysclk", "pll2_r", "hse", "hsi", "msik"), bits=3),
}


def stored(*names: str, first: int) -> dict[str, Register]:
    """Registers that only read back, from offset `first` on; "" stands for a gap of one word."""
    return {name: Register(first + 4 * place) for place, name in enumerate(names) if name}


COMMON_CLOCKS = {
    "CRRCR": Register(0x14),
    "CFGR1": Register(0x1C, fields={"SW": (0, 2)}),
    "CFGR2": Register(0x20, fields={"HPRE": (0, 4), "PPRE1": (4, 3), "PPRE2": (8, 3)}),
    "CFGR3": Register(0x24, fields={"PPRE3": (4, 3)}),
    "CIER": Register(0x50),
    "CIFR": Register(0x54, writable=0),
    "CICR": Register(0x58, clears="CIFR"),
}
# HSEON, HSERDY; SW, SWS; LSEON, LSERDY
COMMON_READY = ("CR[16] -> CR[17]", "CFGR1[1:0] -> CFGR1[3:2]", "BDCR[0] -> BDCR[1]")


def tree(
    file: RegisterFile,
    sysclk_hz: float,
    others_hz: dict[str, float],
    ports: dict[str, KernelClock],
    others: dict[str, KernelClock],
    low: dict[str, float],
    hsi48_on: int,
) -> dict[str, float]:
    """The clocks behind the system clock. `others_hz`: "msik", "hse" and what else the selectors of `ports` name.

    `low`: what `low_speed_clocks` gives.
    """
    core = sysclk_hz / AHB_DIVIDER[file.field("CFGR2", "HPRE")]
    prescalers = {
        "apb1": file.field("CFGR2", "PPRE1"),
        "apb2": file.field("CFGR2", "PPRE2"),
        "apb3": file.field("CFGR3", "PPRE3"),
    }
    clocks = {"sysclk": sysclk_hz, "core": core, **bus_clocks(core, prescalers)}
    hsi48 = HSI48_HZ if hsi48_on else 0.0
    sources = {**clocks, "hsi": HSI_HZ, **others_hz}
    fast = {"hsi48": hsi48, "hsi48_half": hsi48 / 2}
    buses = kernel_clocks(file, ports, {**sources, "lse": LSE_HZ})
    return clocks | low | buses | kernel_clocks(file, others, {**sources, **fast, **low})


def msi_hz(file: RegisterFile, which: str) -> float:
    """MSIS or MSIK: ICSCR1's range counts once MSIRGSEL is set, else CSR's, the range after standby."""
    if file.field("ICSCR1", "MSIRGSEL"):
        return MSI_HZ[file.field("ICSCR1", f"{which}RANGE")]
    return MSI_HZ[file.field("CSR", f"{which}SRANGE")]


def pll_hz(file: RegisterFile, hse_hz: float, pll: str = "PLL1", output: str = "R") -> float:
    """An output of PLL1 or PLL2 = source / M * (N + fraction) / divider, or 0 while it is off."""
    control, dividers = f"{pll}CFGR", f"{pll}DIVR"
    if not file.field(control, f"{pll}{output}EN"):
        return 0.0
    source_hz = (0.0, msi_hz(file, "MSIS"), HSI_HZ, hse_hz)[file.field(control, f"{pll}SRC")]
    fraction = file.field(f"{pll}FRACR", f"{pll}FRACN") / 0x2000 if file.field(control, f"{pll}FRACEN") else 0.0
    m, n = file.field(control, f"{pll}M") + 1, file.field(dividers, f"{pll}N") + 1
    return source_hz / m * (n + fraction) / (file.field(dividers, f"{pll}{output}") + 1)


def pll_control(pll: str, offset: int) -> Register:
    """PLL1CFGR or PLL2CFGR."""
    fields = {"SRC": (0, 2), "FRACEN": (4, 1), "M": (8, 4), "QEN": (17, 1), "REN": (18, 1)}
    return Register(offset, fields={f"{pll}{name}": place for name, place in fields.items()})


def pll_dividers(pll: str, offset: int) -> Register:
    """PLL1DIVR or PLL2DIVR."""
    fields = {"N": (0, 9), "Q": (16, 7), "R": (24, 7)}
    return Register(offset, reset=0x0101_0280, fields={f"{pll}{name}": place for name, place in fields.items()})


class U5Rcc(ClockController):
    """Kind "stm32u5-rcc"."""

    table = Table(
        COMMON_CLOCKS
        | {
            "CR": Register(0x00, reset=0x0000_0035),
            "ICSCR1": Register(
                0x08, reset=0x4400_0000, fields={"MSIRGSEL": (23, 1), "MSIKRANGE": (24, 4), "MSISRANGE": (28, 4)}
            ),
            "ICSCR2": Register(0x0C),
            "ICSCR3": Register(0x10),
            "PLL1CFGR": pll_control("PLL1", 0x28),
            "PLL2CFGR": pll_control("PLL2", 0x2C),
            "PLL3CFGR": Register(0x30),
            "PLL1DIVR": pll_dividers("PLL1", 0x34),
            "PLL1FRACR": Register(0x38, fields={"PLL1FRACN": (3, 13)}),
            "PLL2DIVR": pll_dividers("PLL2", 0x3C),
            "PLL2FRACR": Register(0x40, fields={"PLL2FRACN": (3, 13)}),
            "PLL3DIVR": Register(0x44, reset=0x0101_0280),
            "PLL3FRACR": Register(0x48),
            **stored("AHB1RSTR", "AHB2RSTR1", "AHB2RSTR2", "AHB3RSTR", first=0x60),
            **stored("APB1RSTR1", "APB1RSTR2", "APB2RSTR", "APB3RSTR", first=0x74),
            **stored("AHB1ENR", "AHB2ENR1", "AHB2ENR2", "AHB3ENR", first=0x88),
            **stored("APB1ENR1", "APB1ENR2", "APB2ENR", "APB3ENR", first=0x9C),
            **stored("AHB1SMENR", "AHB2SMENR1", "AHB2SMENR2", "AHB3SMENR", first=0xB0),
            **stored("APB1SMENR1", "APB1SMENR2", "APB2SMENR", "APB3SMENR", "", "SRDAMR", first=0xC4),
            **stored("CCIPR1", "CCIPR2", "CCIPR3", "", "BDCR", first=0xE0),
            # BORRSTF, PINRSTF: after power-on
            "CSR": Register(0xF4, reset=0x0C00_4400, fields={"MSIKSRANGE": (8, 4), "MSISSRANGE": (12, 4)}),
            **stored("SECCFGR", "PRIVCFGR", first=0x110),
        },
        follows(
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
            *COMMON_READY,
        ),
    )

    def clocks(self) -> dict[str, float]:
        file = self._file
        sources = (msi_hz(file, "MSIS"), HSI_HZ, self._hse_hz, pll_hz(file, self._hse_hz))
        low = low_speed_clocks(file, file["BDCR"] & 1 << 26, self._hse_hz / 32)
        others = {f"pll{n}_{o}": pll_hz(file, self._hse_hz, f"PLL{n}", o.upper()) for n in (1, 2) for o in "qr"}
        others |= {"msik": msi_hz(file, "MSIK"), "hse": self._hse_hz}
        sysclk = sources[file.field("CFGR1", "SW")]
        return tree(file, sysclk, others, SERIAL_PORTS | BUSES, OTHERS, low, file["CR"] & 1 << 12)


COMMON_POWER = {
    "CR1": Register(0x00),
    "CR2": Register(0x04),
    "CR3": Register(0x08, fields={"REGSEL": (1, 1)}),
    "SVMCR": Register(0x10),
    "WUCR1": Register(0x14),
    "WUCR2": Register(0x18),
    "WUCR3": Register(0x1C),
    "BDCR1": Register(0x20),  # U5 only
    "BDCR2": Register(0x24),  # U3: BDCR
    "DBPR": Register(0x28),
    "UCPDR": Register(0x2C),  # U5 only
    "SECCFGR": Register(0x30),
    "PRIVCFGR": Register(0x34),
    "SR": Register(0x38, writable=0, pulse=1),
    "BDSR": Register(0x40, writable=0),  # U5 only
    "WUSR": Register(0x44, writable=0),
    "WUSCR": Register(0x48, clears="WUSR"),
    "APCR": Register(0x4C),
    **pulls(0x50),
}
COMMON_SUPPLIES = ("SVMCR[28] -> SVMSR[24]", "SVMCR[29] -> SVMSR[25]", "CR3[1] -> SVMSR[1]")  # USV, IO2SV, REGSEL


class U5Pwr(PowerController):
    """Kind "stm32u5-pwr"."""

    table = Table(
        COMMON_POWER
        | {
            # VOSRDY; VOS = 0: range 4
            "VOSR": Register(0x0C, writable=0x0007_0000, always=1 << 15, fields={"VOS": (16, 2)}),
            "SVMSR": Register(0x3C, writable=0, always=1 << 15),  # ACTVOSRDY
        },
        follows(
            "VOSR[18] -> VOSR[14]",  # BOOSTEN, BOOSTRDY
            "VOSR[17:16] -> SVMSR[17:16]",  # VOS, ACTVOS
            *COMMON_SUPPLIES,
        ),
    )

    @property
    def voltage_range(self) -> str:
        """Range "1" to "4"."""
        return str(4 - self._file.field("VOSR", "VOS"))

    @property
    def regulator(self) -> str:
        """What feeds the core: "smps" or "ldo" (stm32u5xx_hal_pwr_ex.h PWR_SMPS_SUPPLY)."""
        return "smps" if self._file.field("CR3", "REGSEL") else "ldo"


SR_ERRORS = 0x20FB


class U5FlashParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`word_bytes`: programmed at once, 16 on U5 and 8 on U3; `page_bytes`: erased at once, 8 KB on U5, 4 KB on U3."""

    word_bytes: Literal[8, 16] = 16
    page_bytes: int = 0x2000


class U5Flash(PageFlash[U5FlashParameters]):
    """Kind "stm32u5-flash", of U5 and U3. Hands the programmed latency and prefetch to the machine.

    The two families name some registers differently; the names here are those of U5. The caches have controllers of
    their own.
    """

    takes = U5FlashParameters
    # Reset values: one wait state (stm32u3xx_hal_rcc.c says so), locked; OPTR as shipped, without TrustZone, dual bank,
    # from memory of RM0456 [unchecked]
    table = Table(
        {
            "ACR": Register(0x00, reset=0x1, fields={"LATENCY": (0, 4), "PRFTEN": (8, 1), "LPM": (11, 1)}),
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
        },
        # A bank that is asked to power down (PDREQ1, PDREQ2) says that it is (PD1, PD2), whatever the keys.
        follows("ACR[13:12] -> NSSR[21:20]"),
    )
    spec = FlashSpec(
        locks={"NSKEYR": Lock("NSCR", CR_LOCK), "OPTKEYR": Lock("NSCR", CR_OPTLOCK, OPTION_KEYS)},
        controls={"NSCR": OPTION_START},
        options=range(0x40, 0x70),  # OPTR and the option registers behind it
    )
    # BSY, WDW. Times: the data sheet of STM32U575 (DS13737), from memory [unchecked]
    pages = Pages("NSSR", "NSCR", 8, 1 << 11, (1 << 16, 1 << 16), 1 << 17, 118e-6, 1.5e-3, 195e-3)

    @property
    def word_bytes(self) -> int:
        return self._given.word_bytes

    @property
    def page_bytes(self) -> int:
        return self._given.page_bytes

    def announce(self) -> None:
        file = self._file
        if file.field("ACR", "LPM"):
            what = "the flash's low-power read mode is on: its wait states are as programmed"
            self._note(NoteKind.UNMODELLED, what)
        self._system.set_flash_acceleration(
            wait_states=file.field("ACR", "LATENCY"), prefetch=bool(file.field("ACR", "PRFTEN"))
        )
