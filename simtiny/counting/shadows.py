"""Caches that see the same accesses as the board's, to count what they would miss: they change nothing else."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simtiny.board import CacheGeometry
from simtiny.counting import layout
from simtiny.flash.acceleration import Shape, shape
from simtiny.flash.what_if import Caches
from simtiny.profile import CacheMisses

_COUNTS = ("branch", "sequential", "sequential_wait", "data", "ram")


class Shadows:
    """Pairs of caches for the native hooks, `records` an array of layout.SHADOW.

    `unit` and `units`: bytes of a unit and how many there are in all. `unified`: the first of each pair holds data too.
    """

    def __init__(self, caches: Sequence[Caches], unit: int, units: int, unified: bool) -> None:
        self._names, self._unit = [pair.name for pair in caches], unit
        self._geometries = [geometry for pair in caches for geometry in (pair.instruction, pair.data)]
        self._caches = np.zeros(len(self._geometries), layout.CACHE.dtype)
        self._arrays = [self._connect(*now, units) for now in zip(self._caches, self._geometries, strict=True)]
        self._shapes: list[Shape | None] = [None] * len(self._geometries)
        self.records = np.zeros(len(caches), layout.SHADOW.dtype)
        first = self._caches.ctypes.data + 2 * layout.CACHE.dtype.itemsize * np.arange(len(caches))
        self.records["code_cache"] = first
        self.records["data_cache"] = first + (0 if unified else layout.CACHE.dtype.itemsize)

    def _connect(self, cache: np.void, geometry: CacheGeometry | None, units: int) -> tuple[NDArray[np.int64], ...]:
        """The arrays of a cache, as long as any of its shapes needs them."""
        lines = 1 if geometry is None else geometry.lines * geometry.line_bytes // self._unit
        arrays = tuple(np.zeros(length, np.int64) for length in (units, lines, lines))
        cache["stamps"], cache["units"], cache["fills"] = (array.ctypes.data for array in arrays)
        cache["random"] = geometry is not None and geometry.replacement == "random"
        return arrays

    def enable(self, instruction: bool, data: bool) -> None:
        """Turn the caches on or off, as the firmware does with the board's. What they held is lost."""
        for number, geometry in enumerate(self._geometries):
            now = shape(geometry, (instruction, data)[number % 2], self._unit)
            if self._shapes[number] != now:
                self._shapes[number] = now
                self._caches[number]["ways"], self._caches[number]["set_mask"] = now.ways, now.sets - 1
                for array in self._arrays[number]:
                    array[:] = 0

    def counts(self) -> tuple[CacheMisses, ...]:
        """What each pair has missed since power-on."""
        return tuple(
            CacheMisses(name, *(int(record[field]) for field in _COUNTS))
            for name, record in zip(self._names, self.records, strict=True)
        )
