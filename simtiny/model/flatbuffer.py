"""Reads FlatBuffers tables with every access checked, so that a corrupted file can only end in `BadInput`.

The format: little-endian; a table starts with a signed distance back to its vtable; a vtable holds its own size, the
table's size and a 16-bit offset for each field (0: the field is absent); strings, vectors and sub-tables are reached by
unsigned forward offsets; a vector starts with its length (https://flatbuffers.dev/internals/).
"""

import struct
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import DTypeLike, NDArray

from simtiny.errors import BadInput

# A sound file refers to each of its bytes about once. A corrupted one can point many vectors at the same megabytes, so
# what is handed out in total is limited: this multiple of the file's size, plus a constant for tiny files.
_READ_LIMIT_FACTOR = 4
_READ_LIMIT_BASE = 1 << 16

_VTABLE_HEADER_BYTES = 4


@cache
def _scalar(code: str) -> struct.Struct:
    return struct.Struct("<" + code)


class Reader:
    """The bytes of one file, and the name that its error messages start with."""

    def __init__(self, data: bytes, name: str) -> None:
        self.data = data
        self.name = name
        self._left = _READ_LIMIT_FACTOR * len(data) + _READ_LIMIT_BASE

    def bad(self, problem: str) -> BadInput:
        return BadInput(f"{self.name}: {problem}")

    def claim(self, at: int, size: int, what: str) -> None:
        """Check that `size` bytes from byte `at` lie within the file."""
        if at < 0 or at + size > len(self.data):
            place = f"{what} at byte {at} ({size} bytes) reaches beyond the end of the file ({len(self.data)} bytes)"
            raise self.bad(f"truncated or corrupted: {place}")
        self._left -= size
        if self._left < 0:
            raise self.bad(f"corrupted: its parts overlap (found at {what}, byte {at})")

    def scalar(self, at: int, code: str, what: str) -> int | float:
        """One number at byte `at`; `code` is its letter in the `struct` module."""
        layout = _scalar(code)
        self.claim(at, layout.size, what)
        value: int | float = layout.unpack_from(self.data, at)[0]
        return value

    def integer(self, at: int, code: str, what: str) -> int:
        return int(self.scalar(at, code, what))

    def follow(self, at: int, what: str) -> int:
        """The position that the forward offset at byte `at` leads to."""
        return at + self.integer(at, "I", f"reference to {what}")

    def vector(self, at: int, element_bytes: int, what: str) -> tuple[int, int]:
        """Position of the first element and number of elements of the vector that byte `at` refers to."""
        start = self.follow(at, what)
        length = self.integer(start, "I", f"length of {what}")
        self.claim(start + 4, length * element_bytes, what)
        return start + 4, length

    def table(self, position: int, what: str) -> "Table":
        distance = self.integer(position, "i", what)
        vtable = position - distance
        size = self.integer(vtable, "H", f"vtable of {what}")
        if size < _VTABLE_HEADER_BYTES or size % 2:
            raise self.bad(f"corrupted: {what} at byte {position} has a vtable of {size} bytes")
        self.claim(vtable, size, f"vtable of {what}")
        return Table(self, position, vtable, size, what)


@dataclass(frozen=True)
class Table:
    """One table. A field is asked for by its slot: its place in the schema, counted from 0."""

    reader: Reader
    position: int
    vtable: int
    vtable_bytes: int
    what: str

    def _field(self, slot: int) -> int | None:
        entry = _VTABLE_HEADER_BYTES + 2 * slot
        if entry >= self.vtable_bytes:
            return None
        offset = self.reader.integer(self.vtable + entry, "H", f"vtable of {self.what}")
        return self.position + offset if offset else None

    def integer(self, slot: int, code: str, default: int = 0) -> int:
        at = self._field(slot)
        return default if at is None else self.reader.integer(at, code, f"field of {self.what}")

    def real(self, slot: int, default: float = 0.0) -> float:
        at = self._field(slot)
        return default if at is None else float(self.reader.scalar(at, "f", f"field of {self.what}"))

    def table(self, slot: int, what: str) -> "Table | None":
        at = self._field(slot)
        return None if at is None else self.reader.table(self.reader.follow(at, what), what)

    def tables(self, slot: int, what: str, limit: int) -> "list[Table]":
        """A vector of tables, of at most `limit` entries."""
        at = self._field(slot)
        if at is None:
            return []
        start, length = self.reader.vector(at, 4, f"list of {what}s")
        if length > limit:
            raise self.reader.bad(f"it has {length} {what}s, more than the {limit} that are supported")
        return [self.reader.table(self.reader.follow(start + 4 * i, what), what) for i in range(length)]

    def array(self, slot: int, dtype: DTypeLike, what: str) -> NDArray[np.generic]:
        """A vector of numbers as a read-only view of the file."""
        at = self._field(slot)
        element = np.dtype(dtype).newbyteorder("<")
        if at is None:
            return np.empty(0, element)
        start, length = self.reader.vector(at, element.itemsize, what)
        return np.frombuffer(self.reader.data, element, length, start)

    def text(self, slot: int, limit: int = 256) -> str:
        """A string, cut at `limit` bytes; what can't be printed on one line becomes a question mark."""
        at = self._field(slot)
        if at is None:
            return ""
        start, length = self.reader.vector(at, 1, "string")
        text = self.reader.data[start : start + min(length, limit)].decode("utf-8", "replace")
        return "".join(c if c.isprintable() else "?" for c in text)


def root(data: bytes, name: str, what: str) -> Table:
    """The root table of a file. `name` is what error messages call the file, `what` the table."""
    reader = Reader(data, name)
    return reader.table(reader.follow(0, what), what)
