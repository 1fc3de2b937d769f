"""The caches, the flash and the RAM behind a cache, as the native hooks simulate them.

What `native` compiles into the hooks: all of it works on the hooks' state.
"""

from typing import Any

import numpy as np
from numba import carray, njit

from simtiny.machine.native_state import (
    BLOCK_COUNTS,
    CACHE,
    CACHED,
    HIDDEN_BUCKETS,
    RAN_ON,
    RATE_SHIFT,
    SHADOW,
    TAKEN,
    pointer,
)


@njit(error_model="numpy")
def _insert(cache: Any, stamps: Any, unit: int) -> None:
    """Put a unit that the cache does not hold into its set, in place of another one if the set is full."""
    units = carray(pointer(cache.units), (1,), np.int64)
    fills = carray(pointer(cache.fills), (1,), np.int64)
    chosen_set = unit & cache.set_mask
    first = chosen_set * cache.ways
    way = fills[chosen_set]
    if way < cache.ways:
        fills[chosen_set] = way + 1
    elif cache.random != 0:
        cache.random = (cache.random * 1103515245 + 12345) & 0x7FFFFFFF
        way = (cache.random >> 16) % cache.ways
        stamps[units[first + way]] = 0
    else:
        way = 0
        oldest = stamps[units[first]]
        for other in range(1, cache.ways):
            stamp = stamps[units[first + other]]
            if stamp < oldest:
                oldest = stamp
                way = other
        stamps[units[first + way]] = 0
    units[first + way] = unit
    stamps[unit] = cache.tick


@njit(error_model="numpy")
def touch(cache: Any, unit: int) -> Any:
    """Use a unit. Returns whether the cache held it."""
    cache.tick += 1
    stamps = carray(pointer(cache.stamps), (1,), np.int64)
    if stamps[unit] == 0:
        _insert(cache, stamps, unit)
        return False
    stamps[unit] = cache.tick
    return True


@njit(inline="always", error_model="numpy")
def _hidden(state: Any, elapsed: int) -> Any:
    """Cycles of a sequential miss that are hidden, `elapsed` after the core began with the unit before.

    Prefetch begins to read a unit when the core begins with the one before.
    """
    if state.read_ahead != 0:
        return 0
    return min(max(state.fetch_ahead, elapsed if state.prefetch != 0 else 0), HIDDEN_BUCKETS - 1)


@njit(error_model="numpy")
def shadow_fetch(state: Any, edge: Any) -> None:
    """Bring a block's units through the shadow caches. Before `fetch`, which moves on to the block's last unit.

    Waits for code do not count in how long the core is with a unit, so that those of the board's caches don't matter.
    """
    shadows = carray(pointer(state.shadows), (1,), SHADOW)
    rate = edge.flags >> RATE_SHIFT
    begin = ((edge.where & 0xFFFFFFFF) - state.flash_base) & state.flash_mask
    previous, since = state.fetch_unit, state.fetch_since
    for unit in range(edge.first, edge.last + 1):
        now = state.cycles
        if unit != edge.first:
            now += rate * ((unit << state.unit_shift) - begin) >> RATE_SHIFT
        sequential = unit == previous + 1 and (edge.flags & TAKEN == 0 or unit != edge.first)
        wait = max(state.miss_cycles - _hidden(state, now - since), 0)
        for index in range(state.shadows_count):
            shadow = shadows[index]
            if not touch(carray(pointer(shadow.code_cache), (1,), CACHE)[0], unit):
                if sequential:
                    shadow.sequential += 1
                    shadow.sequential_wait += wait
                else:
                    shadow.branch += 1
        if unit != previous:
            previous, since = unit, now


@njit(error_model="numpy")
def _shadow_read(state: Any, unit: int, flash_misses: int, ram_misses: int) -> None:
    """Bring a unit of data through the shadow caches, and add what a miss counts for."""
    shadows = carray(pointer(state.shadows), (1,), SHADOW)
    for index in range(state.shadows_count):
        shadow = shadows[index]
        if not touch(carray(pointer(shadow.data_cache), (1,), CACHE)[0], unit):
            shadow.data += flash_misses
            shadow.ram += ram_misses


@njit(error_model="numpy")
def read_ahead(state: Any, unit: int, now: int) -> Any:
    """Cycles by which a miss waits longer than for its own read, because the flash is busy reading ahead.

    What was read ahead stands in one buffer. A miss that it holds waits for the rest of that read only; any other
    takes its place with the unit that follows.
    """
    busy = max(state.ahead_ready - now, 0)
    if unit == state.ahead_unit:
        state.ahead_unit = -1
        return busy - state.miss_cycles
    state.ahead_unit = unit + 1
    state.ahead_ready = now + busy + state.miss_cycles + state.read_ahead
    return busy


