"""A flash narrower than the lines of the data cache: it reads on to fill one, and a miss waits for that. STM32H7, F7.

The core goes on with the first read of a line. STM32F7's flash is as wide as a line. Neither prefetches.
"""

from typing import Any

from simtiny.board import Board
from simtiny.flash.acceleration import line_reads, unit_bytes
from simtiny.flash.policy import Policy
from simtiny.native.record import NativeRecord, number

RECORD = NativeRecord(
    "LineFill",
    "A flash that fills lines by several reads.",
    (
        number("cycles", "for which it reads on once a miss has had what it waits for"),
        number("part", "what it has read first of the line: an offset in flash, in units of a read"),
        number("part_shift", "log2 of a read's bytes"),
        number("ready", "clock when it has read the rest"),
        number("whole", "clock when the core's buffer has all of the line of code that it reads past its cache"),
        number("begin", "where the block that is fetched begins, an offset as units have it"),
        number("wrong", "1 while the core reads the line of a way that it does not go"),
        number("late", "1 where it could not foresee which line comes next"),
    ),
)


def program(state: Any, board: Board, wait_states: int, prefetch: bool) -> None:
    """What follows from the flash's registers."""
    reads = line_reads(board)
    state.cycles = (reads - 1) * (wait_states + 1)
    state.part_shift = (unit_bytes(board) // reads).bit_length() - 1


def forget(state: Any) -> None:
    """A line under way is read to its end whatever becomes of the caches."""


LINE_FILL = Policy("line_fill", RECORD, program, forget, core_caches=True)
