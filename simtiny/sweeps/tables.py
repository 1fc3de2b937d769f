"""What the points of one part of a grid have in common, worked out once: operating points, memory settings, supplies.

A table has a row for each combination of a few axes, as `simtiny.sweeps.grid.Part.codes` counts them, and of
what is illegal the reason, in the words of the function that refused it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.board import Board
from simtiny.energy import supply_scale
from simtiny.errors import BadInput, Unpriced
from simtiny.flash import what_if
from simtiny.flash.acceleration import unit_bytes
from simtiny.operating_point import Overrides, check, overridden
from simtiny.power import LDO, SupplyPoint, check_supply, efficiency, supply_point
from simtiny.power_model import PowerModel
from simtiny.pricing import NO_POWER_MODEL
from simtiny.profiles import OperatingPoint
from simtiny.settings import MemorySettings
from simtiny.sweeps.grid import Part
from simtiny.uncertainty import other_point

OPERATING = ("clock_hz", "voltage_range", "regulator", "wait_states")
MEMORY = ("prefetch", "instruction_cache", "data_cache", "caches", "read_width_bits")
SUPPLY = ("supply_v",)


@dataclass(frozen=True)
class OperatingPoints:
    """Arrays by combination of `OPERATING`. `reason`: "" where it is legal, else the others have what was asked for.

    `clock_hz` and `wait_states` are NaN and `voltage_range` is "" where nothing is known. `least`: whether the wait
    states are those that the chip needs. `other`: see `simtiny.uncertainty.other_point`. `source`: the row of
    `Supplies` that feeds the core, -1 where none is known, and then `unpriced` says why.
    """

    reason: NDArray[Any]
    clock_hz: NDArray[np.float64]
    voltage_range: NDArray[Any]
    regulator: NDArray[Any]
    wait_states: NDArray[np.float64]
    least: NDArray[np.bool_]
    other: NDArray[np.bool_]
    source: NDArray[np.int64]
    unpriced: NDArray[Any]
    sources: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Memories:
    """By combination of `MEMORY`: settings but for wait states, and why they are none of the board's, else ""."""

    settings: tuple[MemorySettings, ...]
    reason: NDArray[Any]


@dataclass(frozen=True)
class Supplies:
    """By source (regulator and core voltage) and supply, shape (sources, supplies); `volts` by supply alone.

    `efficiency`, `scale`: see `simtiny.power.efficiency` and `simtiny.energy.supply_scale`; NaN in a last row, of a
    source that is not known. `reason`: why the supply is none for the source, else "".
    """

    volts: NDArray[np.float64]
    efficiency: NDArray[np.float64]
    scale: NDArray[np.float64]
    reason: NDArray[Any]


