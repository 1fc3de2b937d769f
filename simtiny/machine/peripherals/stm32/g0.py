"""STM32G0: reset and clock control, flash interface.

Offsets and bits: CMSIS stm32g0b1xx.h (RCC_TypeDef, FLASH_TypeDef and theirs). The clock tree: CMSIS system_stm32g0xx.c
SystemCoreClockUpdate and the HAL's stm32g0xx_hal_rcc.h.
"""

from simtiny.machine.peripherals.block import NoParameters
from simtiny.machine.peripherals.registers import Register, RegisterFile, Table, follows
from simtiny.machine.peripherals.stm32.flash import CR_LOCK, CR_OPTLOCK, CR_START
from simtiny.machine.peripherals.stm32.flash_pages import PageFlash, Pages
from simtiny.machine.peripherals.stm32.l4 import L4Flash
from simtiny.machine.peripherals.stm32.rcc import (
    AHB_DIVIDER,
    LSE_HZ,
    LSI_HZ,
    ClockController,
    KernelClock,
    bus_clocks,
    kernel_clocks,
    low_speed_clocks,
)

HSI_HZ = 16e6  # CMSIS system_stm32g0xx.c HSI_VALUE

# CMSIS RCC_CCIPR_*SEL
_SOURCES = ("apb", "sysclk", "hsi", "lse")
SERIAL_PORTS = {
    "usart1": KernelClock("CCIPR", 0, _SOURCES),
    "usart2": KernelClock("CCIPR", 2, _SOURCES),
    "usart3": KernelClock("CCIPR", 4, _SOURCES),
    "lpuart2": KernelClock("CCIPR", 8, _SOURCES),
    "lpuart1": KernelClock("CCIPR", 10, _SOURCES),
}
OTHERS = {
    "lptim1": KernelClock("CCIPR", 18, ("apb", "lsi", "hsi", "lse")),
    "lptim2": KernelClock("CCIPR", 20, ("apb", "lsi", "hsi", "lse")),
}

# CMSIS RCC_CCIPR_I2C*SEL, RCC_CCIPR_ADCSEL
BUSES = {
    "i2c1": KernelClock("CCIPR", 12, ("apb", "sysclk", "hsi")),
    "i2c2": KernelClock("CCIPR", 14, ("apb", "sysclk", "hsi")),
    "adc": KernelClock("CCIPR", 30, ("sysclk", "pll_p", "hsi")),
}


def pll_hz(file: RegisterFile, hse_hz: float, output: str = "R") -> float:
    """PLLRCLK = source / M * N / R, or 0 while the R output is off. `output`: "R", or "P" for PLLPCLK."""
    if not file.field("PLLCFGR", f"PLL{output}EN"):
        return 0.0
    source_hz = (0.0, 0.0, HSI_HZ, hse_hz)[file.field("PLLCFGR", "PLLSRC")]
    m, n = file.field("PLLCFGR", "PLLM") + 1, file.field("PLLCFGR", "PLLN")
    return source_hz / m * n / (file.field("PLLCFGR", f"PLL{output}") + 1)


