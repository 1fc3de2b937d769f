"""What has happened by when: a copy of what was counted every so many cycles, for power over time.

What a block does is told by who asks, in numbers of kinds of its own: nothing here knows what costs energy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.counting import layout
from simtiny.counting.blocks import MOST_BLOCKS
from simtiny.profiles import CodeBlock

MOST_MARKS = 1 << 17
"""Each takes 240 bytes. Where there are more, every other one is left out, and later ones are twice as far apart."""
_NEVER = 1 << 62


@dataclass(frozen=True)
class AskedEvents:
    """What is to be counted. `once(block)`: what one run of a block does, at most layout.KINDS numbers.

    The first one is counted again where the branch at its end was taken. `line_bytes`: of a line of code, a power of
    two. `every_s`: seconds between two marks.
    """

    once: Callable[[CodeBlock], Sequence[int]]
    line_bytes: int
    every_s: float


class EventMarks:
    """`calls`: the native record. `mark_events`: the native function.

    `clock_hz()`: the core's clock by now. `asked`: what is counted, every so many seconds from the first call of `mark`
    on: the first block that begins then or later comes behind a mark.
    """

    def __init__(
        self,
        calls: Any,
        mark_events: Callable[[], None],
        clock_hz: Callable[[], float],
        asked: AskedEvents,
    ) -> None:
        self._calls, self._mark_events, self._clock_hz, self._asked = calls, mark_events, clock_hz, asked
        self.every_s = asked.every_s
        self._rows = np.zeros(MOST_MARKS, layout.EVENT_MARK.dtype)
        self._once = np.zeros((MOST_BLOCKS, layout.KINDS), np.int32)
        calls.marks, calls.marks_room, calls.once = self._rows.ctypes.data, MOST_MARKS, self._once.ctypes.data
        calls.line_shift = asked.line_bytes.bit_length() - 1
        calls.mark_every = calls.next_mark = _NEVER

    def learn(self, number: int, block: CodeBlock) -> None:
        """Take up a block before it runs."""
        numbers = self._asked.once(block)
        self._once[number, : len(numbers)] = numbers

    def mark(self) -> None:
        """Make one now, and the next ones every so many cycles from here on."""
        self._calls.mark_every = max(round(min(self.every_s * self._clock_hz(), _NEVER)), 1)
        self._mark_events()

    def sleep(self, cycles: int) -> None:
        """The core is about to sleep for so long."""
        if not self._calls.marks_count:
            return
        self._mark_events()
        self._calls.events.asleep += cycles
        count = int(self._calls.marks_count)
        self._rows[count] = self._rows[count - 1]
        self._rows["clock"][count] += cycles
        self._rows["asleep"][count] += cycles
        self._calls.marks_count = count + 1
        if count + 1 == MOST_MARKS:
            self.thin_out()

    def thin_out(self) -> None:
        """Make room."""
        count = int(self._calls.marks_count)
        kept = self._rows[:count:2].copy()
        self._rows[: len(kept)] = kept
        self._calls.marks_count = len(kept)
        self.every_s *= 2
        self._calls.mark_every *= 2

    def between(self, begin: int, end: int) -> NDArray[np.void]:
        """Those from one clock to another, with the one before and the one behind where these are not exactly there.

        One layout.EVENT_MARK each.
        """
        rows = self._rows[: int(self._calls.marks_count)]
        first = max(int(np.searchsorted(rows["clock"], begin, "right")) - 1, 0)
        last = int(np.searchsorted(rows["clock"], end, "left"))
        return rows[first : last + 1].copy()
