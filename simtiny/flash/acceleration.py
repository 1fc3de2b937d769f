"""Units of flash and the caches in front of it, as a board has them and as the firmware programs them.

A unit is what one miss brings. On STM32L4+ it is one read of the flash array, 8 or 16 bytes by its bank mode, of which
prefetch and caches (ST's ART accelerator) keep those used last; in front of a set-associative cache it is a line. The
native hooks simulate the caches and count misses, so that a profile can be priced at any number of wait states.
"""

from dataclasses import dataclass

from simtiny.board import Board, CacheGeometry
from simtiny.errors import Unpriced

OWN_CYCLES = 1
"""Of a miss in flash or RAM: what takes the core as long at any clock of the bus.

It is a part of the board's `miss_overhead_cycles` and `ram_miss_cycles`. Calibrated on CoreMark on an STM32H743 without
and with its data cache, at half the core's clock: 8.4 cycles a load (apache/mynewt-core#3656).
"""


@dataclass(frozen=True)
class Acceleration:
    """What the firmware has programmed: `ways` of the instruction cache where they can be chosen.

    `alias_cache`, `alias_prefetch`: of what is read through the flash's alias (`FlashSystem.alias_cache`).
    `bus_ratio`: cycles of the core in one of the bus that flash and cached RAM are on.
    """

    wait_states: int = 0
    prefetch: bool = False
    instruction_cache: bool = False
    data_cache: bool = False
    ways: int | None = None
    alias_cache: bool = False
    alias_prefetch: bool = False
    bus_ratio: int = 1


@dataclass(frozen=True)
class Shape:
    """A cache of `sets` times `ways` units, which replaces the unit of a set that was used longest ago."""

    sets: int
    ways: int


def miss_overhead_cycles(board: Board, now: Acceleration) -> int:
    """Core cycles of a miss, through the instruction cache or past it, beyond the wait states, which are the bus's."""
    past = board.flash.bypass_overhead_cycles
    overhead = board.flash.miss_overhead_cycles if now.instruction_cache or past is None else past
    return _at_the_bus(now.wait_states + overhead, now) - now.wait_states


def ram_miss_cycles(board: Board, now: Acceleration) -> int:
    """Core cycles of a read from cached RAM that has to wait for it."""
    return _at_the_bus(board.flash.ram_miss_cycles, now)


def way_cycles(board: Board, now: Acceleration) -> int:
    """Core cycles of the way to the flash and back."""
    return _at_the_bus(board.flash.miss_overhead_cycles, now)


def _at_the_bus(cycles: int, now: Acceleration) -> int:
    own = min(OWN_CYCLES, cycles)
    return (cycles - own) * now.bus_ratio + own


def read_bytes(board: Board) -> int:
    """Bytes of one read of the flash array."""
    return unit_bytes(board) // line_reads(board)


def unit_bytes(board: Board) -> int:
    """Bytes that one miss brings: a line of a set-associative cache, else one flash read."""
    cache = board.flash.instruction_cache
    if cache is not None and cache.ways is not None:
        return cache.line_bytes
    widths = board.flash.read_width_bits
    if len(widths) == 1:
        return next(iter(widths.values())) // 8
    controller = next((p for p in board.peripherals if "dual_bank" in p.parameters), None)
    if controller is None:
        raise Unpriced(f"board {board.id}: several flash read widths and no peripheral that says which")
    return widths["dual-bank" if controller.parameters["dual_bank"] else "single-bank"] // 8


def line_reads(board: Board) -> int:
    """Reads of the flash array that fill a line of the data cache, the first of which brings what the core waits for.

    One where a unit is no line, or where the array's width is not the same in all modes.
    """
    cache, widths = board.flash.data_cache, board.flash.read_width_bits
    if cache is None or cache.ways is None or board.flash.unified or len(widths) > 1:
        return 1
    return max(cache.line_bytes * 8 // next(iter(widths.values())), 1)


def shape(geometry: CacheGeometry | None, enabled: bool, unit: int, ways: int | None = None) -> Shape:
    """What the cache holds. Without one, the flash interface still holds what it read last.

    `ways`: what the firmware has set, where the cache can be made less associative than it is.
    """
    if geometry is None or not enabled:
        return Shape(1, 1)
    if geometry.ways is None:
        return Shape(1, geometry.lines * geometry.line_bytes // unit)
    chosen = geometry.ways if ways is None else ways
    return Shape(geometry.lines // chosen, chosen)
