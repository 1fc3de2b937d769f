"""The grid of a sweep: which firmware goes on which board, and the values of each other knob there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.board import Board
from simtiny.board_file import load_board
from simtiny.errors import SimtinyError
from simtiny.mlperf.workload import build
from simtiny.options import DEFAULT_BOARD
from simtiny.request import Request
from simtiny.sweeps import knobs
from simtiny.sweeps.result import AXES
from simtiny.sweeps.study import Study


@dataclass(frozen=True)
class Part:
    """The points of one firmware on one board: the product of its `axes`, the values of each of `AXES`.

    `request`: what runs. `board`: on which, as `Request.board` calls it or, where that says nothing, its identifier.
    """

    request: Request
    board: str
    axes: Mapping[str, tuple[Any, ...]]

    @property
    def size(self) -> int:
        """Points."""
        return prod(len(values) for values in self.axes.values())

    def codes(self, names: Iterable[str], points: NDArray[np.int64]) -> NDArray[np.int64]:
        """For each of these points, counted from 0, the number of its combination of these axes.

        Combinations count as points do: as `combinations` gives them.
        """
        found = np.zeros(len(points), np.int64)
        for name in names:
            after = AXES[AXES.index(name) + 1 :]
            stride = prod(len(self.axes[other]) for other in after)
            found = found * len(self.axes[name]) + points // stride % len(self.axes[name])
        return found


def parts(study: Study) -> tuple[Part, ...]:
    """The parts of a study's grid, in its order. Raises BadInput for more than `knobs.MOST_POINTS` points."""
    found, total = [], 0
    for request in _requests(study):
        board = _board(request)
        part = Part(request, request.board or board.id, _axes(study, board))
        total += part.size
        if total > knobs.MOST_POINTS:
            raise knobs.too_many(f"this one has {total:,} points or more")
        found.append(part)
    return tuple(found)


def varied(study: Study, found: Iterable[Part]) -> tuple[str, ...]:
    """Knobs of which several values were asked for."""
    several_axes = {name for part in found for name in AXES if len(part.axes[name]) > 1}
    runs = len(study.benchmark) + len(study.model) + len(study.image)
    first = [
        name
        for name, many in (
            ("benchmark", len(study.benchmark) > 1 or (runs > 1 and len(study.benchmark) == 1 and not _as_one(study))),
            ("model", bool(study.model) and len(study.model) + len(study.image) > 1),
            ("image", bool(study.image) and len(study.model) + len(study.image) > 1),
            ("board", len(study.board) > 1),
            ("kernels", len(study.kernels) > 1),
            ("place", len(study.place) > 1),
        )
        if many
    ]
    return (*first, *(name for name in AXES if name in several_axes))


def _as_one(study: Study) -> bool:
    """Whether a benchmark says as what models and images are measured."""
    return bool(study.model or study.image)


def _requests(study: Study) -> Iterable[Request]:
    """What runs, by benchmark, model, image, board, kernels and place."""
    task = study.benchmark[0] if study.benchmark and _as_one(study) else None
    subjects: list[dict[str, Any]] = [
        *({"benchmark": name, "weights": study.weights} for name in study.benchmark if not _as_one(study)),
        *({"benchmark": task, "model": path} for path in study.model),
        *({"benchmark": task, "image": path, "address": study.address} for path in study.image),
    ]
    window = {"start": study.start, "end": study.end, "function": study.function}
    for subject in subjects:
        for board in study.board:
            for kernels in study.kernels if "image" not in subject else (None,):
                for place in study.place:
                    yield Request.from_dict({**subject, "board": board, "kernels": kernels, "place": place, **window})


def _board(request: Request) -> Board:
    """The board that a request runs on. A published image without a board goes on its own."""
    if request.board is None and request.image is not None:
        try:
            return build(request).board
        except SimtinyError:  # each of its points says so
            pass
    return load_board(request.board or DEFAULT_BOARD)


def _axes(study: Study, board: Board) -> dict[str, tuple[Any, ...]]:
    """The values of each axis on a board: what it allows in place of `knobs.ALL`, each value once."""
    found = {}
    for name in AXES:
        values: list[Any] = []
        for value in getattr(study, name):
            values += allowed(name, board) if value == knobs.ALL else [value]
        found[name] = tuple(dict.fromkeys(values)) or (None,)
    return found


def allowed(name: str, board: Board) -> list[Any]:
    """All that a chip's tables allow of a knob; nothing where it has no such table.

    Of clocks the highest of each number of wait states and of each core voltage; of supplies the chip's limits, the
    usual one, and those at which the efficiency of a regulator is on record.
    """
    limits, power = board.flash.wait_state_limits, board.power
    if name == "clock_hz":
        clocks = [clock for row in limits for clock in row.max_hclk_hz]
        clocks += [row.max_core_hz for row in power.core] if power else []
        return sorted({clock for clock in clocks if clock <= board.limits.max_core_hz})
    if name == "voltage_range":
        return [row.voltage_range for row in limits]
    if name == "wait_states":
        return list(range(max(len(row.max_hclk_hz) for row in limits)))
    if power is None:
        return []
    if name == "regulator":
        return sorted({row.regulator for row in power.core})
    low, high = power.supply_limits_v
    known = [volts for points in power.efficiency.values() for volts, _ in points if low <= volts <= high]
    return sorted({low, power.supply_v, *known, high})
