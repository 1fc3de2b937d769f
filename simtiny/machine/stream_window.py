"""Where a window of a stream begins and ends: at marks, at addresses, with a function, or with the stream itself."""

from collections.abc import Callable
from dataclasses import dataclass

from simtiny.errors import BadInput
from simtiny.machine.replay import Replay
from simtiny.machine.sections import Sections

_LAST_ADDRESS = 0xEFFF_FFFF
"""Beyond are values that end an exception, and no code."""


@dataclass
class StreamWindow:
    """The first passage of a window through a replay. One of the methods but `missed` says what bounds it.

    Nothing is counted any more when it has closed: the replay stops.
    """

    replay: Replay
    sections: Sections
    is_open: bool = False
    is_closed: bool = False
    missed: Callable[[], str | None] = lambda: None
    """What did not happen; None where the window is as it should be."""

    def whole(self) -> None:
        """All of the stream."""
        self._open()

    def marks(self, first: int, last: int) -> None:
        """From one mark of the stream to another."""
        met = 0

        def mark(number: int) -> None:
            nonlocal met
            met = number + 1
            if number == first:
                self._open()
            elif number == last:
                self._close()

        self.replay.on_mark = mark
        self.missed = lambda: None if self.is_closed else f"the stream has no mark {last}: it has {met or 'none'}"

    def passage(self, start: int, end: int, names: tuple[str, str]) -> None:
        """From one address to another; where both are the same, until it comes there again."""

        def begun() -> None:
            if start == end and not self.is_open:
                self.replay.watch(end, ended)
            self._open()

        def ended() -> None:
            if self.is_open:
                self._close()

        self.replay.watch(start, begun)
        if start != end:
            self.replay.watch(end, ended)
        self.missed = lambda: self._not_reached(*names)

    def call(self, address: int, name: str) -> None:
        """One call of a function, the first one. Calls of it from the same place, by what it calls, are inside."""
        returns: int | None = None
        depth = 0

        def entered() -> None:
            nonlocal returns, depth
            found = self.replay.return_address()
            if self.is_open:
                depth += found == returns
                return
            if self.is_closed:
                return
            if found is None or found > _LAST_ADDRESS:
                raise BadInput(
                    f"where {name} returns to can't be told, as it is not entered by a call: bound the window by "
                    "`start` and `end`"
                )
            returns, depth = found, 1
            self.replay.watch(found, returned)
            self._open()

        def returned() -> None:
            nonlocal depth
            depth -= 1
            if self.is_open and depth == 0:
                self._close()

        self.replay.watch(address, entered)
        self.missed = lambda: self._not_reached(name, None)

    def _not_reached(self, start: str, end: str | None) -> str | None:
        if self.is_closed:
            return None
        if not self.is_open:
            return f"the stream does not reach {start}"
        return f"the stream does not reach {end} behind {start}" if end else f"the stream ends before {start} returns"

    def _open(self) -> None:
        if not self.is_open and not self.is_closed:
            self.is_open = True
            self.sections.begin()

    def _close(self) -> None:
        self.is_open, self.is_closed = False, True
        self.sections.end()
        self.replay.stop()
