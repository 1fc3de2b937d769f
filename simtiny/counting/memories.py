"""The board's memories in the host's."""

import ctypes
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from simtiny.board import Board
from simtiny.counting.blocks import Region

RAM_FILL = 0xA5  # what RAM holds at power-on, so that what the firmware wrote can be told apart
_GRANULE = 16


class Memories:
    """What each memory holds, and where it appears. `contents`: (address, bytes) to begin with.

    A piece of `contents` may run on into the next memory.
    """

    def __init__(self, board: Board, contents: Iterable[tuple[int, bytes]] = ()) -> None:
        self._board = board
        self._buffers: list[NDArray[np.uint8]] = []
        regions = []
        pieces = list(contents)
        for memory in board.memories:
            is_flash = memory.kind == "flash"
            buffer = np.full(memory.size, 0xFF if is_flash else RAM_FILL, np.uint8)
            self._buffers.append(buffer)
            for base in (memory.base, *memory.aliases):
                for address, data in pieces:
                    _copy(buffer, base, address, data)
                regions.append(Region(base, memory.base, memory.size, buffer.ctypes.data, is_flash))
        self.regions = tuple(regions)

    def read(self, address: int, size: int) -> bytes:
        """What stands there, in one memory."""
        region = next(r for r in self.regions if r.base <= address and address + size <= r.base + r.size)
        return ctypes.string_at(region.host + address - region.base, size)

    def write(self, address: int, data: bytes) -> None:
        """Put bytes where they belong; those that belong nowhere are lost."""
        for memory, buffer in zip(self._board.memories, self._buffers, strict=True):
            for base in (memory.base, *memory.aliases):
                _copy(buffer, base, address, data)

    def ram_used(self) -> int:
        """Bytes of RAM that the firmware has written to, in steps of 16."""
        return ram_used(self._rams())

    def ram(self) -> tuple[bytes, ...]:
        """A copy of what the RAMs hold."""
        return tuple(buffer.tobytes() for buffer in self._rams())

    def _rams(self) -> list[NDArray[np.uint8]]:
        kept = zip(self._board.memories, self._buffers, strict=True)
        return [buffer for memory, buffer in kept if memory.kind == "ram"]


def ram_used(rams: Iterable[bytes | NDArray[np.uint8]]) -> int:
    """Bytes of these RAMs that are not as at power-on, in steps of 16."""
    granules = (np.frombuffer(ram, np.uint8).reshape(-1, _GRANULE) for ram in rams)
    return sum(_GRANULE * int((ram != RAM_FILL).any(axis=1).sum()) for ram in granules)


def _copy(buffer: NDArray[np.uint8], base: int, address: int, data: bytes) -> None:
    """What of `data` at `address` lies in the memory at `base`."""
    first, last = max(address, base), min(address + len(data), base + len(buffer))
    if first < last:
        buffer[first - base : last - base] = np.frombuffer(data, np.uint8)[first - address : last - address]
