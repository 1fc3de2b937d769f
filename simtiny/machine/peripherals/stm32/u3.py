"""STM32U3: what differs from STM32U5 in reset and clock control and in power control. The flash interface is U5's.

Offsets and bits: CMSIS stm32u385xx.h (RCC_TypeDef, PWR_TypeDef and theirs). The frequencies follow the HAL's
HAL_RCC_GetSysClockFreq. Of the reset values, the oscillator (MSI at 12 MHz) is what system_stm32u3xx.c states; the
others are from memory of RM0487 [unchecked].
"""

from simtiny.machine.peripherals.registers import Register, RegisterFile, Table, follows
from simtiny.machine.peripherals.stm32.rcc import ClockController, KernelClock, low_speed_clocks
from simtiny.machine.peripherals.stm32.u5 import (
    COMMON_CLOCKS,
    COMMON_POWER,
    COMMON_READY,
    COMMON_SUPPLIES,
    HSI_HZ,
    LOW_POWER_TIMERS,
    U5Pwr,
    stored,
    tree,
)

MSIRC_HZ = (96e6, 24e6)  # system_stm32u3xx.c, MSIRC0_VALUE and MSIRC1_VALUE: by ICSCR1.MSISSEL
# CMSIS RCC_CCIPR1_*SEL, RCC_CCIPR3_LPUART1SEL; HAL RCC_USART1CLKSOURCE_* and their like: SYSCLK can't be chosen
SERIAL_PORTS = {
    "usart1": KernelClock("CCIPR1", 0, ("apb2", "hsi"), bits=1),
    "usart3": KernelClock("CCIPR1", 2, ("apb1", "hsi"), bits=1),
    "uart4": KernelClock("CCIPR1", 4, ("apb1", "hsi"), bits=1),
    "uart5": KernelClock("CCIPR1", 6, ("apb1", "hsi"), bits=1),
    "lpuart1": KernelClock("CCIPR3", 0, ("apb3", "hsi", "lse", "msik")),
}
# Taken over from STM32U5, with MSIK in the place of another source of RNG [unchecked]
OTHERS = {**LOW_POWER_TIMERS, "rng": KernelClock("CCIPR2", 12, ("hsi48", "msik"))}

# CMSIS RCC_CCIPR*_SPI*SEL, *_I2C*SEL, *_OCTOSPISEL, *_ADCDACSEL; HAL LL_RCC_*_CLKSOURCE_*
BUSES = {
    "i2c1": KernelClock("CCIPR1", 10, ("apb1", "msik"), bits=1),
    "i2c2": KernelClock("CCIPR1", 12, ("apb1", "msik"), bits=1),
    "i2c3": KernelClock("CCIPR3", 6, ("apb3", "msik"), bits=1),
    "spi1": KernelClock("CCIPR1", 20, ("apb2", "msik"), bits=1),
    "spi2": KernelClock("CCIPR1", 16, ("apb1", "msik"), bits=1),
    "spi3": KernelClock("CCIPR2", 3, ("apb1", "msik"), bits=1),
    "octospi": KernelClock("CCIPR2", 20, ("sysclk", "msik"), bits=1),
    "adc": KernelClock("CCIPR2", 16, ("core", "hse", "msik")),
}


def msi_hz(file: RegisterFile, which: str) -> float:
    """MSIS or MSIK: one of two RC oscillators, divided by a power of two; see `u5.msi_hz`."""
    if file.field("ICSCR1", "MSIRGSEL"):
        return MSIRC_HZ[file.field("ICSCR1", f"{which}SEL")] / (1 << file.field("ICSCR1", f"{which}DIV"))
    return MSIRC_HZ[1] / (1 << file.field("CSR", f"{which}SDIV"))


