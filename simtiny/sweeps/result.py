"""The outcome of a sweep as plain data: a table with a row for each point. Text, files and page are made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

AXES = (
    "clock_hz",
    "voltage_range",
    "regulator",
    "supply_v",
    "wait_states",
    "prefetch",
    "instruction_cache",
    "data_cache",
    "caches",
    "read_width_bits",
)
"""Knobs of one firmware on one board, as they follow in the grid: the last one varies first."""
KNOBS = (
    "benchmark",
    "model",
    "image",
    "board",
    "kernels",
    "place",
    *AXES,
)
"""Columns that say what a point is: as it was priced, so that none is empty where the board has such a thing."""
OUTCOMES = (
    "cycles",
    "latency_ms",
    "latency_low_ms",
    "latency_high_ms",
    "energy_uj",
    "energy_low_uj",
    "energy_high_uj",
    "mean_power_mw",
    "flash_bytes",
    "ram_bytes",
)
"""Columns of numbers, NaN where a point is illegal or its energy is not known."""
LIFE = ("mean_current_ua", "battery_days")
"""Columns of a sweep with a sequence."""
WHOLE = ("wait_states", "read_width_bits", "cycles", "flash_bytes", "ram_bytes")
"""Columns of whole numbers, which are floats only so that they can be NaN."""
STATUS = ("legal", "reason", "validated", "not_validated", "priced")
"""`legal` and `validated` are bools. `reason`: why a point is illegal. `not_validated`: what of it no record covers.
`priced`: "executed" or "from the profile of another point"."""


@dataclass(frozen=True)
class SweepResult:
    """`columns`: arrays of one length by name (`KNOBS`, `OUTCOMES`, `LIFE`, `STATUS`), a row a point in grid order.

    Text columns are arrays of Python's strings, "" where the board has no such thing; on-off knobs are text, too ("on",
    "off", ""), so that each column has one type. `varied`: knobs with several values. `best`: rows that are legal and
    meet the goal, best first, those of several benchmarks in turns. `front`: rows that no other one of their benchmark
    beats in latency, energy, RAM and flash at once.
    `minimise`, `subject_to`: the goal as the user wrote it. `words`: what it comes to, in sentences.
    `executions`: how many it took; `stored`: counts taken from the user's cache. `notes`: what a reader should know.
    """

    columns: Mapping[str, NDArray[Any]]
    varied: tuple[str, ...]
    minimise: str
    subject_to: tuple[str, ...]
    best: NDArray[np.int64]
    front: NDArray[np.int64]
    words: tuple[str, ...]
    executions: int
    stored: int
    notes: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.columns["legal"])

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values, as JSON has it: a dictionary a point, None for what is not known."""
        return {**self.summary(), "points": self.points(0, len(self))}

    def summary(self) -> dict[str, Any]:
        """The same without the points."""
        return {
            "options": dict(self.options),
            "varied": list(self.varied),
            "minimise": self.minimise,
            "subject_to": list(self.subject_to),
            "executions": self.executions,
            "stored": self.stored,
            "words": list(self.words),
            "notes": list(self.notes),
            "best": self.best.tolist(),
            "front": self.front.tolist(),
        }

    def points(self, first: int, end: int) -> list[dict[str, Any]]:
        """The points of these rows, with the names of their columns; those of a life are None where there is none."""
        rows = min(end, len(self)) - first
        values = {name: plain(name, column[first:end]) for name, column in self.columns.items()}
        values |= {name: [None] * rows for name in LIFE if name not in values}
        return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def plain(name: str, column: NDArray[Any]) -> list[Any]:
    """Values of a column as Python has them: whole numbers where they are, None for NaN."""
    values: list[Any] = column.tolist()
    if column.dtype.kind != "f":
        return values
    if name in WHOLE:
        return [None if isnan(value) else int(value) for value in values]
    return [None if isnan(value) else value for value in values]
