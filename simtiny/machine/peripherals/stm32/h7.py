"""STM32H7A3, H7B0 and H7B3: reset and clock control, power control.

Offsets and bits: CMSIS stm32h7a3xxq.h (RCC_TypeDef, PWR_TypeDef and theirs). Meaning of the clock
selectors: stm32h7xx_hal_rcc.c and stm32h7xx_hal_rcc_ex.c.
"""

from simtiny.machine.peripherals.registers import Register, RegisterFile, Table, follows
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
from simtiny.machine.system import ResetCause

HSI_HZ = 64e6  # CMSIS system_stm32h7xx.c HSI_VALUE
CSI_HZ = 4e6  # CMSIS system_stm32h7xx.c CSI_VALUE
RSR_RMVF, RSR_RESET_FLAGS = 1 << 16, 0x7FFE << 16
DIVIDERS = {"DIVN": (0, 9), "DIVP": (9, 7), "DIVQ": (16, 7), "DIVR": (24, 7)}  # of PLLxDIVR
FRACTION = {"FRACN": (3, 13)}  # of PLLxFRACR
PLL_ENABLES = {f"PLL{number}FRACEN": (4 * number - 4, 1) for number in (1, 2, 3)} | {
    f"DIV{output}{number}EN": (13 + 3 * number + place, 1) for number in (1, 2, 3) for place, output in enumerate("PQR")
}  # of PLLCFGR

_SOURCES = ("pll2_q", "pll3_q", "hsi", "csi", "lse")
SERIAL_PORTS = {
    **dict.fromkeys(
        ("usart2", "usart3", "uart4", "uart5", "uart7", "uart8"),
        KernelClock("CDCCIP2R", 0, ("apb1", *_SOURCES), bits=3),
    ),
    **dict.fromkeys(("usart1", "usart6", "uart9", "usart10"), KernelClock("CDCCIP2R", 3, ("apb2", *_SOURCES), bits=3)),
    "lpuart1": KernelClock("SRDCCIPR", 0, ("apb4", *_SOURCES), bits=3),
}
_LPTIM_SOURCES = ("pll2_p", "pll3_r", "lse", "lsi")
OTHERS = {
    "lptim1": KernelClock("CDCCIP2R", 28, ("apb1", *_LPTIM_SOURCES), bits=3),
    "lptim2": KernelClock("SRDCCIPR", 10, ("apb4", *_LPTIM_SOURCES), bits=3),
    "lptim3": KernelClock("SRDCCIPR", 13, ("apb4", *_LPTIM_SOURCES), bits=3),
    "rng": KernelClock("CDCCIP2R", 8, ("hsi48", "pll1_q", "lse", "lsi")),
}
HSI48_HZ = 48e6
# CMSIS RCC_RSR_*: CDRSTF and PINRSTF are set by each system reset
_SYSTEM_RESET = 1 << 19 | 1 << 22
BY_CAUSE = {
    ResetCause.PIN: _SYSTEM_RESET,
    ResetCause.SOFTWARE: 1 << 24 | _SYSTEM_RESET,
    ResetCause.INDEPENDENT_WATCHDOG: 1 << 26 | _SYSTEM_RESET,
    ResetCause.WINDOW_WATCHDOG: 1 << 28 | _SYSTEM_RESET,
}

# CMSIS RCC_CDCCIPR_*SEL, RCC_CDCCIP1R_SPI*SEL, RCC_CDCCIP2R_I2C123SEL, RCC_SRDCCIPR_*SEL; HAL LL_RCC_*_CLKSOURCE_*
_SPI_45 = ("pll2_q", "pll3_q", "hsi", "csi", "hse")
BUSES = {
    "spi123": KernelClock("CDCCIP1R", 12, ("pll1_q", "pll2_p", "pll3_p", "none", "per"), bits=3),
    "spi45": KernelClock("CDCCIP1R", 16, ("apb2", *_SPI_45), bits=3),
    "spi6": KernelClock("SRDCCIPR", 28, ("apb4", *_SPI_45), bits=3),
    "i2c123": KernelClock("CDCCIP2R", 12, ("apb1", "pll3_r", "hsi", "csi")),
    "i2c4": KernelClock("SRDCCIPR", 8, ("apb4", "pll3_r", "hsi", "csi")),
    "adc": KernelClock("SRDCCIPR", 16, ("pll2_p", "pll3_r", "per")),
    "octospi": KernelClock("CDCCIPR", 4, ("axi", "pll1_q", "pll2_r", "per")),
}
PERIPHERAL_CLOCK = {"per": KernelClock("CDCCIPR", 28, ("hsi", "csi", "hse"))}


