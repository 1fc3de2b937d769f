"""A flash that ends the prefetch under way before it reads what a branch or a load has missed: STM32G0."""

from typing import Any

from simtiny.board import Board
from simtiny.flash.policy import Policy
from simtiny.native.record import NativeRecord, number

RECORD = NativeRecord(
    "PrefetchFirst",
    "A flash that ends the prefetch under way before it reads anything else.",
    (
        number("on", "1 when it prefetches"),
        number("missed", "of the block that runs: bit n where its unit n missed the instruction cache"),
        number("code_begin", "of that block, its offset in flash"),
        number("first_unit", "of that block"),
        number("last_unit", "of that block"),
    ),
)


def program(state: Any, board: Board, wait_states: int, prefetch: bool) -> None:
    """What follows from the flash's registers."""
    state.on = prefetch


def forget(state: Any) -> None:
    """What is prefetched follows from the code that ran last."""


PREFETCH_FIRST = Policy("prefetch_first", RECORD, program, forget)
