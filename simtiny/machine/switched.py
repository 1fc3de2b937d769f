"""Which of a board's consumers its firmware has switched on by now: what their bits read."""

from collections.abc import Mapping
from typing import NamedTuple

from simtiny.board import Board
from simtiny.consumers import CORE_CLOCK, SwitchedOn, bits
from simtiny.errors import BadInput
from simtiny.machine.system import Peripheral

_WORD_BYTES = 4


class _Switch(NamedTuple):
    """A consumer's conditions: where a word is read, which of its bits count, and what they read if it is on."""

    name: str
    clock: str
    words: tuple[tuple[Peripheral, int, int, int], ...]


class Switches:
    """The consumers of a board whose peripherals are these. Raises BadInput for a register that none of them has."""

    def __init__(self, board: Board, peripherals: Mapping[str, Peripheral]) -> None:
        self._knows = board.consumers is not None
        sizes = {config.name: config.size for config in board.peripherals}
        offsets = dict[tuple[str, str], int]()
        self._switches = []
        for name, consumer in (board.consumers.each if board.consumers else {}).items():
            words = []
            for bit in bits(consumer.on):
                block, place = peripherals[bit.peripheral], (bit.peripheral, bit.register)
                if place not in offsets:
                    offsets[place] = _offset(block, bit.register, sizes[bit.peripheral], f"consumers.each.{name}")
                words.append((block, offsets[place], 1 << bit.bit, bit.level << bit.bit))
            self._switches.append(_Switch(name, consumer.clock, tuple(words)))

    def on(self, clock_hz: Mapping[str, float]) -> tuple[SwitchedOn, ...] | None:
        """Those that are on, with what their clock is of the core's. None for a board whose file names no consumers."""
        if not self._knows:
            return None
        core_hz = clock_hz[CORE_CLOCK]
        return tuple(
            SwitchedOn(name, clock_hz.get(clock, 0.0) / core_hz)
            for name, clock, words in self._switches
            if all(block.read(offset, _WORD_BYTES) & mask == level for block, offset, mask, level in words)
        )


def _offset(block: Peripheral, register: str, size: int, where: str) -> int:
    for offset in range(0, size, _WORD_BYTES):
        if block.register_name(offset) == register:
            return offset
    raise BadInput(f"{where}: there is no register {register}")
