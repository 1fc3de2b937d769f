"""The two ends of a serial line in a UART: characters that go out and come in one behind the other, each in its time.

A clock that changes within a character changes the time of the next one.
"""

from collections import deque
from collections.abc import Callable
from math import ceil

from simtiny.machine.system import System

CharacterCycles = Callable[[], float | None]
"""Core cycles that a character takes by now, None while no baud rate is programmed."""


class Transmitter:
    """A shift register and the bytes that wait for it. `sent(byte)` is called when its last stop bit has gone out.

    Without a baud rate a byte takes no time.
    """

    def __init__(self, system: System, character_cycles: CharacterCycles, sent: Callable[[int], None]) -> None:
        self._system, self._character_cycles, self._sent = system, character_cycles, sent
        self.waiting: deque[int] = deque()
        self._byte: int | None = None
        self._end = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether a byte is on its way."""
        return self._byte is not None

    def put(self, byte: int) -> None:
        """Let a byte go out behind those that wait."""
        self.waiting.append(byte)
        if self._byte is None:
            self._begin(self._system.cycles)

    def _begin(self, at: float) -> None:
        byte, cycles = self.waiting.popleft(), self._character_cycles()
        if cycles is None:
            self._sent(byte)
            return
        self._byte, self._end = byte, at + cycles
        self._system.schedule(ceil(self._end), self._ended)

    def _ended(self) -> None:
        byte, self._byte = self._byte, None
        if self.waiting:
            self._begin(self._end)
        if byte is not None:
            self._sent(byte)


class Receiver:
    """Bytes from the host. The line brings one a character's time behind the other; `take(byte)` gets it.

    The host waits: while `has_room()` does not hold, the byte that has come stays in the shift register, and the next
    one does not begin, so that nothing overruns. `idle()` is called where a character's time passes without another.
    """

    def __init__(
        self,
        system: System,
        character_cycles: CharacterCycles,
        has_room: Callable[[], bool],
        take: Callable[[int], None],
        idle: Callable[[], None] = lambda: None,
    ) -> None:
        self._system, self._character_cycles = system, character_cycles
        self._has_room, self._take, self._idle = has_room, take, idle
        self._coming: deque[int] = deque()
        self._has_come = False  # the first of them is in the shift register
        self._is_scheduled = False
        self._end = 0.0  # when the last character ended

    def __len__(self) -> int:
        return len(self._coming)

    def send(self, data: bytes) -> None:
        """Bytes from the host, behind those that are still coming."""
        self._coming.extend(data)
        self.look()

    def look(self) -> None:
        """Something has changed: go on if there is room by now."""
        if self._has_come and self._has_room():
            self._has_come, self._end = False, float(self._system.cycles)
            self._take(self._coming.popleft())
        self._begin()

    def _begin(self) -> None:
        cycles = self._character_cycles()
        if self._coming and not self._has_come and not self._is_scheduled and cycles is not None:
            self._is_scheduled = True
            self._end = max(self._end, self._system.cycles) + cycles
            self._system.schedule(ceil(self._end), self._came)

    def _came(self) -> None:
        self._is_scheduled = False
        if not self._has_room():
            self._has_come = True
            return
        end, cycles = self._end, self._character_cycles()
        self._take(self._coming.popleft())
        self._begin()
        if not self._coming and cycles is not None:
            self._system.schedule(ceil(end + cycles), lambda: self._is_idle(end))

    def _is_idle(self, since: float) -> None:
        if self._end == since and not self._is_scheduled:
            self._idle()
