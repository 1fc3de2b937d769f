"""What DMA controllers have in common: request lines, interrupt lines, what an item takes, and what is noted.

How many cycles an item takes depends on the bus matrix and on what else uses it; each kind says what it takes for the
usual, and where from. Channels of a controller do not wait for each other, nor the core for any: that is not priced.
The ratio of the core's clock to the controller's is that of when a block of data begins.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import Block, P
from simtiny.machine.peripherals.pace import Pace
from simtiny.machine.peripherals.words import split
from simtiny.machine.system import ALWAYS, System
from simtiny.notes import NoteKind


@dataclass(frozen=True)
class OtherRequest:
    """The request line of the block that a channel accesses, where it has `selected` another's; that in words."""

    line: str
    selected: str
    what: str


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

    def _other_request(self, channel: str, address: int, lines: str, number: int) -> OtherRequest | None:
        """What serves a channel that accesses one data block, at `address`, and waits for the requests of another.

        `lines`: those that it has selected, by request `number`. None where they are of the block itself, or of a
        timer, a converter or what else may well have data moved to or from any block.
        """
        selected, number = self._system.request_behind(lines) or (lines, number)
        accessed = self._system.peripheral_at(address)
        blocks = [line.partition(".")[0] for line in selected.split()]
        ways = [line.partition(".")[2] for line in selected.split()]
        if not accessed or accessed in blocks or set(ways) not in ({"rx"}, {"tx"}):
            return None
        what = f"{channel} accesses {accessed} on requests of {' or '.join(blocks)} ({number})"
        return OtherRequest(f"{accessed}.{ways[0]}", selected, what)

    def _is_asked(self, lines: str, other: OtherRequest | None) -> bool:
        """Whether one of these lines is high, or the other request that serves the channel, with a note."""
        if self._is_high(lines):
            return True
        if other is None or other.line not in self._high:
            return False
        if (self._system.request_behind(lines) or (lines, 0))[0] != other.selected:
            return False
        what = f"{other.what}: on the chip it waits for these; here {other.line} serves it"
        self._system.note(NoteKind.FIRMWARE, self._name, what)
        return True

    def _note_nobody_asks(self, channel: str, request: str, lines: str) -> None:
        """Say so if a channel is to serve request lines that nothing on the board drives."""
        if lines and not any(self._system.asks_for_dma(line.split(".")[0]) for line in lines.split()):
            what = f"{channel} waits for {request} ({lines.replace(' ', ' or ')}), which nothing drives"
            self._system.note(NoteKind.UNMODELLED, self._name, what)
