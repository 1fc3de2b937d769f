"""A flash whose prefetch is never in the way: it begins to read a unit when the core begins with the one before.

STM32L4+'s ART accelerator; STM32U5 and U3, whose cache holds code and data, have what they read in sequence prefetched
too. Any flash of a kind that is not known is taken for one like this.
"""

from typing import Any

from simtiny.board import Board
from simtiny.flash.policy import Policy
from simtiny.native.record import NativeRecord, number

RECORD = NativeRecord(
    "Prefetch",
    "A flash whose prefetch is never in the way.",
    (
        number("on", "1 when the flash reads the next unit ahead"),
        number("data_cycles", "that prefetch can hide of a data miss in a unified cache: the wait states"),
        number("unit", "the unit of data that it reads ahead; -1 for none"),
        number("ready", "clock when it begins to"),
    ),
)


def program(state: Any, board: Board, wait_states: int, prefetch: bool) -> None:
    """What follows from the flash's registers."""
    state.on = prefetch
    state.data_cycles = wait_states if board.flash.unified and prefetch else 0


def forget(state: Any) -> None:
    """Nothing is under way."""
    state.unit = -1


PREFETCH = Policy("prefetch", RECORD, program, forget)
