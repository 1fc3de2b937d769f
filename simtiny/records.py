"""Recorded results of real boards: the figures that a prediction is shown beside.

`platforms/records.csv` holds facts from the public MLPerf Tiny result repositories, one row per round, submitter,
software stack and benchmark, each with the folder that it was read from. `scripts/refresh_records.py` writes it.
"""

import csv
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from simtiny.data import data_path

RECORDS_FILE = ("platforms", "records.csv")


@dataclass(frozen=True)
class Record:
    """One recorded result. Latency comes from the performance run, energy from a separate run at `supply_v`."""

    round: str
    submitter: str
    board: str
    stack: str
    benchmark: str
    latency_ms: float
    energy_uj: float | None
    supply_v: float | None
    source: str

    @property
    def key(self) -> str:
        """A short name that tells rows of one board and benchmark apart."""
        return f"v{self.round} {self.submitter}: {self.stack}"


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


def records_for(board_id: str, benchmark: str) -> tuple[Record, ...]:
    """The records of one board (its platform id) on one benchmark, fastest first."""
    found = (row for row in all_records() if row.board == board_id and row.benchmark == benchmark)
    return tuple(sorted(found, key=lambda row: row.latency_ms))


def recorded(board_id: str, benchmark: str, supply_v: float) -> Recorded:
    """The summary of `records_for`. Energy counts only where it was measured at `supply_v`."""
    rows = records_for(board_id, benchmark)
    energies = [row.energy_uj for row in rows if row.energy_uj is not None and row.supply_v == supply_v]
    return Recorded(spread([row.latency_ms for row in rows]), spread(energies), rows[0] if rows else None)


def _record(row: dict[str, str]) -> Record:
    return Record(
        round=row["round"],
        submitter=row["submitter"],
        board=row["board"],
        stack=row["stack"],
        benchmark=row["benchmark"],
        latency_ms=float(row["latency_ms"]),
        energy_uj=float(row["energy_uj"]) if row["energy_uj"] else None,
        supply_v=float(row["supply_v"]) if row["supply_v"] else None,
        source=row["source"],
    )
