"""Read-only words: device identity, unique identifier, flash size."""

import msgspec

from simtiny.machine.peripherals.words import WORD, parameters, read_lane, split
from simtiny.machine.system import System
from simtiny.platform import PeripheralConfig


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`words`: pairs of (byte offset, value). `default`: what every other word reads."""

    words: tuple[tuple[int, int], ...] = ()
    default: int = 0


class Constants:
    """Kind "constants". Writes change nothing and are noted."""

    timeless = True

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        given = parameters(config, Parameters)
        self._words = {offset: value & WORD for offset, value in given.words}
        self._default = given.default & WORD
        self._name, self._system = config.name, system

    def read(self, offset: int, size: int) -> int:
        return read_lane(self._words.get(split(offset)[0], self._default), offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        self._system.note(f"{self._name}: write of 0x{value:x} to read-only offset 0x{offset:x} ignored")
