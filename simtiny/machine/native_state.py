"""What the native hooks and Python share: the records that the hooks work on, and how they reach memory and C."""

import ctypes
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, njit, types
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
        ("miss_cycles", "i8"),  # of a unit of flash: wait states and what the way there takes
        ("line_cycles", "i8"),  # for which the flash reads on once a miss has had what it waits for
        ("line_part", "i8"),  # what it has read first of the line: an offset in flash, in units of a read
        ("part_shift", "i8"),  # log2 of a read's bytes
        ("ram_miss_cycles", "i8"),
        ("cached", "i8"),  # address: one CACHED for each range of RAM behind the data cache
        ("cached_count", "i8"),
        ("branches", "i8"),  # address: by block the number of the branch at its end
        ("predictors", "i8"),  # address: by branch the two bits that predict it
        ("mispredict", "i8"),  # cycles of a branch predicted wrongly; 0 on a core that doesn't predict
        ("unaligned_load", "i8"),  # cycles that an address which is no multiple of the size adds to a load
        ("unaligned_within_word", "i8"),  # 0 where it does so only across a word boundary
        ("divide_shortest", "i8"),
        ("divide_bits", "i8"),  # of the quotient a cycle
        ("divide_longest", "i8"),
        ("prefetch_data", "i8"),  # cycles that prefetch can hide of a data miss in a unified cache: the wait states
        ("prefetch", "i8"),  # 1 when the flash reads the next unit ahead
        ("fetch_ahead", "i8"),  # cycles of a sequential miss that the core's own fetch buffer hides
        ("fetch_unit", "i8"),  # the unit that the core fetched last
        ("fetch_since", "i8"),  # clock when it began to
        ("hidden", "i8"),  # address of a histogram: how many cycles of a sequential miss were hidden
        ("code_cache", "i8"),  # address of a CACHE
        ("data_cache", "i8"),  # that of the code where one cache holds both
        ("read_ahead", "i8"),  # cycles for which a miss makes the flash read the next unit ahead, 0 where it doesn't
        ("ahead_unit", "i8"),  # the unit that it read, or reads, ahead; -1 for none
        ("ahead_ready", "i8"),  # clock when it has, or when it has read the rest of a line
        ("block_end", "i8"),  # address behind the block that runs
        ("missed", "i8"),  # of the block that runs: bit n where its unit n missed the instruction cache
        ("code_begin", "i8"),  # of that block, its offset in flash
        ("first_unit", "i8"),
        ("last_unit", "i8"),
        ("prefetch_first", "i8"),  # 1 when a miss waits for the end of the prefetch under way
        ("parts", "i8"),  # checksum of the code that the hooks were compiled from: see `native`
        ("block_rate", "i8"),  # its cycles a byte, as in an edge's flags
        ("shadows", "i8"),  # address: one SHADOW for each pair of caches that only count
        ("shadows_count", "i8"),
    ]
)


class State(ctypes.Structure):
    """A `STATE` for Python: its fields are plain integers, many times as fast as those of a numpy record."""

    _fields_ = tuple((name, ctypes.c_int64) for name in STATE.names or ())
    cycles: int


# Sets of `ways` units each, which replace the unit that was used longest ago, or any.
CACHE = np.dtype(
    [
        ("tick", "i8"),
        ("stamps", "i8"),  # address: by unit when it was used last, 0 where the cache does not hold it
        ("units", "i8"),  # address: the units that it holds, `ways` for each set
        ("fills", "i8"),  # address: how many it holds, by set
        ("ways", "i8"),
        ("set_mask", "i8"),  # sets less one
        ("random", "i8"),  # state of the generator that chooses the unit to replace, 0 for the one used longest ago
    ]
)
# Caches that see the same accesses as those of the board, and what they missed.
SHADOW = np.dtype(
    [
        ("code_cache", "i8"),  # address of a CACHE
        ("data_cache", "i8"),  # that of the code where one cache holds both
        ("branch", "i8"),
        ("sequential", "i8"),
        ("sequential_wait", "i8"),  # cycles that these would wait
        ("data", "i8"),
        ("ram", "i8"),
    ]
)
# A range of RAM behind the data cache.
CACHED = np.dtype([("base", "i8"), ("size", "i8"), ("first_unit", "i8")])
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
# PREDICTED: the block before ends in a branch whose direction the core predicts.
IN_FLASH, IN_RAM, TAKEN, WATCHED, STALE, MASKS, PREDICTED, RAN_ON = 1, 2, 4, 8, 16, 32, 64, 128
BLOCK_COUNTS = np.dtype(
    [
        ("branch_misses", "i8"),
        ("sequential_misses", "i8"),
        ("data_reads", "i8"),
        ("data_misses", "i8"),
        ("ram_misses", "i8"),
        ("mispredicts", "i8"),
        ("unaligned_loads", "i8"),
        ("code_ahead", "i8"),  # cycles by which waits differ from those of plain misses where the flash reads ahead
        ("data_ahead", "i8"),
    ]
)
# A range of register blocks on the bus, for the callback that reads registers.
REGISTERS = np.dtype(
    [
        ("base", "i8"),
        ("read", "i8"),  # address of the callback for what is not answered natively; it takes offset and width
        ("plain", "i8"),  # address: one PLAIN for each register block that has such
        ("plain_count", "i8"),
        ("parts", "i8"),  # as in STATE
    ]
)
# Registers of one block that read as what stands in memory, without any effect. See `plain_words`.
PLAIN = np.dtype(
    [
        ("base", "i8"),
        ("size", "i8"),
        ("words", "i8"),  # address: by word what it reads as, negative where it is not known
        ("reads", "i8"),  # address of the count of all that were answered
    ]
)
PLACE = np.dtype(
    [
        ("base", "i8"),
        ("size", "i8"),
        ("numbers", "i8"),  # address: by halfword the number of the operation there, 0 for none
    ]
)
# An instruction whose price depends on its operands. A load reads from base + (index << shift) + offset, a store writes
# there; a divide has its dividend in `base` and its divisor in `index`. Registers are Unicorn's numbers, -1 for none.
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
LOAD, SIGNED_DIVIDE, UNSIGNED_DIVIDE, STORE = 1, 2, 3, 4
DIVIDE_BUCKETS = 32
RATE_SHIFT = 16
HIDDEN_BUCKETS = 32
NOT_STOPPED, AT_DEADLINE, AT_WATCH, ON_ERROR = 0, 1, 2, 3

_i64 = ir.IntType(64)


@intrinsic
def pointer(_typing: Any, address: Any) -> tuple[Any, Callable[..., Any]]:
    def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(types.int64), code


@intrinsic
def call1(_typing: Any, function: Any, first: Any) -> tuple[Any, Callable[..., Any]]:
    def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        target = builder.inttoptr(arguments[0], ir.FunctionType(_i64, [_i64]).as_pointer())
        return builder.call(target, arguments[1:])

    return types.int64(types.int64, types.int64), code


@intrinsic
def call3(_typing: Any, function: Any, first: Any, second: Any, third: Any) -> tuple[Any, Callable[..., Any]]:
    def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        target = builder.inttoptr(arguments[0], ir.FunctionType(_i64, [_i64, _i64, _i64]).as_pointer())
        return builder.call(target, arguments[1:])

    return types.int64(types.int64, types.int64, types.int64, types.int64), code


@njit(inline="always", cache=True, error_model="numpy")
def edge_hash(where: int, before: int) -> int:
    """Where to begin in the edge table, before masking."""
    mixed = where * 0x9E3779B1 + before * 0x85EBCA77
    return mixed ^ (mixed >> 15)
