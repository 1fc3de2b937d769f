"""What DMA controllers have in common: request lines, interrupt lines, what an item takes, and what is noted.

How many cycles an item takes depends on the bus matrix and on what else uses it; each kind says what it takes for the
usual, and where from. Channels of a controller do not wait for each other, nor the core for any: that is not priced.
The ratio of the core's clock to the controller's is that of when a block of data begins.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import Block, P
from simtiny.machine.peripherals.pace import Pace
from simtiny.machine.peripherals.words import split
from simtiny.machine.system import ALWAYS, System
from simtiny.notes import NoteKind


class DmaBlock(Block[P], ABC):
    """A DMA controller. Of `irq`, number n is the line of channel n; the last one is that of all beyond.

    In a replay its registers are written and it moves nothing.
    """

    item_clocks: ClassVar[float]
    """Cycles of the controller's clock from one item to the next."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._high: set[str] = set()  # request lines
        self._raised: set[int] = set()  # channels whose interrupt is high
        self._is_noted = False
        self._paces: list[Pace] = []  # of the channels

    @property
    def timeless(self) -> bool:
        return not any(pace.is_free for pace in self._paces)

    def steady_until(self, offset: int) -> int:
        """See `Peripheral`: how far a channel is that moves freely changes by itself, all else by events."""
        channel = self._channel_counted(split(offset)[0])
        return 0 if channel is not None and self._paces[channel].is_free else ALWAYS

    @abstractmethod
    def _channel_counted(self, offset: int) -> int | None:
        """The channel of which the register at `offset` tells how far it is; None for other registers."""
        ...

    def _look(self, offset: int) -> None:
        """Before a register is read."""
        if self._channel_counted(split(offset)[0]) is None:
            for pace in self._paces:
                pace.catch_up_with_stops()
        else:
            self._catch_up()

    def _catch_up(self) -> None:
        for pace in self._paces:
            pace.catch_up()

    def _take_request(self, line: str, level: bool) -> None:
        """Remember the level of a request line."""
        (self._high.add if level else self._high.discard)(line)

    def _is_high(self, lines: str) -> bool:
        """Whether any of these request lines is, which stand with spaces in between."""
        return any(line in self._high for line in lines.split())

    def _served(self, lines: str) -> None:
        """Tell who asks by these request lines that it was served."""
        for line in lines.split():
            if line in self._high:
                self._system.dma_served(line)

    def _core_cycles(self, clock: str, clocks: float) -> float:
        """So many cycles of the controller's clock in core cycles."""
        core_hz = self._system.clock_hz.get("core", 0.0)
        own_hz = self._system.clock_hz.get(clock, core_hz)
        return clocks * core_hz / own_hz if core_hz and own_hz else clocks

    def _set_interrupt(self, channel: int, level: bool) -> None:
        if level == (channel in self._raised):
            return
        (self._raised.add if level else self._raised.discard)(channel)
        if self._irq:
            irq = self._irq[min(channel, len(self._irq) - 1)]
            self._system.set_irq(irq, level, f"{self._name}.{channel}")

    def _note(self, kind: NoteKind, what: str, offset: int | None = None) -> None:
        if self._system.moves_data:
            super()._note(kind, what, offset)

    def _note_moved(self) -> None:
        """Once: what the run's figures have no part in."""
        if not self._is_noted:
            self._is_noted = True
            self._note(NoteKind.METHOD, "it moved data: that the core waits for the bus meanwhile is not priced")

    def _note_nobody_asks(self, channel: str, request: str, lines: str) -> None:
        """Say so if a channel is to serve request lines that nothing on the board drives."""
        if lines and not any(self._system.is_modelled(line.split(".")[0]) for line in lines.split()):
            what = f"{channel} waits for {request} ({lines.replace(' ', ' or ')}), which nothing drives"
            self._system.note(NoteKind.UNMODELLED, self._name, what)


class Clocked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clock`: the name of the controller's clock."""

    clock: str = "core"
