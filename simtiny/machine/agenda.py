"""What is to happen at which cycle."""

import heapq
from collections.abc import Callable
from itertools import count


class Agenda:
    """Callbacks in order of their cycles. One that was cancelled keeps its place until it comes first."""

    def __init__(self) -> None:
        self._queue: list[tuple[int, int]] = []  # cycle and handle
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._handles = count()
        self.fired = 0

    @property
    def next(self) -> int | None:
        """The cycle of the first one, None without any. It may turn out to be cancelled."""
        return self._queue[0][0] if self._queue else None

    def add(self, at_cycle: int, callback: Callable[[], None]) -> int:
        """Returns a handle for `cancel`."""
        handle = next(self._handles)
        self._callbacks[handle] = callback
        heapq.heappush(self._queue, (at_cycle, handle))
        return handle

    def cancel(self, handle: int) -> None:
        self._callbacks.pop(handle, None)

    def fire(self, cycles: Callable[[], int]) -> None:
        """Call back all whose cycle has come, those that they add among them. `cycles()`: the clock."""
        while self._queue:
            at_cycle, handle = self._queue[0]
            if at_cycle > cycles() and handle in self._callbacks:
                return
            heapq.heappop(self._queue)
            callback = self._callbacks.pop(handle, None)
            if callback is not None:
                self.fired += 1
                callback()