@njit(error_model="numpy")
def read_line(state: Any, place: int, now: int) -> Any:
    """Cycles that a miss waits until the flash has read the rest of the line that missed before."""
    busy = max(state.ahead_ready - now, 0)
    state.ahead_ready = now + busy + state.miss_cycles + state.line_cycles
    state.line_part = place >> state.part_shift
    return busy


@njit(error_model="numpy")
def rest_of_line(state: Any, place: int, now: int) -> Any:
    """Cycles that a hit waits because the flash still reads what it asks for of the line that missed last."""
    part = place >> state.part_shift
    to_unit = state.unit_shift - state.part_shift
    if part == state.line_part or part >> to_unit != state.line_part >> to_unit:
        return 0
    return max(state.ahead_ready - now, 0)


@njit(error_model="numpy")
def prefetched(state: Any, unit: int, now: int) -> Any:
    """Cycles of a data miss's wait states that prefetch hides: the flash reads on while the core goes on."""
    hidden = 0
    if unit == state.ahead_unit:
        hidden = max(min(now - state.ahead_ready, state.prefetch_data), 0)
    state.ahead_unit = unit + 1
    state.ahead_ready = now + state.miss_cycles - hidden
    return hidden


@njit(error_model="numpy")
def _code_miss(state: Any, block: int, unit: int, sequential: bool, now: int) -> Any:
    """Count a miss in the instruction cache. Returns the cycles that the core waits for it."""
    counts = carray(pointer(state.counts), (1,), BLOCK_COUNTS)
    if not sequential:
        counts[block].branch_misses += 1
        return state.miss_cycles
    counts[block].sequential_misses += 1
    hidden = _hidden(state, now - state.fetch_since)
    histogram = carray(pointer(state.hidden), (1,), np.int64)
    histogram[hidden] += 1
    return max(state.miss_cycles - hidden, 0)


@njit(error_model="numpy")
def prefetch_left(miss_cycles: int, ran_on: bool, elapsed: int, next_missed: bool, second_missed: bool) -> Any:
    """Cycles that a read waits for the end of a prefetch, `elapsed` after the core began with its unit's code.

    The core asks for the next unit, and so has the one behind it prefetched, when only the last halfword is left: it
    has `ran_on`. `next_missed`, `second_missed`: whether these units had to be read from the flash.
    """
    if ran_on:
        return miss_cycles if second_missed else 0
    return max(miss_cycles - elapsed, 0) if next_missed else 0


@njit(inline="always", error_model="numpy")
def fetch(state: Any, edge: Any) -> Any:
    """Bring the block's units through the instruction cache. Returns the cycles that the core waits.

    For prefetch, the block's own cycles are taken to spread evenly over its bytes.
    """
    cache = carray(pointer(state.code_cache), (1,), CACHE)[0]
    tick = cache.tick
    rate = edge.flags >> RATE_SHIFT
    begin = ((edge.where & 0xFFFFFFFF) - state.flash_base) & state.flash_mask
    stamps = carray(pointer(cache.stamps), (1,), np.int64)
    previous = state.fetch_unit
    taken = edge.flags & TAKEN
    stall = 0
    state.missed, state.code_begin, state.first_unit, state.last_unit = 0, begin, edge.first, edge.last
    for unit in range(edge.first, edge.last + 1):
        tick += 1
        now = state.cycles + stall
        if unit != edge.first:
            now += rate * ((unit << state.unit_shift) - begin) >> RATE_SHIFT
        if stamps[unit] == 0:
            sequential = unit == previous + 1 and (taken == 0 or unit != edge.first)
            wait = _code_miss(state, edge.block, unit, sequential, now)
            if state.read_ahead != 0:
                more = read_ahead(state, unit, now)
                carray(pointer(state.counts), (1,), BLOCK_COUNTS)[edge.block].code_ahead += more
                wait += more
            if state.prefetch_first != 0 and not sequential and previous >= 0:
                elapsed = now - state.fetch_since
                ran_on = edge.flags & RAN_ON != 0
                next_missed, second_missed = stamps[previous + 1] == 0, stamps[previous + 2] == 0
                more = prefetch_left(state.miss_cycles, ran_on, elapsed, next_missed, second_missed)
                if unit == previous + (2 if ran_on else 1):
                    more -= state.miss_cycles  # it is the prefetch itself that the branch waits for
                carray(pointer(state.counts), (1,), BLOCK_COUNTS)[edge.block].code_ahead += more
                wait += more
            state.missed |= 1 << min(unit - edge.first, 63)
            stall += wait
            now += wait
            cache.tick = tick
            _insert(cache, stamps, unit)
        else:
            stamps[unit] = tick
        if unit != previous:
            previous = unit
            state.fetch_since = now
    cache.tick = tick
    state.fetch_unit = previous
    return stall


