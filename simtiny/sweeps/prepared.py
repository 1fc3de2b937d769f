"""A part of a grid with all that its points have in common, so that pricing a point is looking things up."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.board import Board
from simtiny.consumers import NOTHING_ON, LeftOn, left_on
from simtiny.power_model import PowerModel
from simtiny.profiles import OperatingPoint
from simtiny.recorded_points import recorded_for
from simtiny.settings import MemorySettings
from simtiny.sweeps import validity
from simtiny.sweeps.execute import Window
from simtiny.sweeps.grid import Part
from simtiny.sweeps.tables import Memories, OperatingPoints, Supplies, memories, operating_points, read_width, supplies


@dataclass(frozen=True)
class Prepared:
    """A part of a grid with its tables, for a firmware that programs `programmed`."""

    part: Part
    board: Board
    programmed: OperatingPoint
    points: OperatingPoints
    memories: Memories
    supplies: Supplies

    @property
    def left_on(self) -> LeftOn:
        """What else the firmware leaves on; nothing where that is not known."""
        if self.board.power is None:
            return NOTHING_ON
        found = left_on(self.board.consumers, self.programmed.switched_on, self.board.power.reference_core_v)
        return found or NOTHING_ON

    @property
    def waits(self) -> NDArray[np.float64]:
        """Wait states of its legal operating points, each once."""
        return np.unique(self.points.wait_states[self.points.reason == ""])

    def settings(self, memory: int, wait_states: float) -> MemorySettings:
        """Those that a point is counted under: None where they are as programmed."""
        own = int(wait_states)
        return replace(self.memories.settings[memory], wait_states=None if own == self.programmed.wait_states else own)

    def needed(self) -> tuple[MemorySettings, ...]:
        """All settings that its legal points are counted under."""
        if not (self.supplies.reason == "").any():
            return ()
        legal = np.flatnonzero(self.memories.reason == "").tolist()
        return tuple(dict.fromkeys(self.settings(memory, waits) for memory in legal for waits in self.waits.tolist()))

    def at_clock(self, clock_hz: float) -> "Prepared":
        """The same with this clock in place of each one of its points, and the least wait states there."""
        clocks = (clock_hz,) * len(self.part.axes["clock_hz"])
        waits = (None,) * len(self.part.axes["wait_states"])
        part = replace(self.part, axes={**self.part.axes, "clock_hz": clocks, "wait_states": waits})
        return prepare(part, self.board, self.programmed)


def prepare(part: Part, board: Board, programmed: OperatingPoint, *, with_reasons: bool = True) -> Prepared:
    """The tables of a part. `with_reasons`: see `simtiny.sweeps.tables.operating_points`."""
    points = operating_points(part, board, programmed, with_reasons=with_reasons)
    return Prepared(
        part,
        board,
        programmed,
        points,
        memories(part, board),
        supplies(part, board.power, points.sources),
    )


@dataclass(frozen=True)
class Counted:
    """What was counted for a part, in arrays.

    `window`: for each memory setting and number of `waits` the place in the others; -1 where none is needed.
    `cycles`, `event_units`: of each window, the latter in `PowerModel.unit_pj`; NaN where there is none, and `reason`
    says why. `latency_low`, `latency_high`: ends of the intervals of their latencies, relative to these. `seen`:
    whether a point had it.
    """

    window: NDArray[np.int64]
    waits: NDArray[np.float64]
    cycles: NDArray[np.float64]
    event_units: NDArray[np.float64]
    reason: NDArray[Any]
    latency_low: NDArray[np.float64]
    latency_high: NDArray[np.float64]
    seen: NDArray[np.bool_]


def counted(prepared: Prepared, found: Mapping[MemorySettings, Window | str]) -> Counted:
    """The arrays of these windows, or of the reasons why there is none."""
    waits, settings, model = prepared.waits, prepared.needed(), prepared.board.power
    number = {own: index for index, own in enumerate(settings)}
    window = [
        [number.get(prepared.settings(memory, wait_states), -1) for wait_states in waits.tolist()]
        for memory in range(len(prepared.memories.settings))
    ]
    windows = [found[own] for own in settings]
    return Counted(
        window=np.array(window, np.int64).reshape(len(window), len(waits)),
        waits=waits,
        cycles=np.array([np.nan if isinstance(each, str) else each.cycles for each in windows] or [np.nan], np.float64),
        event_units=np.array([_event_units(each, model) for each in windows] or [np.nan], np.float64),
        reason=np.array([each if isinstance(each, str) else "" for each in windows] or [""], object),
        latency_low=np.array([np.nan if isinstance(each, str) else each.latency.low for each in windows] or [np.nan]),
        latency_high=np.array([np.nan if isinstance(each, str) else each.latency.high for each in windows] or [np.nan]),
        seen=np.zeros(max(len(windows), 1), np.bool_),
    )


def _event_units(window: Window | str, model: PowerModel | None) -> float:
    if isinstance(window, str) or model is None:
        return float("nan")
    return fsum(model.weights[name] * count for name, count in asdict(window.events).items())


@dataclass(frozen=True)
class Unrecorded:
    """What of each point of a part no record has, as bits of `simtiny.sweeps.validity.NAMES`.

    `operating`: shape (recorded points, operating points); `memory`: (recorded points, memory settings); `supply`: by
    supply. Without a recorded point there is one row, of the board itself.
    """

    operating: NDArray[np.int64]
    memory: NDArray[np.int64]
    supply: NDArray[np.int64]

    def bits(self, at: NDArray[np.int64], memory: NDArray[np.int64], supply: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of points by the numbers of these three: beside the recorded point from which they differ least."""
        missing = self.operating[:, at] | self.memory[:, memory]
        nearest = np.argmin(validity.ones(missing), axis=0)
        found: NDArray[np.int64] = missing[nearest, np.arange(len(at))] | self.supply[supply]
        return found


def unrecorded(prepared: Prepared, recorded_v: set[float | None], *, placed: bool) -> Unrecorded:
    """Of each combination. `recorded_v`: supplies of the records that the power model follows from. `placed`: whether
    something lies elsewhere than the firmware was linked.
    """
    always = validity.PLACEMENT_BIT if placed else 0
    rows = recorded_for(prepared.board)
    volts = np.isin(prepared.supplies.volts, np.array(list(recorded_v), np.float64))
    supply = np.where(volts | np.isnan(prepared.supplies.volts), 0, validity.SUPPLY_BIT)
    if not rows:
        shape = len(prepared.points.reason), len(prepared.memories.settings)
        return Unrecorded(
            np.full((1, shape[0]), validity.BOARD_BIT | always), np.zeros((1, shape[1]), np.int64), supply
        )
    programmed = prepared.programmed
    switches = programmed.prefetch, programmed.instruction_cache, programmed.data_cache
    return Unrecorded(
        validity.missing_operating(prepared.points, rows) | always,
        validity.missing_memory(prepared.memories, switches, read_width(prepared.board), rows),
        supply,
    )
