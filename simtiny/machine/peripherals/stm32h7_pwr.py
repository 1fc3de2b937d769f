"""STM32H7A3, H7B0 and H7B3 power control: supply configuration and voltage scale. Switching takes no time.

Offsets and bits: CMSIS stm32h7a3xxq.h (PWR_TypeDef, PWR_*). Reset values: from memory of RM0455, unchecked.
"""

import msgspec

from simtiny.machine.peripherals.registers import Block, Register, RegisterFile, follow
from simtiny.machine.peripherals.words import parameters
from simtiny.machine.system import System
from simtiny.platform import PeripheralConfig

ACTVOSRDY = VOSRDY = 1 << 13
REGISTERS = {
    "CR1": Register(0x00, reset=0xF000C000),
    "CSR1": Register(0x04, reset=0x4000, writable=0, always=ACTVOSRDY),
    "CR2": Register(0x08, writable=0x11),
    "CR3": Register(0x0C, reset=0x00000006, writable=0x0300033F, always=1 << 26),  # USB33RDY
    "CPUCR": Register(0x10, pulse=1 << 9),
    "SRDCR": Register(0x18, reset=0x4000, writable=0xC000, always=VOSRDY),
    "WKUPCR": Register(0x20, pulse=0x3F),
    "WKUPFR": Register(0x24, writable=0),
    "WKUPEPR": Register(0x28),
}
FOLLOWS = tuple(
    follow(rule)
    for rule in (
        "SRDCR[15:14] -> CSR1[15:14]",  # VOS, ACTVOS
        "CR2[0] -> CR2[16]",  # BREN, BRRDY
        "CR3[3] -> CR3[16]",  # SMPSEXTHP, SMPSEXTRDY
        "CR1[12] -> CR1[13]",  # BOOSTE, AVD_READY
    )
)


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """None."""


class Pwr(Block):
    """Kind "stm32h7-pwr"."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        parameters(config, Parameters)
        super().__init__(config, system)
        self._file = RegisterFile(REGISTERS, FOLLOWS)

    @property
    def voltage_range(self) -> str:
        """The voltage scale that the firmware has selected: "0" (fastest) to "3", by SRDCR.VOS."""
        return str(3 - (self._file["SRDCR"] >> 14 & 3))

    @property
    def regulator(self) -> str:
        """What feeds the core: "smps", "ldo", "smps+ldo" or "bypass", by CR3 (stm32h7xx_hal_pwr_ex.h PWR_*_SUPPLY)."""
        control = self._file["CR3"]
        if control & 1:
            return "bypass"
        names = [name for bit, name in ((4, "smps"), (2, "ldo")) if control & bit]
        return "+".join(names) or "bypass"

    def read(self, offset: int, size: int) -> int:
        return self._file.read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        if not self._file.known(offset):
            self._note_unknown(offset)
        self._file.write(offset, size, value)
