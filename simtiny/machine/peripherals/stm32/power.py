"""What the power controllers of all STM32 families have in common. Switching takes no time."""

from abc import abstractmethod

from simtiny.machine.peripherals.block import NoParameters, RegisterBlock
from simtiny.machine.peripherals.registers import Register


class PowerController(RegisterBlock[NoParameters]):
    """A `simtiny.machine.system.PowerControl`. Each family has its registers, and says what they select."""

    takes = NoParameters

    @property
    @abstractmethod
    def voltage_range(self) -> str:
        """The core voltage range, or scale, that the firmware has selected."""

    @property
    def regulator(self) -> str:
        """What feeds the core. Empty: no register tells."""
        return ""


def pulls(first: int) -> dict[str, Register]:
    """The registers PUCRx and PDCRx of ports A to I, from offset `first` on."""
    return {
        f"{name}{port}": Register(first + 8 * index + 4 * down)
        for index, port in enumerate("ABCDEFGHI")
        for down, name in enumerate(("PUCR", "PDCR"))
    }
