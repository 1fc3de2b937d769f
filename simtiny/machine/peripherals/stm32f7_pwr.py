"""STM32F74x and F75x power control: voltage scale and over-drive. Switching takes no time.

Offsets and bits: CMSIS stm32f746xx.h (PWR_TypeDef, PWR_*). Reset values: the vendor's SVD of the STM32F7x6.
"""

import msgspec

from simtiny.machine.peripherals.registers import Block, Register, RegisterFile, follow
from simtiny.machine.peripherals.words import parameters
from simtiny.machine.system import System
from simtiny.platform import PeripheralConfig

CSR1_VOSRDY = 1 << 14
REGISTERS = {
    "CR1": Register(0x00, reset=0xC000, pulse=1 << 3),  # VOS = 3: scale 1
    "CSR1": Register(0x04, writable=1 << 8 | 1 << 9, clear=3 << 18, always=CSR1_VOSRDY),
    "CR2": Register(0x08, writable=0x3F00, pulse=0x3F),
    "CSR2": Register(0x0C, writable=0x3F00),
}
FOLLOWS = tuple(
    follow(rule)
    for rule in (
        "CR1[16] -> CSR1[16]",  # ODEN, ODRDY
        "CR1[17] -> CSR1[17]",  # ODSWEN, ODSWRDY
        "CSR1[9] -> CSR1[3]",  # BRE, BRR
    )
)


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """None."""


class Pwr(Block):
    """Kind "stm32f7-pwr"."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        parameters(config, Parameters)
        super().__init__(config, system)
        self._file = RegisterFile(REGISTERS, FOLLOWS)

    @property
    def voltage_range(self) -> str:
        """The regulator's voltage scale that the firmware has selected: "1", "2" or "3", by CR1.VOS."""
        return str(4 - max(1, self._file["CR1"] >> 14 & 3))

    @property
    def regulator(self) -> str:
        """No register tells."""
        return ""

    def read(self, offset: int, size: int) -> int:
        return self._file.read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        if not self._file.known(offset):
            self._note_unknown(offset)
        self._file.write(offset, size, value)