def hsi_hz(file: RegisterFile) -> float:
    """HSI behind its divider."""
    return HSI_HZ / (1 << file.field("CR", "HSIDIV"))


def pll_hz(file: RegisterFile, hse_hz: float, number: int, output: str) -> float:
    """Output "P", "Q" or "R" of PLL 1, 2 or 3: source / M * (N + FRACN / 8192) / divider; 0 while it is off."""
    source_hz = (hsi_hz(file), CSI_HZ, hse_hz, 0.0)[file.field("PLLCKSELR", "PLLSRC")]
    m = file.field("PLLCKSELR", f"DIVM{number}")
    if not m or not file.field("PLLCFGR", f"DIV{output}{number}EN"):
        return 0.0
    fraction = file.field(f"PLL{number}FRACR", "FRACN") if file.field("PLLCFGR", f"PLL{number}FRACEN") else 0
    n = file.field(f"PLL{number}DIVR", "DIVN") + 1 + fraction / 8192
    return source_hz / m * n / (file.field(f"PLL{number}DIVR", f"DIV{output}") + 1)


class H7Rcc(ClockController):
    """Kind "stm32h7-rcc". "core" is the processor's clock, "axi" that of AXI, AHB and the flash interface."""

    # Reset values: from memory of RM0455 [unchecked] but for those that CMSIS system_stm32h7xx.c writes back
    # (PLLCKSELR, PLLCFGR, PLLxDIVR)
    table = Table(
        {
            "CR": Register(
                0x00, reset=0x00000025, always=1 << 5 | 1 << 14 | 1 << 15, fields={"HSIDIV": (3, 2)}
            ),  # HSIDIVF, CPUCKRDY, CDCKRDY
            "HSICFGR": Register(0x04, reset=0x40000000),
            "CRRCR": Register(0x08),
            "CSICFGR": Register(0x0C, reset=0x20000000),
            "CFGR": Register(0x10, fields={"SW": (0, 3), "TIMPRE": (15, 1)}),
            "CDCFGR1": Register(0x18, fields={"HPRE": (0, 4), "CDPPRE": (4, 3), "CDCPRE": (8, 4)}),
            "CDCFGR2": Register(0x1C, fields={"CDPPRE1": (4, 3), "CDPPRE2": (8, 3)}),
            "SRDCFGR": Register(0x20, fields={"SRDPPRE": (4, 3)}),
            "PLLCKSELR": Register(
                0x28, reset=0x02020200, fields={"PLLSRC": (0, 2), "DIVM1": (4, 6), "DIVM2": (12, 6), "DIVM3": (20, 6)}
            ),
            "PLLCFGR": Register(0x2C, reset=0x01FF0000, fields=PLL_ENABLES),
            "PLL1DIVR": Register(0x30, reset=0x01010280, fields=DIVIDERS),
            "PLL1FRACR": Register(0x34, fields=FRACTION),
            "PLL2DIVR": Register(0x38, reset=0x01010280, fields=DIVIDERS),
            "PLL2FRACR": Register(0x3C, fields=FRACTION),
            "PLL3DIVR": Register(0x40, reset=0x01010280, fields=DIVIDERS),
            "PLL3FRACR": Register(0x44, fields=FRACTION),
            "CDCCIPR": Register(0x4C),
            "CDCCIP1R": Register(0x50),
            "CDCCIP2R": Register(0x54),
            "SRDCCIPR": Register(0x58),
            "CIER": Register(0x60),
            "CIFR": Register(0x64, writable=0),
            "CICR": Register(0x68, clears="CIFR"),
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
        },
        follows(
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
        ),
    )
    reset_flags = ResetFlags("RSR", RSR_RMVF, RSR_RESET_FLAGS, BY_CAUSE)

    def clocks(self) -> dict[str, float]:
        file, hse_hz = self._file, self._hse_hz
        sources = (hsi_hz(file), CSI_HZ, hse_hz, pll_hz(file, hse_hz, 1, "P"))
        selected = file.field("CFGR", "SW")
        sysclk = sources[selected] if selected < len(sources) else 0.0
        core = sysclk / AHB_DIVIDER[file.field("CDCFGR1", "CDCPRE")]
        axi = core / AHB_DIVIDER[file.field("CDCFGR1", "HPRE")]
        # CMSIS RCC_CFGR_TIMPRE; stm32h7xx_hal_rcc_ex.h, RCC_TIMPRES_*
        timer_multiple = 4 if file.field("CFGR", "TIMPRE") else 2
        prescalers = {
            "apb1": file.field("CDCFGR2", "CDPPRE1"),
            "apb2": file.field("CDCFGR2", "CDPPRE2"),
            "apb3": file.field("CDCFGR1", "CDPPRE"),
            "apb4": file.field("SRDCFGR", "SRDPPRE"),
        }
        clocks = {"sysclk": sysclk, "core": core, "axi": axi, **bus_clocks(axi, prescalers, timer_multiple)}
        plls = {
            f"pll{number}_{output.lower()}": pll_hz(file, hse_hz, number, output)
            for number in (1, 2, 3)
            for output in "PQR"
        }
        others = {"hsi": hsi_hz(file), "csi": CSI_HZ, "lse": LSE_HZ, "hse": hse_hz, "none": 0.0}
        kernels = {**clocks, **plls, **others}
        kernels |= kernel_clocks(file, PERIPHERAL_CLOCK, kernels)
        buses = kernel_clocks(file, SERIAL_PORTS | BUSES, kernels)
        low = low_speed_clocks(file, file["CSR"] & 1, hse_hz / max(2, file["CFGR"] >> 8 & 0x3F))  # RTCPRE
        hsi48 = {"hsi48": HSI48_HZ if file["CR"] & 1 << 12 else 0.0}
        return clocks | low | buses | kernel_clocks(file, OTHERS, kernels | low | hsi48)


