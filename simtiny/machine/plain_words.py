"""Registers that read as plain memory: the native read callback answers for them, without a way into Python.

Firmware that waits for its serial port reads the same few registers over and over, and takes its bytes one by one.
"""

import ctypes
from typing import Protocol, runtime_checkable

from simtiny.machine.register_ranges import QUEUE


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
    at offset `data` hands out.
    """

    def __init__(self, size: int, data: int = -1, queue: ReceiveQueue | None = None) -> None:
        self.size, self._data, self._queue = size, data, queue
        self._words = (ctypes.c_int64 * (size // 4))(*[-1] * (size // 4))
        self._reads = ctypes.c_int64()
        self._taken = 0

    def set(self, offset: int, word: int) -> None:
        self._words[offset >> 2] = word

    @property
    def reads(self) -> int:
        """How many reads were answered."""
        return self._reads.value

    def take_read(self) -> bool:
        """Whether any was since the last call."""
        before, self._taken = self._taken, self._reads.value
        return self._taken != before

    def record(self, base: int) -> tuple[int, int, int, int, int, int]:
        """The register_ranges.PLAIN of a block at `base`. It holds as long as this object lives."""
        words, reads = ctypes.addressof(self._words), ctypes.addressof(self._reads)
        queue = ctypes.addressof(self._queue.record) if self._queue is not None else 0
        return base, self.size, words, reads, self._data, queue


@runtime_checkable
class HasPlainWords(Protocol):
    """A peripheral with such registers."""

    plain: PlainWords
