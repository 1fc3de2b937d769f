"""The hooks that Unicorn calls for every block and every instruction, compiled by numba.

They keep the one clock: core cycles since reset. All they know is in one `STATE` record and the arrays it points to,
so a hook is a plain C callback with a pointer for user data. It enters Python only for an edge between two blocks that
is met for the first time.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, cfunc, config, njit, types
from numba.extending import intrinsic

_HOMES = (Path(__file__).parent, Path(os.environ.get("HOME", "/nonexistent")))
if not config.CACHE_DIR and not any(os.access(place, os.W_OK) for place in _HOMES):
    # Neither of the places where numba keeps what it compiled can be written to, and without one it gives up.
    config.CACHE_DIR = str(Path(tempfile.gettempdir(), "simtiny-numba"))

# Addresses are host addresses. A unit is what one read of the flash array brings.
STATE = np.dtype(
    [
        ("cycles", "i8"),
        ("deadline", "i8"),  # stop before a block once the clock has reached this
        ("block", "i8"),  # the block that runs; -1 without context (reset, exception entry or return)
        ("stopped", "i8"),  # why a hook has asked the emulator to stop: NOT_STOPPED...
        ("watched", "i8"),  # `where` of the watched block that it stopped before
        ("pass_watch", "i8"),  # `where` of the watched block that is to run without a stop now
        ("held_back", "i8"),  # 1 while a mask alone holds an exception back
        ("edges", "i8"),  # address of the edge table
        ("edge_mask", "i8"),  # slots in the edge table less one
        ("counts", "i8"),  # address of the counters, one BLOCK_COUNTS a block
        ("emu_stop", "i8"),  # address of uc_emu_stop
        ("reg_read", "i8"),  # address of uc_reg_read
        ("operations", "i8"),  # address: the instructions whose price depends on their operands
        ("places", "i8"),  # address: one PLACE for each range of memory, aliases too
        ("places_count", "i8"),
        ("place_base", "i8"),  # the place where code ran last
        ("place_size", "i8"),
        ("place_numbers", "i8"),
        ("divides", "i8"),  # address of a histogram: how many divides took 0, 1, 2... cycles
        ("value", "i8"),  # where they put and find a value
        ("value_address", "i8"),
        ("new_edge", "i8"),  # address of the callback that prices a new edge and returns its slot, or -1
        (
            "new_flash_load",
            "i8",
        ),  # address of the callback for an instruction seen to load from flash for the first time
        ("flash_alias", "i8"),  # where the flash appears a second time
        ("flash_base", "i8"),
        ("flash_mask", "i8"),  # folds the aliases of the flash onto each other
        ("unit_shift", "i8"),  # log2 of a unit's bytes
        ("wait_states", "i8"),
        ("prefetch", "i8"),  # 1 when the flash reads the next unit ahead
        ("fetch_ahead", "i8"),  # cycles of a sequential miss that the core's own fetch buffer hides
        ("fetch_unit", "i8"),  # the unit that the core fetched last
        ("fetch_since", "i8"),  # clock when it began to
        ("hidden", "i8"),  # address of a histogram: how many cycles of a sequential miss were hidden
        ("code_tick", "i8"),
        ("code_stamps", "i8"),
        ("code_ways", "i8"),
        ("code_capacity", "i8"),
        ("code_fill", "i8"),
        ("data_tick", "i8"),
        ("data_stamps", "i8"),
        ("data_ways", "i8"),
        ("data_capacity", "i8"),
        ("data_fill", "i8"),
    ]
)
# One slot of the edge table: 64 bytes, a cache line of the host.
EDGE = np.dtype(
    [
        ("where", "i8"),  # address | size << 32 of the block; 0 in an empty slot
        ("before", "i8"),  # number of the block before it
        ("count", "i8"),
        ("cycles", "i8"),
        ("block", "i8"),
        ("flags", "i8"),  # IN_FLASH...; from bit RATE_SHIFT on its cycles a byte in units of 2^-RATE_SHIFT
        ("first", "i8"),  # in flash: first unit; in RAM: address of the code
        ("last", "i8"),  # in flash: last unit; in RAM: address of the copy that was decoded
    ]
)
# MASKS: the block ends in an instruction that may change PRIMASK, FAULTMASK or BASEPRI.
IN_FLASH, IN_RAM, TAKEN, WATCHED, STALE, MASKS = 1, 2, 4, 8, 16, 32
BLOCK_COUNTS = np.dtype(
    [
        ("branch_misses", "i8"),
        ("sequential_misses", "i8"),
        ("data_reads", "i8"),
        ("data_misses", "i8"),
    ]
)
PLACE = np.dtype(
    [
        ("base", "i8"),
        ("size", "i8"),
        ("numbers", "i8"),  # address: by halfword the number of the operation there, 0 for none
    ]
)
# An instruction whose price depends on its operands. A load reads from base + (index << shift) + offset; a divide has
# its dividend in `base` and its divisor in `index`. Registers are Unicorn's numbers, -1 for none.
OPERATION = np.dtype(
    [
        ("kind", "i8"),
        ("base", "i8"),
        ("index", "i8"),
        ("shift", "i8"),
        ("offset", "i8"),
        ("bytes", "i8"),
        ("known", "i8"),  # of a load: 1 once it was seen to read from flash
    ]
)
LOAD, SIGNED_DIVIDE, UNSIGNED_DIVIDE = 1, 2, 3
DIVIDE_BUCKETS = 16
RATE_SHIFT = 16
HIDDEN_BUCKETS = 16
NOT_STOPPED, AT_DEADLINE, AT_WATCH, ON_ERROR = 0, 1, 2, 3

_i64 = ir.IntType(64)


@intrinsic
def _pointer(_typing: Any, address: Any) -> tuple[Any, Callable[..., Any]]:
    def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(types.int64), code


@intrinsic
def _call1(_typing: Any, function: Any, first: Any) -> tuple[Any, Callable[..., Any]]:
    def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        target = builder.inttoptr(arguments[0], ir.FunctionType(_i64, [_i64]).as_pointer())
        return builder.call(target, arguments[1:])

    return types.int64(types.int64, types.int64), code


@intrinsic
def _call3(_typing: Any, function: Any, first: Any, second: Any, third: Any) -> tuple[Any, Callable[..., Any]]:
    def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        target = builder.inttoptr(arguments[0], ir.FunctionType(_i64, [_i64, _i64, _i64]).as_pointer())
        return builder.call(target, arguments[1:])

    return types.int64(types.int64, types.int64, types.int64, types.int64), code


@njit(inline="always", cache=True, error_model="numpy")
def edge_hash(where: int, before: int) -> int:
    """Where to begin in the edge table, before masking."""
    mixed = where * 0x9E3779B1 + before * 0x85EBCA77
    return mixed ^ (mixed >> 15)


@njit(error_model="numpy")
def _victim(stamps: Any, ways: Any, capacity: int) -> Any:
    """The way whose unit was used longest ago."""
    oldest_way: int = 0
    oldest = stamps[ways[0]]
    for way in range(1, capacity):
        stamp = stamps[ways[way]]
        if stamp < oldest:
            oldest = stamp
            oldest_way = way
    return oldest_way


@njit(error_model="numpy")
def _insert(stamps: Any, ways: Any, capacity: int, fill: int, unit: int, tick: int) -> Any:
    """Put a unit into a cache of `capacity` units that holds `fill`, for the one used longest ago if it is full.

    Returns how many it holds then.
    """
    way = fill
    if fill == capacity:
        way = _victim(stamps, ways, capacity)
        stamps[ways[way]] = 0
    ways[way] = unit
    stamps[unit] = tick
    return min(fill + 1, capacity)


@njit(error_model="numpy")
def _code_miss(state: Any, block: int, unit: int, sequential: bool, now: int) -> Any:
    """Count a miss in the instruction cache. Returns the cycles that the core waits for it.

    Prefetch begins to read a unit when the core begins with the one before.
    """
    counts = carray(_pointer(state.counts), (1,), BLOCK_COUNTS)
    if not sequential:
        counts[block].branch_misses += 1
        return state.wait_states
    counts[block].sequential_misses += 1
    hidden = state.fetch_ahead
    if state.prefetch != 0:
        hidden = max(hidden, now - state.fetch_since)
    histogram = carray(_pointer(state.hidden), (1,), np.int64)
    histogram[min(hidden, HIDDEN_BUCKETS - 1)] += 1
    return max(state.wait_states - hidden, 0)


@njit(inline="always", error_model="numpy")
def _fetch(state: Any, edge: Any) -> Any:
    """Bring the block's units through the instruction cache. Returns the cycles that the core waits.

    For prefetch, the block's own cycles are taken to spread evenly over its bytes.
    """
    tick = state.code_tick
    state.code_tick = tick + edge.last - edge.first + 1
    rate = edge.flags >> RATE_SHIFT
    begin = ((edge.where & 0xFFFFFFFF) - state.flash_base) & state.flash_mask
    stamps = carray(_pointer(state.code_stamps), (1,), np.int64)
    previous = state.fetch_unit
    taken = edge.flags & TAKEN
    stall = 0
    for unit in range(edge.first, edge.last + 1):
        tick += 1
        now = state.cycles + stall
        if unit != edge.first:
            now += rate * ((unit << state.unit_shift) - begin) >> RATE_SHIFT
        if stamps[unit] == 0:
            sequential = unit == previous + 1 and (taken == 0 or unit != edge.first)
            wait = _code_miss(state, edge.block, unit, sequential, now)
            stall += wait
            now += wait
            ways = carray(_pointer(state.code_ways), (1,), np.int64)
            state.code_fill = _insert(stamps, ways, state.code_capacity, state.code_fill, unit, tick)
        else:
            stamps[unit] = tick
        if unit != previous:
            previous = unit
            state.fetch_since = now
    state.fetch_unit = previous
    return stall


@njit(error_model="numpy")
def _code_changed(edge: Any) -> bool:
    """Whether the bytes of a block in RAM differ from those that were decoded."""
    size = edge.where >> 32
    now = carray(_pointer(edge.first), (1,), np.uint8)
    then = carray(_pointer(edge.last), (1,), np.uint8)
    same = True
    for byte in range(size):
        same = same and now[byte] == then[byte]
    return not same


@cfunc(types.void(types.int64, types.uint64, types.uint32, types.voidptr), cache=True, error_model="numpy")
def on_block(emulator: int, address: int, size: int, user_data: Any) -> None:
    """Count and price one block before it runs, or stop before it."""
    state = carray(user_data, (1,), STATE)[0]
    if state.cycles >= state.deadline:
        state.stopped = AT_DEADLINE
        _call1(state.emu_stop, emulator)
        return
    before = state.block
    where = np.int64(address) | (np.int64(size) << 32)
    edges = carray(_pointer(state.edges), (1,), EDGE)
    mask = state.edge_mask
    slot = edge_hash(where, before) & mask
    while edges[slot].where != where or edges[slot].before != before:
        if edges[slot].where == 0:
            slot = _call3(state.new_edge, before, np.int64(address), np.int64(size))
            if slot < 0:
                state.stopped = ON_ERROR
                _call1(state.emu_stop, emulator)
                return
            break
        slot = (slot + 1) & mask
    edge = edges[slot]
    flags = edge.flags
    if flags & (IN_RAM | WATCHED | STALE | MASKS) != 0:
        if flags & WATCHED != 0:
            if state.pass_watch != where:
                state.stopped = AT_WATCH
                state.watched = where
                _call1(state.emu_stop, emulator)
                return
            state.pass_watch = 0
        if flags & STALE != 0 or (flags & IN_RAM != 0 and _code_changed(edge)):
            slot = _call3(state.new_edge, before, np.int64(address), np.int64(size))
            if slot < 0:
                state.stopped = ON_ERROR
                _call1(state.emu_stop, emulator)
                return
            edge = edges[slot]
            flags = edge.flags
        if flags & MASKS != 0 and state.held_back != 0:
            state.deadline = 0
    edge.count += 1
    state.block = edge.block
    if flags & IN_FLASH != 0:
        state.cycles += edge.cycles + _fetch(state, edge)
    else:
        state.cycles += edge.cycles


@njit(error_model="numpy")
def _read_flash(state: Any, unit: int, block: int) -> None:
    """Bring a unit of flash through the data cache."""
    counts = carray(_pointer(state.counts), (1,), BLOCK_COUNTS)
    counts[block].data_reads += 1
    stamps = carray(_pointer(state.data_stamps), (1,), np.int64)
    tick = state.data_tick + 1
    state.data_tick = tick
    if stamps[unit] == 0:
        counts[block].data_misses += 1
        state.cycles += state.wait_states
        ways = carray(_pointer(state.data_ways), (1,), np.int64)
        state.data_fill = _insert(stamps, ways, state.data_capacity, state.data_fill, unit, tick)
    else:
        stamps[unit] = tick


@njit(inline="always", error_model="numpy")
def _bits(magnitude: int) -> Any:
    """Significant bits of a 32-bit magnitude."""
    bits = 0
    while magnitude != 0:
        magnitude >>= 1
        bits += 1
    return bits


@njit(error_model="numpy")
def divide_cycles(dividend: int, divisor: int, signed: int) -> Any:
    """Cycles of SDIV or UDIV on Cortex-M3 and M4 for two 32-bit register values.

    Arm says 2 to 12, by the leading zeros of both (TRM table 3-1). The law is the likely one of that shape, four
    quotient bits a cycle; no measurement of single divides was found to confirm it.
    """
    if signed != 0:
        dividend = (1 << 32) - dividend if dividend & 0x80000000 != 0 else dividend
        divisor = (1 << 32) - divisor if divisor & 0x80000000 != 0 else divisor
    if divisor == 0 or dividend < divisor:
        return 2
    return min(12, 3 + (_bits(dividend) - _bits(divisor)) // 4)


@njit(inline="always", error_model="numpy")
def _flash_offset(state: Any, address: int) -> Any:
    """Where in flash an address is, seen through its alias as well; -1 outside of flash."""
    offset = address - state.flash_base
    if offset & ~state.flash_mask == 0:
        return offset
    offset = address - state.flash_alias
    return offset if offset & ~state.flash_mask == 0 else -1


@njit(inline="always", error_model="numpy")
def _register(state: Any, emulator: int, number: int) -> Any:
    """Value of a register, unsigned."""
    state.value = 0
    _call3(state.reg_read, emulator, number, state.value_address)
    return state.value


@njit(error_model="numpy")
def _load(state: Any, emulator: int, operation: Any, address: int) -> None:
    """Price what a load reads from flash."""
    target = operation.offset
    if operation.base >= 0:
        target += _register(state, emulator, operation.base)
    if operation.index >= 0:
        target += _register(state, emulator, operation.index) << operation.shift
    place = _flash_offset(state, target & 0xFFFFFFFF)
    if place < 0 or place + operation.bytes - 1 > state.flash_mask:
        return
    if operation.known == 0:
        operation.known = 1
        _call3(state.new_flash_load, address, 0, 0)
    block = max(state.block, 0)
    for unit in range(place >> state.unit_shift, (place + operation.bytes - 1 >> state.unit_shift) + 1):
        _read_flash(state, unit, block)


@njit(error_model="numpy")
def _divide(state: Any, emulator: int, operation: Any) -> None:
    """Add what a divide takes beyond the shortest one, which its block was priced with."""
    dividend = _register(state, emulator, operation.base)
    divisor = _register(state, emulator, operation.index)
    cycles = divide_cycles(dividend, divisor, 1 if operation.kind == SIGNED_DIVIDE else 0)
    times = carray(_pointer(state.divides), (1,), np.int64)
    times[cycles] += 1
    state.cycles += cycles - 2


@njit(error_model="numpy")
def _find_place(state: Any, address: int) -> None:
    """Note the range of memory that the code at `address` is in, one of size 0 outside of all."""
    places = carray(_pointer(state.places), (1,), PLACE)
    state.place_size = 0
    for index in range(state.places_count):
        place = places[index]
        if address >= place.base and address < place.base + place.size:
            state.place_base = place.base
            state.place_size = place.size
            state.place_numbers = place.numbers


@cfunc(types.void(types.int64, types.uint64, types.uint32, types.voidptr), cache=True, error_model="numpy")
def on_instruction(emulator: int, address: int, size: int, user_data: Any) -> None:
    """Price what depends on an instruction's operands. Not called for one that its IT block skips."""
    state = carray(user_data, (1,), STATE)[0]
    offset = np.int64(address) - state.place_base
    if offset < 0 or offset >= state.place_size:
        _find_place(state, np.int64(address))
        offset = np.int64(address) - state.place_base
        if state.place_size == 0:
            return
    number = carray(_pointer(state.place_numbers), (1,), np.int32)[offset >> 1]
    if number != 0:
        operation = carray(_pointer(state.operations), (1,), OPERATION)[number]
        if operation.kind == LOAD:
            _load(state, emulator, operation, np.int64(address))
        else:
            _divide(state, emulator, operation)
