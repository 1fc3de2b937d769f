"""STM32U5 and U3 power control: voltage range, booster and regulator. Switching takes no time.

Offsets and bits: CMSIS stm32u575xx.h and stm32u385xx.h (PWR_TypeDef, PWR_*). Reset values from memory of RM0456 and
RM0487, unchecked.
"""

from typing import Literal

import msgspec

from simtiny.machine.peripherals.registers import Block, Register, RegisterFile, follow
from simtiny.machine.peripherals.words import parameters, split, write_lane
from simtiny.machine.system import System
from simtiny.platform import PeripheralConfig

PORTS = "ABCDEFGHI"
WUSCR = 0x48
CR3_REGSEL = 1 << 1
COMMON = {
    "CR1": Register(0x00),
    "CR2": Register(0x04),
    "CR3": Register(0x08),
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
    "WUSCR": Register(WUSCR, writable=0),
    "APCR": Register(0x4C),
    **{f"PUCR{port}": Register(0x50 + 8 * index) for index, port in enumerate(PORTS)},
    **{f"PDCR{port}": Register(0x54 + 8 * index) for index, port in enumerate(PORTS)},
}
SUPPLIES = ("SVMCR[28] -> SVMSR[24]", "SVMCR[29] -> SVMSR[25]", "CR3[1] -> SVMSR[1]")  # USV, IO2SV, REGSEL
REGISTERS = {
    "u5": COMMON
    | {
        "VOSR": Register(0x0C, writable=0x0007_0000, always=1 << 15),  # VOSRDY; VOS = 0: range 4
        "SVMSR": Register(0x3C, writable=0, always=1 << 15),  # ACTVOSRDY
    },
    "u3": COMMON
    | {
        "VOSR": Register(0x0C, reset=0x0002_0002, writable=0x0000_0103),  # R2EN, R2RDY: range 2
        "SVMSR": Register(0x3C, writable=0),
        "I3CPUCR1": Register(0xB0),
        "I3CPUCR2": Register(0xB4),
    },
}
FOLLOWS = {
    "u5": ("VOSR[18] -> VOSR[14]", "VOSR[17:16] -> SVMSR[17:16]", *SUPPLIES),  # BOOSTEN, BOOSTRDY; VOS, ACTVOS
    "u3": ("VOSR[1:0] -> VOSR[17:16]", "VOSR[8] -> VOSR[24]", *SUPPLIES),  # R1EN, R2EN; BOOSTEN, BOOSTRDY
}


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    family: Literal["u5", "u3"]


class Pwr(Block):
    """Kind "stm32u5-pwr"."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        self._family = parameters(config, Parameters).family
        super().__init__(config, system)
        self._file = RegisterFile(REGISTERS[self._family], [follow(rule) for rule in FOLLOWS[self._family]])

    @property
    def voltage_range(self) -> str:
        """The core voltage range that the firmware has selected: "1" to "4" on U5, "1" or "2" on U3."""
        vosr = self._file["VOSR"]
        if self._family == "u5":
            return str(4 - (vosr >> 16 & 3))
        return "1" if vosr & 1 else "2"

    @property
    def regulator(self) -> str:
        """What feeds the core: "smps" or "ldo", by CR3.REGSEL (stm32u5xx_hal_pwr_ex.h PWR_SMPS_SUPPLY)."""
        return "smps" if self._file["CR3"] & CR3_REGSEL else "ldo"

    def read(self, offset: int, size: int) -> int:
        return self._file.read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        if split(offset)[0] == WUSCR:
            self._file["WUSR"] &= ~write_lane(0, offset, size, value)
            return
        if not self._file.known(offset):
            self._note_unknown(offset)
        self._file.write(offset, size, value)
