"""STM32 ICACHE: the cache on the code bus of Cortex-M33 parts (L5, U3, U5, H5).

Offsets and bits: CMSIS stm32u575xx.h (ICACHE_TypeDef, ICACHE_*). It caches instructions and data reads alike
(AN5212, cited, not read). Reset value, WAYSEL = 1: two ways (HAL ICACHE "how to use": n-way set associative by
default). Invalidation takes no time and, while the cache is on, no effect. Of the monitors only the registers are
there: they count nothing.
"""

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import NoParameters, RegisterBlock
from simtiny.machine.peripherals.registers import Register, Table
from simtiny.machine.system import System
from simtiny.notes import NoteKind

CR_EN, CR_CACHEINV, CR_WAYSEL, CR_MONITORS = 1 << 0, 1 << 1, 1 << 2, 3 << 16
SR_BSYENDF = 1 << 1
REGIONS = ("CRR0", "CRR1", "CRR2", "CRR3")


class Icache(RegisterBlock[NoParameters]):
    """Kind "stm32-icache". Hands to the machine whether the cache is on and whether it has one way or two."""

    takes = NoParameters
    table = Table(
        {
            "CR": Register(0x00, reset=CR_WAYSEL, pulse=CR_CACHEINV | 3 << 18),
            "SR": Register(0x04, writable=0),
            "IER": Register(0x08),
            "FCR": Register(0x0C, clears="SR"),
            "HMONR": Register(0x10, writable=0),
            "MMONR": Register(0x14, writable=0),
            **{
                name: Register(0x20 + 4 * region, reset=0x200, fields={"REN": (15, 1)})
                for region, name in enumerate(REGIONS)
            },
        }
    )

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._announce()

    def write(self, offset: int, size: int, value: int) -> None:
        before = self._file["CR"]
        super().write(offset, size, value)
        name = self._file.name(offset)
        if name == "CR":
            self._write_control(before, value)
        elif name in REGIONS and self._file.field(name, "REN"):
            self._note(NoteKind.UNMODELLED, "the firmware remaps a region for the cache: not modelled")

    def _write_control(self, before: int, value: int) -> None:
        if before & CR_EN and (self._file["CR"] ^ before) & CR_WAYSEL:
            self._file["CR"] ^= CR_WAYSEL  # locked while the cache is on
        if value & CR_CACHEINV:
            self._file["SR"] |= SR_BSYENDF
            if before & CR_EN:
                self._note(NoteKind.UNMODELLED, "the firmware empties the cache while it is on: not modelled")
        if value & CR_MONITORS:
            self._note(NoteKind.UNMODELLED, "the hit and miss monitors count nothing here")
        self._announce()

    def _announce(self) -> None:
        control = self._file["CR"]
        self._system.set_flash_acceleration(
            instruction_cache=bool(control & CR_EN), ways=2 if control & CR_WAYSEL else 1
        )
