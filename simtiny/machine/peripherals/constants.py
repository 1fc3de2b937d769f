"""Read-only words: device identity, unique identifier, flash size."""

import msgspec

from simtiny.machine.peripherals.registers import Block
from simtiny.machine.peripherals.words import WORD, parameters, read_lane, split
from simtiny.machine.system import System
from simtiny.notes import NoteKind
from simtiny.platform import PeripheralConfig


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`words`: pairs of (byte offset, value). `default`: what every other word reads."""

    words: tuple[tuple[int, int], ...] = ()
    default: int = 0


class Constants(Block):
    """Kind "constants". Writes change nothing and are noted."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        given = parameters(config, Parameters)
        self._words = {offset: value & WORD for offset, value in given.words}
        self._default = given.default & WORD
        super().__init__(config, system)

    def read(self, offset: int, size: int) -> int:
        return read_lane(self._words.get(split(offset)[0], self._default), offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        self._note(NoteKind.UNKNOWN_REGISTER, f"write to read-only offset 0x{split(offset)[0]:x} ignored", offset)
