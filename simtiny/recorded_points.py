"""At which operating points results of boards were recorded: `platforms/operating_points.csv`."""

import csv
from dataclasses import dataclass
from functools import cache

from simtiny.board import Board, as_counted
from simtiny.board_file import board_names, load_board
from simtiny.data import data_path

POINTS_FILE = ("platforms", "operating_points.csv")


@dataclass(frozen=True)
class RecordedPoint:
    """At which operating point a board's results were recorded. `wait_states`: None is the least that the chip needs.

    `regulator`: "" where no register of the chip tells.
    """

    board: str
    clock_hz: float
    wait_states: int | None
    prefetch: bool
    instruction_cache: bool
    data_cache: bool
    voltage_range: str
    regulator: str
    source: str


@cache
def recorded_points() -> tuple[RecordedPoint, ...]:
    """Every row of `platforms/operating_points.csv`."""
    with data_path(*POINTS_FILE).open(encoding="utf-8", newline="") as file:
        return tuple(
            RecordedPoint(
                board=row["board"],
                clock_hz=float(row["clock_hz"]),
                wait_states=int(row["wait_states"]) if row["wait_states"] else None,
                prefetch=row["prefetch"] == "on",
                instruction_cache=row["instruction_cache"] == "on",
                data_cache=row["data_cache"] == "on",
                voltage_range=row["voltage_range"],
                regulator=row["regulator"],
                source=row["source"],
            )
            for row in csv.DictReader(file)
        )


def recorded_for(board: Board) -> tuple[RecordedPoint, ...]:
    """The points of the boards that have the same core, flash and memories."""
    alike = {name for name in board_names() if same_timing(load_board(name), board)}
    return tuple(row for row in recorded_points() if row.board in alike)


def same_timing(board: Board, other: Board) -> bool:
    """Whether all that the latency of firmware depends on is the same of two boards, beside peripherals."""
    return _timing(board) == _timing(other)


def _timing(board: Board) -> tuple[object, ...]:
    """What the latency of its firmware depends on, beside peripherals."""
    return board.core, board.memories, as_counted(board).flash
