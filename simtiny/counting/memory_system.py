"""A flash and the caches before it, as the native hooks simulate them: the board's own, and others beside it."""

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.board import Board
from simtiny.counting import layout
from simtiny.flash.acceleration import (
    Acceleration,
    Shape,
    miss_overhead_cycles,
    ram_miss_cycles,
    read_bytes,
    shape,
    unit_bytes,
    way_cycles,
)
from simtiny.flash.policies import policy_of
from simtiny.flash.what_if import forced, hypothetical
from simtiny.settings import MemorySettings
from simtiny.timing.core import Core


@dataclass(frozen=True)
class LaneMark:
    """What the memories of one lane have counted at a moment. `ahead`: cycles beyond those of the board's memories."""

    ahead: int
    blocks: NDArray[np.void]
    hidden: NDArray[np.int64]
    acceleration: Acceleration
    miss_overhead_cycles: int


class MemorySystem:
    """The part of the hooks' `state` that is flash and caches. `settings`: what is otherwise than on the board.

    `hidden`: see `simtiny.profiles.Profile`. `acceleration`: what is in force by now.
    """

    def __init__(self, board: Board, timing: Core, state: Any, settings: MemorySettings) -> None:
        board = hypothetical(board, settings)
        self._board, self._settings, self._flash = board, settings, state.flash
        self._policy = policy_of(board.flash.kind)
        self.unit = unit_bytes(board)
        self.acceleration = Acceleration()
        self._shapes: tuple[Shape, ...] | None = None
        memory, flash = board.main_flash, state.flash
        flash.base, flash.mask, flash.unit_shift = memory.base, memory.size - 1, self.unit.bit_length() - 1
        flash.alias = memory.aliases[0] if memory.aliases else memory.base
        flash.fetch_ahead, flash.queue_words = timing.operands.fetch_ahead, timing.operands.queue_words
        flash.held, flash.held_shift = -1, read_bytes(board).bit_length() - 1
        self.cached, units = _cached_ranges(board, self.unit)
        flash.cached, flash.cached_count = self.cached.ctypes.data, len(self.cached)
        self.hidden = np.zeros(layout.HIDDEN_BUCKETS, np.int64)
        flash.hidden = self.hidden.ctypes.data
        self._remembered = self._policy.record.structure()
        self._policy.forget(self._remembered)
        flash.policy = ctypes.addressof(self._remembered)
        flash.policy_words = len(self._policy.record.fields)
        geometries = [board.flash.instruction_cache, board.flash.data_cache]
        if board.flash.alias_cache is not None:
            geometries.append(board.flash.alias_cache)
        self._caches = np.zeros(len(geometries), layout.CACHE.dtype)
        self._units = units + 2  # hooks look up to two units ahead
        self._cache_arrays: list[tuple[NDArray[np.int64], ...]] = [()] * len(geometries)
        for number, geometry in enumerate(geometries):
            self._caches[number]["random"] = geometry is not None and geometry.replacement == "random"
            self._empty(number, Shape(1, 1))
        flash.code_cache = self._caches.ctypes.data
        flash.data_cache = flash.code_cache + (0 if board.flash.unified else layout.CACHE.dtype.itemsize)
        if board.flash.alias_cache is not None:
            flash.alias_cache = flash.code_cache + 2 * layout.CACHE.dtype.itemsize

    def program(self, programmed: Acceleration) -> None:
        """Let take effect what the firmware has programmed, as far as the settings leave it."""
        now, flash = forced(programmed, self._settings), self._board.flash
        self.acceleration = now
        self._flash.alias_miss_cycles, self._flash.alias_prefetch = now.wait_states, now.alias_prefetch
        self._flash.miss_cycles = now.wait_states + miss_overhead_cycles(self._board, now)
        self._flash.bus_ratio = now.bus_ratio
        self._flash.way_cycles = way_cycles(self._board, now)
        self._flash.ram_miss_cycles = ram_miss_cycles(self._board, now)
        self._flash.uncached_code = self._policy.core_caches and not now.instruction_cache
        self._flash.uncached_data = self._policy.core_caches and not now.data_cache
        self._policy.program(self._remembered, self._board, now.wait_states, now.prefetch)
        shapes = (
            shape(flash.instruction_cache, now.instruction_cache, self.unit, now.ways),
            shape(flash.data_cache, now.data_cache, self.unit),
            shape(flash.alias_cache, now.alias_cache, self.unit),
        )[: len(self._caches)]
        for number, found in enumerate(shapes):
            if self._shapes is None or self._shapes[number] != found:
                self._caches[number]["ways"], self._caches[number]["set_mask"] = found.ways, found.sets - 1
                self._empty(number, found)
                self._policy.forget(self._remembered)
        self._shapes = shapes

    @property
    def reads_past_cache(self) -> bool:
        """Whether each load from RAM behind the data cache waits for it, by now."""
        return bool(self._flash.uncached_data and len(self.cached))

    @property
    def overhead_cycles(self) -> int:
        """What a miss takes by now beyond the wait states."""
        return miss_overhead_cycles(self._board, self.acceleration)

    def forget(self) -> None:
        """Have `program` empty all caches, also where it changes nothing."""
        self._shapes = None

    def _empty(self, number: int, of: Shape) -> None:
        """Let a cache hold nothing: in new arrays, as the system gives their megabytes only where they are touched."""
        cache = self._caches[number]
        arrays = tuple(np.zeros(size, np.int64) for size in (self._units, of.sets * of.ways, of.sets))
        cache["stamps"], cache["units"], cache["fills"] = (array.ctypes.data for array in arrays)
        self._cache_arrays[number] = arrays