@njit(error_model="numpy")
def _prefetch_before_data(state: Any, address: int) -> Any:
    """Cycles that the load at `address` waits for the end of a prefetch of code."""
    offset = flash_offset(state, address)
    if offset < 0:
        return 0
    cache = carray(pointer(state.code_cache), (1,), CACHE)[0]
    stamps = carray(pointer(cache.stamps), (1,), np.int64)
    unit = offset >> state.unit_shift
    begin = max(state.code_begin, unit << state.unit_shift)
    elapsed = 1 + (state.block_rate * (offset - begin) >> RATE_SHIFT)
    place = unit + 1 - state.first_unit
    missed = state.missed >> min(place, 62)
    next_missed = missed & 1 != 0 if unit + 1 <= state.last_unit else stamps[unit + 1] == 0
    second_missed = missed & 2 != 0 if unit + 2 <= state.last_unit else stamps[unit + 2] == 0
    ran_on = (offset + 2) & ((1 << state.unit_shift) - 1) == 0
    return prefetch_left(state.miss_cycles, ran_on, elapsed, next_missed, second_missed)


@njit(error_model="numpy")
def read_flash(state: Any, unit: int, place: int, block: int, address: int) -> None:
    """Bring a unit of flash through the data cache, for the load at `address` from offset `place`."""
    counts = carray(pointer(state.counts), (1,), BLOCK_COUNTS)
    counts[block].data_reads += 1
    if state.shadows_count != 0:
        _shadow_read(state, unit, 1, 0)
    if not touch(carray(pointer(state.data_cache), (1,), CACHE)[0], unit):
        counts[block].data_misses += 1
        # The clock stands at the block's end, but for the waits that are still to come.
        now = state.cycles - max(state.block_rate * (state.block_end - address) >> RATE_SHIFT, 0)
        if state.read_ahead != 0:
            more = read_ahead(state, unit, now)
            counts[block].data_ahead += more
            state.cycles += more
        elif state.line_cycles != 0:
            more = read_line(state, place, now)
            counts[block].data_ahead += more
            state.cycles += more
        elif state.prefetch_data != 0:
            hidden = prefetched(state, unit, now)
            counts[block].data_ahead -= hidden
            state.cycles -= hidden
        elif state.prefetch_first != 0:
            more = _prefetch_before_data(state, address)
            counts[block].data_ahead += more
            state.cycles += more
        state.cycles += state.miss_cycles
    elif state.line_cycles != 0:
        now = state.cycles - max(state.block_rate * (state.block_end - address) >> RATE_SHIFT, 0)
        more = rest_of_line(state, place, now)
        counts[block].data_ahead += more
        state.cycles += more


@njit(error_model="numpy")
def reach_ram(state: Any, address: int, size: int, block: int, is_load: bool) -> None:
    """Bring what lies in cached RAM through the data cache. A store waits for nothing."""
    ranges = carray(pointer(state.cached), (1,), CACHED)
    for index in range(state.cached_count):
        offset = address - ranges[index].base
        if offset >= 0 and offset + size <= ranges[index].size:
            cache = carray(pointer(state.data_cache), (1,), CACHE)[0]
            first = ranges[index].first_unit
            last = offset + size - 1 >> state.unit_shift
            for unit in range(offset >> state.unit_shift, last + 1):
                if state.shadows_count != 0:
                    _shadow_read(state, first + unit, 0, 1 if is_load else 0)
                if not touch(cache, first + unit) and is_load:
                    counts = carray(pointer(state.counts), (1,), BLOCK_COUNTS)
                    counts[block].ram_misses += 1
                    state.cycles += state.ram_miss_cycles


@njit(inline="always", error_model="numpy")
def flash_offset(state: Any, address: int) -> Any:
    """Where in flash an address is, seen through its alias as well; -1 outside of flash."""
    offset = address - state.flash_base
    if offset & ~state.flash_mask == 0:
        return offset
    offset = address - state.flash_alias
    return offset if offset & ~state.flash_mask == 0 else -1
