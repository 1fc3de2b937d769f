"""Registers that read as plain memory: the native read callback answers for them, without a way into Python.

Firmware that waits for its serial port reads the same few registers over and over, and takes its bytes one by one.
"""

import ctypes
from typing import Protocol, runtime_checkable

from simtiny.machine.register_ranges import CLOCKED, QUEUE
from simtiny.machine.system import ALWAYS

_MOST = 1 << 31


class ReceiveQueue:
    """Bytes that wait to be read from a data register."""

    def __init__(self) -> None:
        self._bytes = (ctypes.c_uint8 * 256)()
        self._end = 0
        self.record = QUEUE.structure(bytes=ctypes.addressof(self._bytes))

    def __len__(self) -> int:
        return self._end - int(self.record.next)

    def extend(self, data: bytes) -> None:
        """Add bytes behind the others."""
        waiting = bytes(self._bytes[self.record.next : self._end]) + data
        if len(waiting) > len(self._bytes):
            self._bytes = (ctypes.c_uint8 * (2 * len(waiting)))()
            self.record.bytes = ctypes.addressof(self._bytes)
        ctypes.memmove(self._bytes, waiting, len(waiting))
        self._end, self.record.next, self.record.last = len(waiting), 0, 0

    def take(self) -> int:
        """The next byte. There must be one."""
        byte = int(self._bytes[self.record.next])
        self.record.next += 1
        return byte

    def clear(self) -> None:
        """Forget all."""
        self._end = self.record.next = self.record.last = 0

    def hand_out(self, kept: int) -> None:
        """Let the native callback hand out all but the last `kept`: reading those tells in other registers too."""
        self.record.last = max(self._end - kept, 0)


class PlainWords:
    """What the registers of one block of `size` bytes read as, for those whose reads have no effect.

    A block sets each such word whenever it changes. Words that were never set are asked for. `queue`: what the register
    at offset `data` hands out. `clocked`: offsets of registers that show the time, which the block says with `show`.
    """

    def __init__(
        self, size: int, data: int = -1, queue: ReceiveQueue | None = None, clocked: tuple[int, ...] = ()
    ) -> None:
        self.size, self._data, self._queue = size, data, queue
        self._clocked = (CLOCKED.structure * len(clocked))()
        self._shows = dict(zip(clocked, self._clocked, strict=True))
        for offset, known in self._shows.items():
            known.offset = offset
        self._words = (ctypes.c_int64 * (size // 4))(*[-1] * (size // 4))
        self._reads = ctypes.c_int64()
        self._taken = 0

    def set(self, offset: int, word: int) -> None:
        self._words[offset >> 2] = word

    def show(
        self,
        offset: int,
        *,
        until: int,
        first: int,
        since: int = 0,
        up: int = 0,
        times: int = 1,
        plus: int = 0,
        by: int = 1,
        mask: int = 0xFFFF_FFFF,
    ) -> None:
        """Before the clock is `until`, the register reads first + up * (((clock - since) * times + plus) // by)."""
        known = self._shows[offset]
        if max(times, plus, by) >= _MOST or (up and (until - since) * times + plus >= ALWAYS):
            until = 0  # it would not fit 64 bits: the block is asked
        known.until, known.since, known.first, known.up = until, since, first, up
        known.times, known.plus, known.by, known.mask = times, plus, by, mask

    def forget_time(self) -> None:
        """Ask for all registers that show the time."""
        for known in self._clocked:
            known.until = 0

    @property
    def reads(self) -> int:
        """How many reads were answered."""
        return self._reads.value

    def take_read(self) -> bool:
        """Whether any was since the last call."""
        before, self._taken = self._taken, self._reads.value
        return self._taken != before

    def record(self, base: int) -> tuple[int, ...]:
        """The register_ranges.PLAIN of a block at `base`. It holds as long as this object lives."""
        words, reads = ctypes.addressof(self._words), ctypes.addressof(self._reads)
        queue = ctypes.addressof(self._queue.record) if self._queue is not None else 0
        clocked = ctypes.addressof(self._clocked), len(self._clocked)
        return base, self.size, words, reads, self._data, queue, *clocked


@runtime_checkable
class HasPlainWords(Protocol):
    """A peripheral with such registers."""

    plain: PlainWords
