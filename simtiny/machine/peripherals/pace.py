"""When a DMA channel moves its items: on request, or one after the other as fast as the bus takes them."""

from collections.abc import Callable
from math import ceil

from simtiny.machine.system import System


class Pace:
    """The time of one channel.

    `step(count)` moves `count` items now. `until_stop()`: how many are left, at least one, until the channel has
    something to tell, such as that half is done. `item_cycles()`: core cycles that one item takes.

    What moves freely takes one event a stop. In between nothing runs: `catch_up` moves what is due when someone looks
    at how far it is.
    """

    def __init__(
        self,
        system: System,
        step: Callable[[int], None],
        until_stop: Callable[[], int],
        item_cycles: Callable[[], float],
    ) -> None:
        self._system, self._step, self._until_stop, self._item_cycles = system, step, until_stop, item_cycles
        self.is_free = False
        self._is_requested = False
        self._handle: int | None = None
        self._at = 0  # the cycle of the event, of what moves freely
        self._begun, self._moved, self._cost = 0.0, 0, 1.0
        self._is_stepping = False

    @property
    def is_moving(self) -> bool:
        """Whether time changes something by itself."""
        return self.is_free or self._handle is not None

    def run_freely(self) -> None:
        """Move items from now on until `stop`, each as soon as the one before is done."""
        self._drop_event()
        self.is_free = self._system.moves_data
        if not self.is_free:
            return
        self._begun, self._moved, self._cost = float(self._system.cycles), 0, self._item_cycles()
        self._schedule()

    def run_on(self) -> None:
        """What moves freely goes on at another cost an item."""
        self._begun, self._moved, self._cost = self._begun + self._moved * self._cost, 0, self._item_cycles()
        self._schedule()

    def request(self, level: bool) -> None:
        """The channel's request is high or low: while it is high, one item is moved after the other."""
        self._is_requested = level
        if level and self._system.moves_data and not (self.is_free or self._handle is not None or self._is_stepping):
            self._handle = self._system.schedule(self._system.cycles + ceil(self._item_cycles()), self._serve)

    def stop(self) -> None:
        """Move nothing more."""
        self.is_free = self._is_requested = False
        self._drop_event()

    def catch_up(self) -> None:
        """Move what is due by now."""
        if not self.is_free or self._is_stepping:
            return
        while self.is_free:
            due = int((self._system.cycles - self._begun) / self._cost) - self._moved
            if due <= 0:
                break
            count = min(due, self._until_stop())
            self._moved += count
            self._advance(count)
        if self.is_free:
            self._schedule()

    def catch_up_with_stops(self) -> None:
        """The same if the channel has something to tell by now."""
        if self.is_free and self._at <= self._system.cycles:
            self.catch_up()

    def _advance(self, count: int) -> None:
        self._is_stepping = True  # what is moved may reach the controller's own registers
        try:
            self._step(count)
        finally:
            self._is_stepping = False

    def _serve(self) -> None:
        self._handle = None
        if self._is_requested:
            self._advance(1)
            self.request(self._is_requested)

    def _schedule(self) -> None:
        at = ceil(self._begun + (self._moved + self._until_stop()) * self._cost)
        if self._handle is None or at != self._at:
            self._drop_event()
            self._at, self._handle = at, self._system.schedule(at, self._event)

    def _event(self) -> None:
        self._handle = None
        self.catch_up()

    def _drop_event(self) -> None:
        if self._handle is not None:
            self._system.cancel(self._handle)
            self._handle = None