class U3Rcc(ClockController):
    """Kind "stm32u3-rcc"."""

    table = Table(
        COMMON_CLOCKS
        | {
            "CR": Register(0x00, reset=0x0000_0005),
            "ICSCR1": Register(
                0x08,
                reset=0xB400_0000,
                fields={
                    "MSIRGSEL": (23, 1),
                    "MSIKDIV": (26, 2),
                    "MSIKSEL": (28, 1),
                    "MSISDIV": (29, 2),
                    "MSISSEL": (31, 1),
                },
            ),
            "ICSCR2": Register(0x0C),
            "ICSCR3": Register(0x10),
            "CFGR4": Register(0x28),
            **stored("AHB1RSTR1", "AHB2RSTR1", "AHB2RSTR2", "", first=0x60),
            **stored("APB1RSTR1", "APB1RSTR2", "APB2RSTR", "APB3RSTR", first=0x74),
            **stored("AHB1ENR1", "AHB2ENR1", "AHB2ENR2", "AHB1ENR2", first=0x88),
            **stored("APB1ENR1", "APB1ENR2", "APB2ENR", "APB3ENR", first=0x9C),
            **stored("AHB1SLPENR1", "AHB2SLPENR1", "AHB2SLPENR2", "AHB1SLPENR2", first=0xB0),
            **stored("APB1SLPENR1", "APB1SLPENR2", "APB2SLPENR", "APB3SLPENR", first=0xC4),
            **stored("AHB1STPENR1", "AHB2STPENR1", first=0xD8),
            **stored("APB1STPENR1", "APB1STPENR2", "APB2STPENR", "APB3STPENR", first=0xEC),
            **stored("CCIPR1", "CCIPR2", "CCIPR3", "", "BDCR", first=0x100),
            "CSR": Register(0x114, reset=0x0C00_1100, fields={"MSIKSDIV": (8, 2), "MSISSDIV": (12, 2)}),
            **stored("SECCFGR", "PRIVCFGR", first=0x130),
        },
        follows(
            "CR[0] -> CR[2]",  # MSISON, MSISRDY
            "CR[3] -> CR[4]",  # MSIKON, MSIKRDY
            "CR[5] -> CR[9]",  # MSIPLL1EN, MSIPLL1RDY
            "CR[6] -> CR[10]",  # MSIPLL0EN, MSIPLL0RDY
            "CR[11] -> CR[13]",  # HSION, HSIRDY
            "CR[14] -> CR[15]",  # HSI48ON, HSI48RDY
            "BDCR[7] -> BDCR[11]",  # LSESYSEN, LSESYSRDY
            "CSR[0] -> CSR[1]",  # LSION, LSIRDY
            *COMMON_READY,
        ),
    )

    def clocks(self) -> dict[str, float]:
        file = self._file
        sysclk = (msi_hz(file, "MSIS"), HSI_HZ, self._hse_hz, 0.0)[file.field("CFGR1", "SW")]
        low = low_speed_clocks(file, file["CSR"] & 1, self._hse_hz / 32)
        others = {"msik": msi_hz(file, "MSIK"), "hse": self._hse_hz}
        return tree(file, sysclk, others, SERIAL_PORTS | BUSES, OTHERS, low, file["CR"] & 1 << 14)


class U3Pwr(U5Pwr):
    """Kind "stm32u3-pwr"."""

    table = Table(
        COMMON_POWER
        | {
            # R2EN, R2RDY: range 2
            "VOSR": Register(0x0C, reset=0x0002_0002, writable=0x0000_0103, fields={"R1EN": (0, 1)}),
            "SVMSR": Register(0x3C, writable=0),
            "I3CPUCR1": Register(0xB0),
            "I3CPUCR2": Register(0xB4),
        },
        follows(
            "VOSR[1:0] -> VOSR[17:16]",  # R1EN, R2EN; R1RDY, R2RDY
            "VOSR[8] -> VOSR[24]",  # BOOSTEN, BOOSTRDY
            *COMMON_SUPPLIES,
        ),
    )

    @property
    def voltage_range(self) -> str:
        """Range "1" or "2"."""
        return "1" if self._file.field("VOSR", "R1EN") else "2"
