"""The core's stores to flash, and flash that changes.

Unicorn is told that flash can't be written, and asks about each store to it. It makes the store nonetheless once it is
told that all is well. So what flash really holds then is put back before the next block; until then, the same block
reads what was stored.
"""

import ctypes
from collections.abc import Callable

from unicorn.unicorn_py3 import Uc

from simtiny.board import Board
from simtiny.counting.blocks import BlockTable, Region
from simtiny.machine.system import FlashInterface


class FlashStores:
    """Of one machine. `soon(callback)` calls back before the next block."""

    def __init__(
        self,
        uc: Uc,
        board: Board,
        regions: tuple[Region, ...],
        table: BlockTable,
        soon: Callable[[Callable[[], None]], None],
    ) -> None:
        self._uc, self._table, self._soon = uc, table, soon
        memory = board.main_flash
        self.range = range(memory.base, memory.base + memory.size)
        self._all_regions = regions
        self._regions = [region for region in regions if region.memory_base == memory.base]
        self._host = self._regions[0].host
        self._kept: tuple[int, bytes] | None = None  # what is to stand where the emulator stores now
        self._changed: list[tuple[int, int]] = []  # addresses and sizes, of code that may be known
        self.interface: FlashInterface | None = None

    def take(self, address: int, size: int, value: int) -> bool:
        """The core stores. Whether the store is none to an address where nothing can be written."""
        region = next((own for own in self._regions if own.base <= address < own.base + own.size), None)
        if region is None or self.interface is None:
            return False
        own = address - region.base + region.memory_base
        self._put_back()
        self.interface.store(own, size, value)
        self._kept = own, self.read(own, min(size, self.range.stop - own))
        self._soon(self.settle)
        return True

    def read(self, address: int, size: int) -> bytes:
        """What stands there."""
        return ctypes.string_at(self._host + address - self.range.start, size)

    def change(self, address: int, data: bytes) -> None:
        """Let flash hold these bytes from now on; code that is executed, from the next block on."""
        self._put_back()
        first, last = max(address, self.range.start), min(address + len(data), self.range.stop)
        if first < last:
            self._write(first, data[first - address : last - address])
            self._changed.append((first, last - first))
            self._soon(self.settle)

    def _write(self, address: int, data: bytes) -> None:
        ctypes.memmove(self._host + address - self.range.start, data, len(data))

    def _put_back(self) -> None:
        if self._kept is not None:
            self._write(*self._kept)
            self._changed.append((self._kept[0], len(self._kept[1])))
            self._kept = None

    def settle(self) -> None:
        """Put back what a store has changed, and forget code that has. Between two blocks."""
        self._put_back()
        for address, size in self._changed:
            self._forget(address, size)
        self._changed.clear()

    def put(self, address: int, data: bytes) -> None:
        """A debugger puts bytes into a flash that the core sees at `address`, while the core stands still."""
        self.settle()
        self._uc.mem_write(address, data)
        self._forget(self._table.fold(address), len(data))

    def _forget(self, folded: int, size: int) -> None:
        """Other code may stand there now, wherever it is seen."""
        for region in self._all_regions:
            seen = folded - region.memory_base + region.base
            if region.base <= seen < region.base + region.size:
                self._uc.ctl_remove_cache(seen, seen + size)
        self._table.code_changed(folded, size)
