"""PSoC 6 flash controller: wait states, and the cache between the CM4 and flash.

Register offsets and bits: Infineon mtb-pdl-cat1, devices/COMPONENT_CAT1A/include/ip/cyip_flashc.h (the layout that
the drivers use) and cyip_flashc_v2.h; reset values: psoc6_02.svd.
"""

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import NoParameters, RegisterBlock
from simtiny.machine.peripherals.registers import Register, Table
from simtiny.machine.peripherals.words import split
from simtiny.machine.system import System
from simtiny.notes import NoteKind

REGISTERS = {
    "FLASH_CTL": Register(0x000, 0x0011_0000, fields={"MAIN_WS": (0, 4)}),
    "FLASH_PWR_CTL": Register(0x004, 0x3),
    "FLASH_CMD": Register(0x008, pulse=0x3),  # INV, BUFF_INV: done at once
    "CM0_CA_CTL0": Register(0x400, 0xC000_0001),
    "CM0_CA_CTL1": Register(0x404, 0xFA05_0003),
    "CM0_CA_CTL2": Register(0x408, 0x12C),
    "CM0_CA_CMD": Register(0x40C, pulse=0x1),
    "CM4_CA_CTL0": Register(0x480, 0xC000_0001, fields={"PREF_EN": (30, 1), "CA_EN": (31, 1)}),
    "CM4_CA_CTL1": Register(0x484, 0xFA05_0003),
    "CM4_CA_CTL2": Register(0x488, 0x12C),
    "CM4_CA_CMD": Register(0x48C, pulse=0x1),
}
MACRO = 0xF000  # the registers of the flash macro, which only the system calls of the ROM use
CONTROLS = ("FLASH_CTL", "CM4_CA_CTL0")


class Flashc(RegisterBlock[NoParameters]):
    """Kind "psoc6-flashc"."""

    takes = NoParameters
    table = Table(REGISTERS)

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._announce()

    def write(self, offset: int, size: int, value: int) -> None:
        if split(offset)[0] >= MACRO:
            self._note(NoteKind.UNMODELLED, "programming and erasing flash is not modelled")
            self._file.write(offset, size, value)
        else:
            super().write(offset, size, value)
            if self._file.name(offset) in CONTROLS:
                self._announce()

    def _announce(self) -> None:
        file = self._file
        self._system.set_flash_acceleration(
            wait_states=file.field("FLASH_CTL", "MAIN_WS"),
            prefetch=bool(file.field("CM4_CA_CTL0", "PREF_EN")),
            instruction_cache=bool(file.field("CM4_CA_CTL0", "CA_EN")),
        )