class H7Pwr(PowerController):
    """Kind "stm32h7-pwr"."""

    # Reset values from memory of RM0455 [unchecked]
    table = Table(
        {
            "CR1": Register(0x00, reset=0xF000C000),
            "CSR1": Register(0x04, reset=0x4000, writable=0, always=1 << 13),  # ACTVOSRDY
            "CR2": Register(0x08, writable=0x11),
            "CR3": Register(
                0x0C,
                reset=0x00000006,
                writable=0x0300033F,
                always=1 << 26,  # USB33RDY
                fields={"BYPASS": (0, 1), "LDOEN": (1, 1), "SMPSEN": (2, 1)},
            ),
            "CPUCR": Register(0x10, pulse=1 << 9),
            "SRDCR": Register(0x18, reset=0x4000, writable=0xC000, always=1 << 13, fields={"VOS": (14, 2)}),  # VOSRDY
            "WKUPCR": Register(0x20, pulse=0x3F),
            "WKUPFR": Register(0x24, writable=0),
            "WKUPEPR": Register(0x28),
        },
        follows(
            "SRDCR[15:14] -> CSR1[15:14]",  # VOS, ACTVOS
            "CR2[0] -> CR2[16]",  # BREN, BRRDY
            "CR3[3] -> CR3[16]",  # SMPSEXTHP, SMPSEXTRDY
            "CR1[12] -> CR1[13]",  # BOOSTE, AVD_READY
        ),
    )

    @property
    def voltage_range(self) -> str:
        """The voltage scale: "0" (fastest) to "3"."""
        return str(3 - self._file.field("SRDCR", "VOS"))

    @property
    def regulator(self) -> str:
        """What feeds the core: "smps", "ldo", "smps+ldo" or "bypass" (stm32h7xx_hal_pwr_ex.h PWR_*_SUPPLY)."""
        file = self._file
        if file.field("CR3", "BYPASS"):
            return "bypass"
        names = [name for bit, name in (("SMPSEN", "smps"), ("LDOEN", "ldo")) if file.field("CR3", bit)]
        return "+".join(names) or "bypass"
