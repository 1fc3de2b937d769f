"""Recorded results of real boards: the figures that a prediction is shown beside.

`platforms/records.csv` holds facts from the public MLPerf Tiny result repositories, one row per round, submitter,
system and benchmark, each with the folder that it was read from. `scripts/refresh_records.py` writes it.
"""

import csv
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol, TypeVar

from simtiny.data import data_path
from simtiny.errors import BadInput, did_you_mean

RECORDS_FILE = ("platforms", "records.csv")


@dataclass(frozen=True)
class Record:
    """One recorded result. Latency comes from the performance run, energy from a separate run at `supply_v`.

    For the streaming wakeword, sww01, `latency_ms` is what the recorded duty cycle leaves of each audio step's time.
    """

    round: str
    submitter: str
    board: str
    system: str
    """What the submitter calls it: the name of the folder."""
    core: str
    accelerator: str
    """What computes beside the core; empty where nothing does."""
    stack: str
    benchmark: str
    latency_ms: float
    energy_uj: float | None
    supply_v: float | None
    source: str

    @property
    def key(self) -> str:
        """The name by which `calibrated_on` of a core, a board or a power model refers to it."""
        return record_key(self.round, self.submitter, self.system, self.benchmark)


def record_key(round: str, submitter: str, system: str, benchmark: str) -> str:
    """The one name of a recorded result and of its image, such as "v1.2 bosch NUCLEO_L4R5ZI_int8 kws01"."""
    return f"v{round} {submitter} {system} {benchmark}"


class OfBoardAndRound(Protocol):
    """What was submitted in a round for a board (its platform id): a record, or an image."""

    @property
    def board(self) -> str: ...
    @property
    def round(self) -> str: ...


_Row = TypeVar("_Row", bound=OfBoardAndRound)


@dataclass(frozen=True)
class Spread:
    """Best, median and worst of a number of recorded figures, in the unit of the figures."""

    best: float
    median: float
    worst: float
    count: int


@dataclass(frozen=True)
class Recorded:
    """What real boards of one kind did on one benchmark, over all software stacks on record."""

    latency_ms: Spread | None
    energy_uj: Spread | None
    fastest: Record | None


NOTHING_RECORDED = Recorded(None, None, None)


def spread(values: Sequence[float]) -> Spread | None:
    """The spread of `values` (smaller is better), None when there are none."""
    if not values:
        return None
    return Spread(min(values), statistics.median(values), max(values), len(values))


@cache
def all_records() -> tuple[Record, ...]:
    """Every packaged record, in file order."""
    with data_path(*RECORDS_FILE).open(encoding="utf-8", newline="") as file:
        return tuple(_record(row) for row in csv.DictReader(file))


def of_boards_and_rounds(
    rows: Sequence[_Row], boards: Sequence[str], rounds: Sequence[str], there_are_none: str
) -> tuple[_Row, ...]:
    """The rows of these boards and rounds ("1.2"), in their order; without names, all. BadInput for an unknown name."""
    for what, wanted, known in (
        ("board", boards, {row.board for row in rows}),
        ("round", rounds, {row.round for row in rows}),
    ):
        for name in wanted:
            if name not in known:
                near = did_you_mean(name, sorted(known)) if what == "board" else ""
                raise BadInput(f"{there_are_none} for {what} {name!r}{near}: there are {', '.join(sorted(known))}")
    return tuple(row for row in rows if (not boards or row.board in boards) and (not rounds or row.round in rounds))


def records_for(board_id: str, benchmark: str) -> tuple[Record, ...]:
    """The records of one board (its platform id) on one benchmark, fastest first."""
    found = (row for row in all_records() if row.board == board_id and row.benchmark == benchmark)
    return tuple(sorted(found, key=lambda row: row.latency_ms))


def recorded(board_id: str, benchmark: str, supply_v: float | None) -> Recorded:
    """The summary of `records_for`. Energy counts only where it was measured at `supply_v`."""
    rows = records_for(board_id, benchmark)
    measured = [row for row in rows if supply_v is not None and row.supply_v == supply_v]
    energies = [row.energy_uj for row in measured if row.energy_uj is not None]
    return Recorded(spread([row.latency_ms for row in rows]), spread(energies), rows[0] if rows else None)


def _record(row: dict[str, str]) -> Record:
    return Record(
        round=row["round"],
        submitter=row["submitter"],
        board=row["board"],
        system=row["system"],
        core=row["core"],
        accelerator=row["accelerator"],
        stack=row["stack"],
        benchmark=row["benchmark"],
        latency_ms=float(row["latency_ms"]),
        energy_uj=float(row["energy_uj"]) if row["energy_uj"] else None,
        supply_v=float(row["supply_v"]) if row["supply_v"] else None,
        source=row["source"],
    )
