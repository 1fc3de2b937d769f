"""Which points a record covers: operating points at which results of a board's like were recorded, and nothing else."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simtiny.board import Board
from simtiny.profiles import OperatingPoint
from simtiny.recorded_points import RecordedPoint, recorded_for
from simtiny.settings import MemorySettings
from simtiny.sweeps.tables import Memories, OperatingPoints

_OPERATING = ("clock", "voltage range", "regulator", "wait states")
_MEMORY = (
    *(f"{what} {state}" for what in ("prefetch", "instruction cache", "data cache") for state in ("on", "off")),
    "caches",
    "read width",
    "placement",
)
NAMES = (*_OPERATING, *_MEMORY, "supply", "board")
"""What of a configuration may be on no record: bit 0, 1, 2... of a number."""
PLACEMENT_BIT, SUPPLY_BIT, BOARD_BIT = (1 << NAMES.index(name) for name in ("placement", "supply", "board"))


def usually_programmed(board: Board) -> OperatingPoint | None:
    """What firmware of the board's records programs, None where there are none."""
    row = next((row for row in recorded_for(board) if row.wait_states is not None), None)
    if row is None or row.wait_states is None:
        return None
    return OperatingPoint(
        row.clock_hz,
        row.wait_states,
        row.prefetch,
        row.instruction_cache,
        row.data_cache,
        row.voltage_range,
        board.flash.miss_overhead_cycles,
        board.flash.ram_miss_cycles,
        row.regulator,
    )


def missing_operating(points: OperatingPoints, rows: Sequence[RecordedPoint]) -> NDArray[np.int64]:
    """What of each operating point none of the rows has, as bits: shape (rows, points)."""
    found = np.zeros((len(rows), len(points.reason)), np.int64)
    for bits, row in zip(found, rows, strict=True):
        waits = points.least if row.wait_states is None else points.wait_states == row.wait_states
        untold = (points.regulator == "") | ((row.regulator == "") & (points.unpriced == ""))  # by no register
        regulator = (points.regulator == row.regulator) | untold
        at_clock = points.clock_hz == row.clock_hz
        waits = np.where(at_clock, waits, points.least)  # at another clock there is none to compare with
        for number, same in enumerate((at_clock, points.voltage_range == row.voltage_range, regulator, waits)):
            bits |= np.where(same.astype(np.bool_), 0, 1 << number)
    return found


def missing_memory(
    memories: Memories, programmed: tuple[bool, bool, bool], width: int | None, rows: Sequence[RecordedPoint]
) -> NDArray[np.int64]:
    """What of each memory setting none of the rows has, as bits: shape (rows, settings).

    `programmed`: prefetch, instruction cache and data cache, as the firmware has them. `width`: bits that the board's
    flash reads.
    """
    found = [[_missing(settings, programmed, width, row) for settings in memories.settings] for row in rows]
    return np.array(found, np.int64).reshape(len(rows), len(memories.settings))


def ones(bits: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many bits are set in each."""
    found = np.zeros_like(bits)
    for number in range(len(NAMES)):
        found += bits >> number & 1
    return found


def text(bits: int) -> str:
    """What no record has."""
    names = [name for number, name in enumerate(NAMES) if bits >> number & 1]
    return f"not on record: {', '.join(names)}" if names else ""


def _missing(
    settings: MemorySettings, programmed: tuple[bool, bool, bool], width: int | None, row: RecordedPoint
) -> int:
    switches = ("prefetch", "instruction_cache", "data_cache")
    bits, first = 0, len(_OPERATING)
    for number, (name, as_programmed) in enumerate(zip(switches, programmed, strict=True)):
        chosen = getattr(settings, name)
        now = as_programmed if chosen is None else chosen
        if settings.caches == "none" and name != "prefetch":
            now = False
        if now != getattr(row, name):
            bits |= 1 << first + 2 * number + (not now)
    others = (settings.caches not in (None, "none"), settings.read_width_bits not in (None, width))
    for number, other in enumerate(others):
        bits |= other << first + 2 * len(switches) + number
    return bits
