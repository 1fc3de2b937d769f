"""Read-only words: device identity, unique identifier, flash size."""

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import Block
from simtiny.machine.peripherals.words import WORD, read_lane, split
from simtiny.machine.system import System
from simtiny.notes import NoteKind


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`words`: pairs of (byte offset, value). `default`: what every other word reads."""

    words: tuple[tuple[int, int], ...] = ()
    default: int = 0


class Constants(Block[Parameters]):
    """Kind "constants". Writes change nothing and are noted."""

    takes = Parameters

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._words = {offset: value & WORD for offset, value in self._given.words}

    def read(self, offset: int, size: int) -> int:
        return read_lane(self._words.get(split(offset)[0], self._given.default & WORD), offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        what = f"write to read-only offset 0x{split(offset)[0]:x} ignored"
        self._note(NoteKind.UNKNOWN_REGISTER, what, offset)
