"""Recorded figures of programs that are not MLPerf's: the second set that predictions are held to.

Each file of `platforms/suites/` holds facts from public sources, one row a figure, in the columns of `Figure`. A row is
of one part of one program, as its build was measured on a chip; `simtiny crosscheck --suite` sets predictions beside
them.
"""

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

from simtiny.data import data_path
from simtiny.errors import BadInput

SUITES_FOLDER = ("platforms", "suites")
Use = Literal["predicted", "looked-at", "calibrated", "not-modelled"]
"""What a figure was to the rules: they had been chosen without it; it was seen while they were; one follows from it;
none has what decides it, so that it tells nothing of the others."""
Quantity = Literal["cycles", "ratio", "coremark/mhz", "dmips/mhz", "us"]
"""Of `ratio` the part says what is over what. All but `coremark/mhz` and `dmips/mhz` are the larger the slower."""


@dataclass(frozen=True)
class Figure:
    """One recorded figure. `value` is the mean of `runs`; `minimum` and `maximum` where they were recorded."""

    suite: str
    name: str
    part: str
    """What of the program was measured, as it prints it: "keypair". Empty where it is one thing."""
    program: str
    """The file that holds it, without its ending."""
    kind: str
    """Kind of code: "assembly", "c", or "c+assembly", which spends more than half of its time in assembly."""
    core: str
    """As in `simtiny.cores`, such as "cortex-m4f"."""
    chip: str
    """That it was measured on."""
    board: str
    """The platform id of the board that it is run on here: of that chip, or the one that stands in."""
    clock_hz: float
    wait_states: int
    prefetch: bool
    instruction_cache: bool
    data_cache: bool
    """Of these a cache that the chip hasn't is off."""
    placement: str
    """Memories of code, data and stack, such as "flash, sram1, sram3"; empty where the source doesn't say."""
    unit: Quantity
    value: float
    minimum: float | None
    maximum: float | None
    runs: int | None
    compiler: str
    flags: str
    commit: str
    """Of the program's sources: repository and commit."""
    source: str
    """Where the figure stands."""
    use: Use


@cache
def all_figures() -> tuple[Figure, ...]:
    """Every packaged figure, file by file in the order of their names, in file order."""
    paths = sorted(data_path(*SUITES_FOLDER).glob("*.csv"))
    return tuple(figure for path in paths for figure in read_figures(path))


def read_figures(path: Path) -> tuple[Figure, ...]:
    """The figures of one file. Raises BadInput for a cell that can't be one, and for a file that is not UTF-8."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name}: not UTF-8 text: {error.reason} at byte {error.start}") from error
    return tuple(_figure(row, f"{path.name}, line {number}") for number, row in enumerate(rows, 2))


def of_suite(suite: str) -> tuple[Figure, ...]:
    """The figures of one suite, in file order. Raises BadInput for a suite that there isn't."""
    found = tuple(figure for figure in all_figures() if figure.suite == suite)
    if not found:
        raise BadInput(f"there are no figures of suite {suite!r}: there are {', '.join(suite_names())}")
    return found


def suite_names() -> tuple[str, ...]:
    """The suites that there are figures of, sorted."""
    return tuple(sorted({figure.suite for figure in all_figures()}))


def _figure(row: Mapping[str, str], where: str) -> Figure:
    try:
        return Figure(
            suite=row["suite"],
            name=row["name"],
            part=row["part"],
            program=row["program"],
            kind=row["kind"],
            core=row["core"],
            chip=row["chip"],
            board=row["board"],
            clock_hz=_positive(row["clock_hz"]),
            wait_states=int(row["wait_states"]),
            prefetch=_switch(row["prefetch"]),
            instruction_cache=_switch(row["instruction_cache"]),
            data_cache=_switch(row["data_cache"]),
            placement=row["placement"],
            unit=cast(Quantity, _one_of(row["unit"], get_args(Quantity))),
            value=_positive(row["value"]),
            minimum=_number(row["minimum"]),
            maximum=_number(row["maximum"]),
            runs=int(row["runs"]) if row["runs"] else None,
            compiler=row["compiler"],
            flags=row["flags"],
            commit=row["commit"],
            source=row["source"],
            use=cast(Use, _one_of(row["use"], get_args(Use))),
        )
    except KeyError as error:
        raise BadInput(f"{where}: there is no column {error}") from error
    except (ValueError, TypeError) as error:
        raise BadInput(f"{where}: {error}") from error


def _number(cell: str) -> float | None:
    return _positive(cell) if cell else None


def _positive(cell: str) -> float:
    number = float(cell)
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"{cell!r} is no positive number")
    return number


def _switch(cell: str) -> bool:
    return _one_of(cell, ("on", "off")) == "on"


def _one_of(cell: str, known: Iterable[str]) -> str:
    if cell not in known:
        raise ValueError(f"{cell!r} is none of {', '.join(known)}")
    return cell
