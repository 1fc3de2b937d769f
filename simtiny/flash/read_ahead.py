"""A flash that on a miss reads the next unit as well, and that another miss has to wait for: PSoC 6."""

from typing import Any

from simtiny.board import Board
from simtiny.flash.policy import Policy
from simtiny.native.record import NativeRecord, number

RECORD = NativeRecord(
    "ReadAhead",
    "A flash that reads the next unit as well on a miss.",
    (
        number("cycles", "for which a miss makes it read the next unit ahead, 0 when it doesn't"),
        number("unit", "the unit that it read, or reads, ahead; -1 for none"),
        number("ready", "clock when it has"),
    ),
)


def program(state: Any, board: Board, wait_states: int, prefetch: bool) -> None:
    """What follows from the flash's registers: reading ahead takes the wait states and the board's own cycles."""
    ahead = board.flash.read_ahead_cycles
    state.cycles = wait_states + ahead if prefetch and ahead is not None else 0


def forget(state: Any) -> None:
    """Nothing was read ahead."""
    state.unit = -1


READ_AHEAD = Policy("read_ahead", RECORD, program, forget)
