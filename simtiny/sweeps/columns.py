"""The columns of a sweep's result: what each point is, as it was priced or, if it is illegal, as it was asked for."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.board import Board
from simtiny.files import shown
from simtiny.flash import what_if
from simtiny.options import Kernels
from simtiny.profiles import OperatingPoint
from simtiny.request import Request
from simtiny.sweeps.grid import Part
from simtiny.sweeps.result import KNOBS, LIFE, OUTCOMES, STATUS
from simtiny.sweeps.tables import MEMORY, OPERATING, SUPPLY, OperatingPoints, Supplies, read_width

OWN = "as it is"
"""Of caches and placement: those of chip and image."""
NUMBERS = ("clock_hz", "supply_v", "wait_states", "read_width_bits")
"""Knobs whose columns are of numbers."""
_SWITCHES = ("prefetch", "instruction_cache", "data_cache")

Columns = dict[str, NDArray[Any]]


def empty_columns(count: int, *, with_life: bool = False) -> Columns:
    """The columns of so many points, of which nothing is known and none is legal. `with_life`: those of `LIFE`, too."""
    columns: Columns = {}
    for name in (*KNOBS, *OUTCOMES, *(LIFE if with_life else ()), *STATUS):
        if name in (*NUMBERS, *OUTCOMES, *LIFE):
            columns[name] = np.full(count, np.nan)
        elif name in ("legal", "validated"):
            columns[name] = np.zeros(count, np.bool_)
        else:
            columns[name] = np.full(count, "", object)
    return columns


def write_subject(
    columns: Columns, request: Request, board: str, benchmark: str | None, kernels: Kernels | None
) -> None:
    """Write what runs where, the same of all rows."""
    subject = {"benchmark": benchmark, "model": request.model, "image": request.image, "kernels": kernels}
    place = "+".join(request.place) or OWN
    for name, value in (*subject.items(), ("board", board), ("place", place)):
        columns[name][:] = "" if value is None else shown(str(value))


def write_asked(rows: Columns, part: Part, points: NDArray[np.int64]) -> None:
    """Write the knobs of these points of a part as they were asked for: of firmware that did not run."""
    for name, values in part.axes.items():
        asked = np.array([_asked(name, value) for value in values], rows[name].dtype)
        rows[name][:] = asked[part.codes((name,), points)]


def write_knobs(
    rows: Columns,
    part: Part,
    points: NDArray[np.int64],
    board: Board,
    programmed: OperatingPoint,
    operating: OperatingPoints,
    supplies: Supplies,
) -> None:
    """Write the knobs of these points of a part as they are priced."""
    at = part.codes(OPERATING, points)
    for name in OPERATING:
        rows[name][:] = getattr(operating, name)[at]
    source = operating.source[at]
    feeding = np.array([regulator for regulator, _ in operating.sources] or [""], object)
    rows["regulator"][:] = np.where(source >= 0, feeding[source], rows["regulator"])
    rows["supply_v"][:] = supplies.volts[part.codes(SUPPLY, points)]
    for name in MEMORY:
        values = [_shown(name, value, board, programmed) for value in part.axes[name]]
        rows[name][:] = np.array(values, rows[name].dtype)[part.codes((name,), points)]
    for name in ("instruction_cache", "data_cache"):
        rows[name][(rows["caches"] == what_if.NO_CACHES) & (rows[name] != "")] = _on(False)


def _shown(name: str, value: Any, board: Board, programmed: OperatingPoint) -> Any:
    """The value of a memory knob as its column has it."""
    if name in _SWITCHES:
        return _on(getattr(programmed, name) if value is None else value) if _has(name, board) else ""
    if value is not None:
        return _asked(name, value)
    if name == "read_width_bits":
        return read_width(board) or np.nan
    return OWN if board.flash.instruction_cache is not None else ""


def _asked(name: str, value: Any) -> Any:
    """The value of a knob as its column has it, whatever the board."""
    if name in NUMBERS:
        return np.nan if value is None else value
    if value is None:
        return ""
    return _on(value) if name in _SWITCHES else value


def _on(value: bool) -> str:
    return "on" if value else "off"


def _has(name: str, board: Board) -> bool:
    """Whether the board has what a switch is of."""
    flash = board.flash
    if name == "instruction_cache":
        return flash.instruction_cache is not None
    if name == "data_cache":
        return flash.data_cache is not None and not flash.unified
    return flash.kind not in what_if.NO_PREFETCH
