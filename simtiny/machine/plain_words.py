"""Registers that read as plain memory: the native read callback answers for them, without a way into Python.

Firmware that waits for its serial port reads the same few registers over and over.
"""

import ctypes
from typing import Protocol, runtime_checkable


class PlainWords:
    """What the registers of one block of `size` bytes read as, for those whose reads have no effect.

    A block sets each such word whenever it changes. Words that were never set are asked for.
    """

    def __init__(self, size: int) -> None:
        self.size = size
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

    def record(self, base: int) -> tuple[int, int, int, int]:
        """The register_ranges.PLAIN of a block at `base`. It holds as long as this object lives."""
        return base, self.size, ctypes.addressof(self._words), ctypes.addressof(self._reads)


@runtime_checkable
class HasPlainWords(Protocol):
    """A peripheral with such registers."""

    plain: PlainWords