class G0Rcc(ClockController):
    """Kind "stm32g0-rcc"."""

    # Reset values from memory of RM0444 [unchecked]
    table = Table(
        {
            "CR": Register(0x00, reset=0x00000500, fields={"HSIDIV": (11, 3)}),  # HSI on and ready
            "ICSCR": Register(0x04, reset=0x00004000),
            "CFGR": Register(0x08, fields={"SW": (0, 3), "HPRE": (8, 4), "PPRE": (12, 3)}),
            "PLLCFGR": Register(
                0x0C,
                reset=0x00001000,
                fields={
                    "PLLSRC": (0, 2),
                    "PLLM": (4, 3),
                    "PLLN": (8, 7),
                    "PLLPEN": (16, 1),
                    "PLLP": (17, 5),
                    "PLLREN": (28, 1),
                    "PLLR": (29, 3),
                },
            ),
            "CRRCR": Register(0x14),
            "CIER": Register(0x18),
            "CIFR": Register(0x1C, writable=0),
            "CICR": Register(0x20, clears="CIFR"),
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
            "CSR": Register(0x60, reset=0x0C000000),  # PWRRSTF, PINRSTF: after power-on
        },
        follows(
            "CR[8] -> CR[10]",  # HSION, HSIRDY
            "CR[16] -> CR[17]",  # HSEON, HSERDY
            "CR[22] -> CR[23]",  # HSI48ON, HSI48RDY
            "CR[24] -> CR[25]",  # PLLON, PLLRDY
            "CFGR[2:0] -> CFGR[5:3]",  # SW, SWS
            "BDCR[0] -> BDCR[1]",  # LSEON, LSERDY
            "CSR[0] -> CSR[1]",  # LSION, LSIRDY
        ),
    )

    def clocks(self) -> dict[str, float]:
        file = self._file
        hsisys = HSI_HZ / (1 << file.field("CR", "HSIDIV"))
        sources = (hsisys, self._hse_hz, pll_hz(file, self._hse_hz), LSI_HZ, LSE_HZ, 0.0, 0.0, 0.0)
        sysclk = sources[file.field("CFGR", "SW")]
        core = sysclk / AHB_DIVIDER[file.field("CFGR", "HPRE")]
        clocks = {"sysclk": sysclk, "core": core, **bus_clocks(core, {"apb": file.field("CFGR", "PPRE")})}
        low = low_speed_clocks(file, file["CSR"] & 1, self._hse_hz / 32)
        others = {"hsi": HSI_HZ, "lse": LSE_HZ, "pll_p": pll_hz(file, self._hse_hz, "P")}
        buses = kernel_clocks(file, SERIAL_PORTS | BUSES, {**clocks, **others})
        return clocks | low | buses | kernel_clocks(file, OTHERS, {**clocks, **low, "hsi": HSI_HZ})


ACR_ICRST = 1 << 11
SR_ERRORS = 0xC3FB


class G0Flash(PageFlash[NoParameters]):
    """Kind "stm32g0-flash". Hands the programmed latency, prefetch and cache to the machine."""

    takes = NoParameters
    # Reset values: the stm32g0 SVD's (ACR: cache on, prefetch off); the option bytes' from memory of RM0444 [unchecked]
    table = Table(
        {
            "ACR": Register(
                0x00, reset=0x600, pulse=ACR_ICRST, fields={"LATENCY": (0, 3), "PRFTEN": (8, 1), "ICEN": (9, 1)}
            ),
            "KEYR": Register(0x08, writable=0),
            "OPTKEYR": Register(0x0C, writable=0),
            "SR": Register(0x10, writable=0, clear=SR_ERRORS),
            "CR": Register(0x14, reset=CR_LOCK | CR_OPTLOCK, pulse=CR_START),
            "ECCR": Register(0x18, writable=1 << 24, clear=3 << 30),
            "ECC2R": Register(0x1C, writable=1 << 24, clear=3 << 30),
            "OPTR": Register(0x20, reset=0xFFFF_FEAA),
            "PCROP1ASR": Register(0x24, reset=0xFFFFFFFF),
            "PCROP1AER": Register(0x28),
            "WRP1AR": Register(0x2C, reset=0x000000FF),
            "WRP1BR": Register(0x30, reset=0x000000FF),
            "PCROP1BSR": Register(0x34, reset=0xFFFFFFFF),
            "PCROP1BER": Register(0x38),
            "PCROP2ASR": Register(0x44, reset=0xFFFFFFFF),
            "PCROP2AER": Register(0x48),
            "WRP2AR": Register(0x4C, reset=0x000000FF),
            "WRP2BR": Register(0x50, reset=0x000000FF),
            "PCROP2BSR": Register(0x54, reset=0xFFFFFFFF),
            "PCROP2BER": Register(0x58),
            "SECR": Register(0x80),
        }
    )
    spec = L4Flash.spec
    # BSY1, BSY2, CFGBSY. Times: the data sheet of STM32G0B1 (DS13560), from memory [unchecked]
    pages = Pages("SR", "CR", 10, 1 << 13, (1 << 16, 1 << 17), 1 << 18, 85e-6, 22e-3, 22.1e-3)

    def announce(self) -> None:
        file = self._file
        self._system.set_flash_acceleration(
            wait_states=file.field("ACR", "LATENCY"),
            prefetch=bool(file.field("ACR", "PRFTEN")),
            instruction_cache=bool(file.field("ACR", "ICEN")),
            data_cache=False,
        )
