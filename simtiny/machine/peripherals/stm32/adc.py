"""STM32 analog-to-digital converters: the blocks of one or two, and their common registers."""

from typing import Literal

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.errors import BadInput
from simtiny.machine.peripherals.block import Block
from simtiny.machine.peripherals.stm32.adc_conversions import Input, Internal
from simtiny.machine.peripherals.stm32.adc_converter import ISR, NAMES, Converter, prescaled
from simtiny.machine.peripherals.stm32.adc_families import FAMILIES
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import ALWAYS, System
from simtiny.notes import NoteKind

COMMON, CSR, CCR = 0x300, 0x300, 0x308
SYNCHRONOUS = (0, 1, 2, 4)  # divider of the bus clock by CKMODE; none: the kernel clock
DUAL = 31


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clock`: the name of its kernel clock. `bus`: that of its bus clock.

    `converters`: names, 0x100 apart; none: one, with the block's own. `pins`: by converter the channel of each pin.
    `reference_v`: of VREF+.
    """

    clock: str
    bus: str = "core"
    family: Literal["l4", "g0", "h7", "u5", "u5-adc4", "u3"] = "l4"
    converters: tuple[str, ...] = ()
    pins: dict[str, dict[str, int]] = {}
    reference_v: float = 3.3


class Adc(Block[Parameters]):
    """Kind "stm32-adc". `irq`: one line for all converters, or one each. DMA requests: "<converter>".

    Conversions by software, single, in sequence and continuous, take their sampling and conversion time. Injected
    channels, hardware triggers, watchdogs, offsets and two converters in step are not modelled and noted. The chip is
    at 30 degrees; noise and errors of a converter are not modelled.
    """

    takes = Parameters

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        given, self._family = self._given, FAMILIES[self._given.family]
        names = given.converters or (config.name,)
        if not 1 <= len(names) <= 2 or given.reference_v <= 0:
            what = "it has 1 or 2 converters, and a positive reference"
            raise BadInput(f"peripheral {config.name} ({config.kind}): {what}")
        self._common = 0
        self._pins = {name: given.pins.get(name, {}) for name in names}
        self._converters = []
        for number, name in enumerate(names):
            internal = self._family.internal if self._family.internal_at in (None, number) else Internal()
            irq = config.irq[min(number, len(config.irq) - 1)] if config.irq else None
            source = Input(system, name, self._pins[name], internal, given.reference_v)
            self._converters.append(Converter(system, self._family, source, irq, self._clock_hz))

    @property
    def analog_inputs(self) -> dict[str, dict[str, int]]:
        """Channels by pin, by converter."""
        return self._pins

    def steady_until(self, offset: int) -> int:
        """A read of DR that gives data changes something; all else changes by events."""
        converter = self._converter(offset)
        return ALWAYS if converter is None else converter.steady_until(offset % 0x100)

    def register_name(self, offset: int) -> str:
        if split(offset)[0] in (CSR, CCR):
            return "CSR" if split(offset)[0] == CSR else "CCR"
        name = NAMES.get(offset % 0x100 // 4, "")
        number = offset // 0x100
        return f"{list(self._pins)[number]}_{name}" if name and number and number < len(self._converters) else name

    def read(self, offset: int, size: int) -> int:
        converter = self._converter(offset)
        if converter is not None:
            return converter.read(offset % 0x100, size)
        if split(offset)[0] == CSR:
            flags = [each.read(ISR, 4) & 0x7FF for each in self._converters]
            return read_lane(flags[0] | (flags[1] << 16 if len(flags) > 1 else 0), offset, size)
        return read_lane(self._common, offset, size) if split(offset)[0] == CCR else 0

    def write(self, offset: int, size: int, value: int) -> None:
        converter = self._converter(offset)
        if converter is not None:
            converter.write(offset % 0x100, size, value)
        elif split(offset)[0] == CCR:
            self._common = write_lane(self._common, offset, size, value)
            if self._common & DUAL and len(self._converters) > 1:
                self._note(NoteKind.UNMODELLED, "two converters in step are not modelled: each goes by itself")
        else:
            self._note_unknown(offset)

    def _converter(self, offset: int) -> Converter | None:
        number = offset // 0x100
        return self._converters[number] if number < len(self._converters) else None

    def _clock_hz(self, second: int) -> float:
        """What CCR selects, or the converter's own CFGR2, `second`."""
        clocks, where = self._system.clock_hz, self._family.synchronous
        mode = second >> 30 if where == "cfgr2" else self._common >> 16 & 3 if where == "ccr" else 0
        if mode:
            divider = {1: 2, 2: 4, 3: 1}[mode] if where == "cfgr2" else SYNCHRONOUS[mode]
            return clocks.get(self._given.bus, 0.0) / divider
        return prescaled(clocks.get(self._given.clock, 0.0), self._common)