class Lanes:
    """Memory systems that see the same accesses as the board's, each under other settings, and change nothing else.

    Each has a clock of its own, so that its counts are those of a run under its settings, provided that the firmware's
    way does not depend on time. Their units of flash are as large as the board's: ValueError for others.
    """

    def __init__(
        self, board: Board, timing: Core, state: Any, settings: tuple[MemorySettings, ...], most_blocks: int
    ) -> None:
        self._states = (layout.STATE.structure * len(settings))()
        self._counts = np.zeros((len(settings), most_blocks), layout.BLOCK_COUNTS.dtype)
        self._systems = []
        for lane, counts, own in zip(self._states, self._counts, settings, strict=True):
            lane.table.counts = counts.ctypes.data
            self._systems.append(MemorySystem(board, timing, lane, own))
            if self._systems[-1].unit != 1 << state.flash.unit_shift:
                raise ValueError(f"{own}: another unit of flash than the board's")
        state.lanes, state.lanes_count = ctypes.addressof(self._states), len(settings)

    def program(self, programmed: Acceleration) -> None:
        """As `MemorySystem.program`, in each."""
        for system in self._systems:
            system.program(programmed)

    @property
    def read_past_cache(self) -> bool:
        """Whether one of them is `MemorySystem.reads_past_cache`."""
        return any(system.reads_past_cache for system in self._systems)

    def lose_context(self) -> None:
        """The next block does not follow from the one before."""
        for lane in self._states:
            lane.flash.fetch_unit = -2

    def marks(self, blocks: int) -> tuple[LaneMark, ...]:
        """What each has counted by now. `blocks`: how many are known."""
        return tuple(
            LaneMark(
                int(lane.ahead),
                counts[:blocks].copy(),
                system.hidden.copy(),
                system.acceleration,
                system.overhead_cycles,
            )
            for lane, counts, system in zip(self._states, self._counts, self._systems, strict=True)
        )


def _cached_ranges(board: Board, unit: int) -> tuple[NDArray[np.void], int]:
    """The ranges of RAM behind the data cache, and how many units there are in all: those of the flash come first."""
    units = board.main_flash.size // unit
    ranges = []
    for memory in board.memories:
        if memory.cached:
            ranges += [(base, memory.size, units) for base in (memory.base, *memory.aliases)]
            units += memory.size // unit
    return np.array(ranges, layout.CACHED.dtype), units
