"""How often the handler of each exception began, and how many cycles went to it."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

EXCEPTIONS = 16 + 496
"""Numbers of exceptions, with the most interrupts that the architecture allows."""


class Handlers:
    """Charges each cycle in exceptions to the one that runs, entry and return included: what it interrupts has none.

    `times`: int64 (EXCEPTIONS, 2), how often each began, and its cycles as far as they are charged. `on_end` is called
    when a handler has run its last instruction, before the return or the next handler: `depth` says which, counted
    from 1 for one that no other has interrupted.
    """

    def __init__(self) -> None:
        self.times: NDArray[np.int64] = np.zeros((EXCEPTIONS, 2), np.int64)
        self.on_end: list[Callable[[], None]] = []
        self._running: list[int] = []
        self._since = 0

    @property
    def running(self) -> tuple[int, ...]:
        """The exceptions whose handlers have begun and not returned, the first one first."""
        return tuple(self._running)

    @property
    def depth(self) -> int:
        """How many these are."""
        return len(self._running)

    def enter(self, number: int, tail_chained: bool, now: int) -> None:
        """The entry of an exception begins, in cycle `now`; tail-chained, that of the handler before is the end."""
        if tail_chained:
            self.end()
        self._charge(now)
        if tail_chained and self._running:
            self._running.pop()
        self._running.append(number)
        self.times[number, 0] += 1

    def leave(self, now: int) -> None:
        """The return from a handler has ended."""
        self._charge(now)
        if self._running:
            self._running.pop()

    def end(self) -> None:
        """A handler is about to return."""
        for callback in self.on_end:
            callback()

    def reset(self, now: int) -> None:
        """The core is reset: no handler runs any more."""
        self._charge(now)
        self._running.clear()

    def at(self, now: int) -> NDArray[np.int64]:
        """A copy of `times`, with all cycles until `now`."""
        self._charge(now)
        return self.times.copy()

    def _charge(self, now: int) -> None:
        if self._running:
            self.times[self._running[-1], 1] += now - self._since
        self._since = now
