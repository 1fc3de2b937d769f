"""STM32L4 and L4+ power control: voltage range and boost mode. Switching takes no time.

Offsets and bits: CMSIS stm32l4r5xx.h (PWR_TypeDef, PWR_*). Reset values from memory of RM0432, unchecked.
"""

import msgspec

from simtiny.machine.peripherals.registers import Block, Register, RegisterFile, follow
from simtiny.machine.peripherals.words import parameters, split, write_lane
from simtiny.machine.system import System
from simtiny.platform import PeripheralConfig

PORTS = "ABCDEFGHI"
REGISTERS = {
    "CR1": Register(0x00, reset=0x0200),  # VOS = 1: range 1
    "CR2": Register(0x04),
    "CR3": Register(0x08, reset=0x8000),
    "CR4": Register(0x0C),
    "SR1": Register(0x10, writable=0),
    "SR2": Register(0x14, writable=0),
    "SCR": Register(0x18, writable=0),
    **{f"PUCR{port}": Register(0x20 + 8 * index) for index, port in enumerate(PORTS)},
    **{f"PDCR{port}": Register(0x24 + 8 * index) for index, port in enumerate(PORTS)},
    "CR5": Register(0x80, reset=0x0100),  # R1MODE = 1: boost off (L4+ only)
}
FOLLOWS = (follow("CR1[14] -> SR2[9]"),)  # REGLPF follows LPR; VOSF, "voltage still changing", stays 0
SCR_FLAGS = 0x1F | 1 << 8


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """None."""


class Pwr(Block):
    """Kind "stm32l4-pwr"."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        parameters(config, Parameters)
        super().__init__(config, system)
        self._file = RegisterFile(REGISTERS, FOLLOWS)

    @property
    def voltage_range(self) -> str:
        """The core voltage range that the firmware has selected: "1" or "2", by CR1.VOS."""
        return "2" if self._file["CR1"] >> 9 & 3 == 2 else "1"

    @property
    def regulator(self) -> str:
        """No register tells."""
        return ""

    def read(self, offset: int, size: int) -> int:
        return self._file.read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        if split(offset)[0] == REGISTERS["SCR"].offset:
            self._file["SR1"] &= ~(write_lane(0, offset, size, value) & SCR_FLAGS)
            return
        if not self._file.known(offset):
            self._note_unknown(offset)
        self._file.write(offset, size, value)
