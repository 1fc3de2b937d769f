"""Buffers of Python's in the memory of an emulated board."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from simtiny.errors import BadInput
from simtiny.machine.machine import Machine


@dataclass(frozen=True)
class Buffer:
    """Memory on the board that lasts: give it to calls as a pointer. `address`, `size`: of its bytes."""

    address: int
    size: int
    _machine: Machine = field(repr=False)

    def read(self) -> bytes:
        """What is in it."""
        return self._machine.read_memory(self.address, self.size)

    def write(self, data: Any) -> None:
        """Put bytes or an array to its beginning. Raises BadInput for more than it holds."""
        content = content_of(data, "data")
        if len(content) > self.size:
            raise BadInput(f"{len(content):,} bytes do not fit a buffer of {self.size:,}")
        self._machine.write_memory(self.address, content)

    def array(self, dtype: DTypeLike) -> NDArray[Any]:
        """What is in it as an array, a copy. Raises BadInput for a type whose elements do not fill it."""
        kind = np.dtype(dtype)
        if kind.itemsize == 0 or self.size % kind.itemsize:
            raise BadInput(f"{self.size:,} bytes are no whole number of {kind}")
        return np.frombuffer(self.read(), kind).copy()


def is_buffer(value: object) -> bool:
    """Whether a call is given the address of this."""
    if isinstance(value, str | bytes | bytearray | memoryview | np.ndarray):
        return True
    if isinstance(value, np.generic):
        return False
    try:
        view = memoryview(value)  # type: ignore[arg-type]
    except TypeError:
        return False
    return view.ndim > 0


def content_of(value: Any, place: str) -> bytes:
    """The bytes of a buffer; text is UTF-8 with a zero behind it. Raises BadInput for what C can't read."""
    if isinstance(value, str):
        return value.encode() + b"\0"
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject or value.dtype.byteorder == ">":
            raise BadInput(f"{place}: an array of {value.dtype}, which is no type of C's on this core")
        if not value.flags.c_contiguous:
            raise BadInput(f"{place}: the array's elements do not stand one behind the other: give array.copy()")
        return value.tobytes()
    try:
        view = memoryview(value)
    except TypeError:
        raise BadInput(f"{place}: {type(value).__name__} is no buffer") from None
    if not view.c_contiguous:
        raise BadInput(f"{place}: the buffer's elements do not stand one behind the other")
    return view.tobytes()


class Lent:
    """The buffers of one call: copied to the board before it, and back where they can be written to.

    `take(size, what)` gives the address of free memory.
    """

    def __init__(self, machine: Machine, take: Callable[[int, str], int]) -> None:
        self._machine, self._take = machine, take
        self._lent: dict[tuple[int, int], tuple[int, Any]] = {}

    def lend(self, value: Any, place: str) -> int:
        """The address of a buffer's copy: the same for the same one. Raises BadInput."""
        content = content_of(value, place)
        key = _span(value) if not isinstance(value, str) else (id(value), -1)
        if key in self._lent:
            return self._lent[key][0]
        for (start, size), _ in self._lent.items():
            if size >= 0 and key[1] >= 0 and start < key[0] + key[1] and key[0] < start + size:
                raise BadInput(f"{place}: it overlaps another buffer of this call: give array.copy()")
        address = self._take(max(len(content), 1), place)
        self._machine.write_memory(address, content)
        self._lent[key] = address, value
        return address

    def give_back(self) -> None:
        """What the call has left in them."""
        for address, value in self._lent.values():
            if isinstance(value, str | bytes):
                continue
            view = memoryview(value)
            if not view.readonly and view.nbytes:
                view.cast("B")[:] = self._machine.read_memory(address, view.nbytes)


def _span(value: Any) -> tuple[int, int]:
    """Where in this process a buffer is, and its bytes."""
    array = value if isinstance(value, np.ndarray) else np.frombuffer(memoryview(value).cast("B"), np.uint8)
    return array.ctypes.data, array.nbytes