def operating_points(
    part: Part, board: Board, programmed: OperatingPoint, *, with_reasons: bool = True
) -> OperatingPoints:
    """Each combination, in place of the point that the firmware programs.

    Clocks between which no table has a limit are legal alike: of these one is looked at. `with_reasons`: else one
    stands for all of these.
    """
    count, axes = _count(part, OPERATING), part.axes
    reason, voltage_range, regulator, unpriced = (_texts(count) for _ in range(4))
    asked_hz = [programmed.clock_hz if clock is None else clock for clock in axes["clock_hz"]]
    clock_hz, wait_states = np.repeat(asked_hz, count // len(asked_hz)), np.full(count, np.nan)
    least, other = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    source, sources = np.full(count, -1), dict[tuple[str, float], int]()
    alike = _alike(axes["clock_hz"], board, programmed)
    others = list(product(*(axes[name] for name in OPERATING[1:])))
    for clocks in alike:
        first = axes["clock_hz"][clocks[0]]
        for number, (label, name, waits) in enumerate(others):
            rows = np.array(clocks) * len(others) + number
            asked = Overrides(first, waits, label, name)
            voltage_range[rows], regulator[rows] = label or programmed.voltage_range, name or programmed.regulator
            there = _there(asked, board, programmed)
            if isinstance(there, str):
                wait_states[rows] = np.nan if waits is None else waits
                reason[rows] = there
                if not with_reasons:
                    continue
                reason[rows] = _reasons(asked, [axes["clock_hz"][clock] for clock in clocks], board, programmed)
                continue
            wait_states[rows] = there.wait_states
            least[rows] = waits is None or there == _there(replace(asked, wait_states=None), board, programmed)
            other[rows] = other_point(programmed, there)
            found = _source(board, there)
            if isinstance(found, str):
                unpriced[rows] = found
            else:
                source[rows] = sources.setdefault(found, len(sources))
    return OperatingPoints(
        reason,
        clock_hz,
        voltage_range,
        regulator,
        wait_states,
        least,
        other,
        source,
        unpriced,
        tuple(sources),
    )


def _alike(clocks: Sequence[float | None], board: Board, programmed: OperatingPoint) -> list[list[int]]:
    """The places of clocks, together where no limit and not the programmed clock parts them."""
    limits = {board.limits.max_core_hz, programmed.clock_hz}
    limits |= {clock for row in board.flash.wait_state_limits for clock in row.max_hclk_hz}
    limits |= {row.max_core_hz for row in board.power.core} if board.power else set()
    edges = np.array(sorted(limits))
    hertz = np.array([programmed.clock_hz if clock is None else clock for clock in clocks])
    kinds = np.searchsorted(edges, hertz, "left") + np.searchsorted(edges, hertz, "right")
    found: dict[tuple[int, bool], list[int]] = {}
    for place, (kind, clock) in enumerate(zip(kinds.tolist(), clocks, strict=True)):
        found.setdefault((kind, clock is None), []).append(place)
    return list(found.values())


def _there(asked: Overrides, board: Board, programmed: OperatingPoint) -> OperatingPoint | str:
    """The operating point, or why there is none."""
    try:
        check(asked, board)
        return overridden(programmed, asked, board)
    except BadInput as error:
        return str(error)


def _reasons(
    asked: Overrides, clocks: Sequence[float | None], board: Board, programmed: OperatingPoint
) -> NDArray[Any]:
    """Why each of these clocks is refused."""
    found = (_there(replace(asked, clock_hz=clock), board, programmed) for clock in clocks)
    return np.fromiter(found, object, len(clocks))


def memories(part: Part, board: Board) -> Memories:
    """The settings of each combination, or why the board has nothing for them."""
    settings, reason = [], _texts(_count(part, MEMORY))
    for number, (prefetch, instructions, data, caches, width) in enumerate(_combinations(part, MEMORY)):
        asked = MemorySettings(
            prefetch=prefetch,
            instruction_cache=instructions,
            data_cache=data,
            caches=caches,
            read_width_bits=width,
            place=part.request.place,
        )
        try:
            what_if.check(asked, board)
        except BadInput as error:
            reason[number] = str(error)
        settings.append(asked)
    return Memories(tuple(settings), reason)


def supplies(part: Part, model: PowerModel | None, sources: tuple[tuple[str, float], ...]) -> Supplies:
    """Each supply at each source of the core's voltage."""
    asked = part.axes["supply_v"]
    if model is None:
        volts = np.full(len(asked), np.nan)
        unknown = np.full((1, len(asked)), np.nan)
        return Supplies(volts, unknown, unknown, _texts(unknown.shape))
    volts = np.array([model.supply_v if each is None else each for each in asked], np.float64)
    shape = len(sources) + 1, len(asked)
    efficiencies, scale, reason = np.full(shape, np.nan), np.full(shape, np.nan), _texts(shape)
    for column, supply_v in enumerate(volts.tolist()):
        outside = _outside(model, supply_v)
        reason[:, column] = outside
        for row, (regulator, core_v) in enumerate(sources):
            if regulator == LDO and supply_v < core_v:
                below = f"the LDO can't make the core's {core_v:g} V of {supply_v:g} V"
                reason[row, column] = f"{below}; {outside}" if outside else below
            elif not outside:
                at = SupplyPoint(supply_v, core_v, regulator, efficiency(model, regulator, core_v, supply_v))
                efficiencies[row, column], scale[row, column] = at.efficiency, supply_scale(model, at)
    return Supplies(volts, efficiencies, scale, reason)


def read_width(board: Board) -> int | None:
    """Bits that one read of the flash brings, None where the board does not say in which of its modes it is."""
    widths = board.flash.read_width_bits
    if len(widths) == 1:
        return next(iter(widths.values()))
    cache = board.flash.instruction_cache
    if cache is not None and cache.ways is not None:
        return None
    try:
        return unit_bytes(board) * 8
    except Unpriced:
        return None


def _source(board: Board, there: OperatingPoint) -> tuple[str, float] | str:
    """Regulator and core voltage at an operating point, or why they are not known."""
    if board.power is None:
        return NO_POWER_MODEL
    try:
        found = supply_point(board.power, there)
    except Unpriced as error:
        return str(error)
    return found.regulator, found.core_v


def _outside(model: PowerModel, supply_v: float) -> str:
    try:
        check_supply(model, supply_v)
    except BadInput as error:
        return str(error)
    return ""


def _count(part: Part, names: tuple[str, ...]) -> int:
    return int(np.prod([len(part.axes[name]) for name in names], dtype=np.int64))


def _combinations(part: Part, names: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    return product(*(part.axes[name] for name in names))


def _texts(shape: int | tuple[int, ...]) -> NDArray[Any]:
    return np.full(shape, "", object)
