"""Prices points: cycles, latency and energy of many configurations at once, from the counts of a few.

The same as `simtiny.pricing.price_run` gives for each of them: cycles and latency to the last bit, energies but for
rounding.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.board import Board
from simtiny.flash import what_if
from simtiny.intervals import Interval, energy_interval
from simtiny.options import Kernels
from simtiny.power import LDO
from simtiny.power_model import CLOCKED, PowerModel
from simtiny.profile import OperatingPoint
from simtiny.request import Request
from simtiny.settings import MemorySettings
from simtiny.sweeps import validity
from simtiny.sweeps.execute import Firmware, Window
from simtiny.sweeps.grid import Part
from simtiny.sweeps.result import KNOBS, OUTCOMES, STATUS
from simtiny.sweeps.tables import (
    MEMORY,
    OPERATING,
    SUPPLY,
    Memories,
    OperatingPoints,
    Supplies,
    memories,
    operating_points,
    read_width,
    supplies,
)
from simtiny.uncertainty import by_own_measurements, recorded_supplies

EXECUTED, FROM_PROFILE = "executed", "from the profile of another point"
OWN = "as it is"
"""Of caches and places: those of chip and image."""
NUMBERS = ("clock_hz", "supply_v", "wait_states", "read_width_bits")
"""Knobs whose columns are of numbers."""
_SWITCHES = ("prefetch", "instruction_cache", "data_cache")
_BLOCK = 1 << 16  # points that are priced at a time

Columns = dict[str, NDArray[Any]]


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


def prepare(part: Part, board: Board, programmed: OperatingPoint) -> Prepared:
    """The tables of a part."""
    points = operating_points(part, board, programmed)
    return Prepared(
        part,
        board,
        programmed,
        points,
        memories(part, board, programmed),
        supplies(part, board.power, points.sources),
    )


def empty_columns(count: int) -> Columns:
    """The columns of `KNOBS`, `OUTCOMES` and `STATUS` for so many points: nothing is known of them, none is legal."""
    columns: Columns = {}
    for name in (*KNOBS, *OUTCOMES, *STATUS):
        if name in NUMBERS or name in OUTCOMES:
            columns[name] = np.full(count, np.nan)
        elif name in ("legal", "validated"):
            columns[name] = np.zeros(count, np.bool_)
        else:
            columns[name] = np.full(count, "", object)
    return columns


def fill(
    columns: Columns,
    prepared: Prepared,
    firmware: Firmware,
    found: Mapping[MemorySettings, Window | str],
    *,
    period_s: float | None = None,
    sleep: str | None = None,
) -> None:
    """Write the points of a part into columns of as many rows. `found`: windows, or why there is none."""
    part, counted = prepared.part, _counted(prepared, found)
    request, use = part.request, _Use(period_s, sleep or CLOCKED)
    _subject(columns, request, request.benchmark or firmware.benchmark, firmware.kernels)
    columns["board"][:] = request.board or prepared.board.id
    for start in range(0, part.size, _BLOCK):
        points = np.arange(start, min(start + _BLOCK, part.size))
        rows = {name: column[start : start + len(points)] for name, column in columns.items()}
        _knobs(rows, prepared, points)
        _block(rows, prepared, firmware, counted, points, use)


def fill_illegal(columns: Columns, part: Part, reason: str) -> None:
    """Write the points of a part that did not run for this reason: what they are, as it was asked for."""
    _subject(columns, part.request, part.request.benchmark, part.request.kernels)
    columns["board"][:], columns["reason"][:] = part.board, reason
    for start in range(0, part.size, _BLOCK):
        points = np.arange(start, min(start + _BLOCK, part.size))
        for name, values in part.axes.items():
            shown = np.array([_asked(name, value) for value in values], columns[name].dtype)
            columns[name][start : start + len(points)] = shown[part.codes((name,), points)]


def _subject(columns: Columns, request: Request, benchmark: str | None, kernels: Kernels | None) -> None:
    for name, value in (
        ("benchmark", benchmark),
        ("model", request.model),
        ("image", request.image),
        ("kernels", kernels),
    ):
        columns[name][:] = "" if value is None else str(value)


@dataclass(frozen=True)
class _Use:
    period_s: float | None
    sleep: str


@dataclass(frozen=True)
class _Counted:
    """`window`: of memory setting and number of the wait states, into the others; -1 where none is needed.

    `cycles`, `event_units`, `copied_bytes`: of each window. `reason`: why there is none, else "". `seen`: whether a
    point had it.
    """

    window: NDArray[np.int64]
    waits: NDArray[np.float64]
    cycles: NDArray[np.float64]
    event_units: NDArray[np.float64]
    copied_bytes: NDArray[np.int64]
    reason: NDArray[Any]
    own_timing: NDArray[np.bool_]
    seen: NDArray[np.bool_]


def _counted(prepared: Prepared, found: Mapping[MemorySettings, Window | str]) -> _Counted:
    waits = prepared.waits
    settings = prepared.needed()
    number = {own: index for index, own in enumerate(settings)}
    memory_count = len(prepared.memories.settings)
    window = np.full((memory_count, len(waits)), -1)
    for memory in range(memory_count):
        for column, wait_states in enumerate(waits.tolist()):
            window[memory, column] = number.get(prepared.settings(memory, wait_states), -1)
    windows = [found[own] for own in settings]
    model = prepared.board.power
    return _Counted(
        window=window,
        waits=waits,
        cycles=np.array([np.nan if isinstance(each, str) else each.cycles for each in windows], np.float64),
        event_units=np.array([_event_units(each, model) for each in windows], np.float64),
        reason=np.array([each if isinstance(each, str) else "" for each in windows], object),
        copied_bytes=np.array([0 if isinstance(each, str) else each.copied_bytes for each in windows], np.int64),
        own_timing=np.array([own == MemorySettings() for own in settings], np.bool_),
        seen=np.zeros(len(windows), np.bool_),
    )


def _event_units(window: Window | str, model: PowerModel | None) -> float:
    """What the events of a window cost, in `PowerModel.unit_pj`."""
    if isinstance(window, str) or model is None:
        return float("nan")
    return fsum(model.weights[name] * count for name, count in asdict(window.events).items())


def _knobs(rows: Columns, prepared: Prepared, points: NDArray[np.int64]) -> None:
    """What each point is: as it is priced, or, if it is illegal, as it was asked for."""
    part, table = prepared.part, prepared.points
    at = part.codes(OPERATING, points)
    for name in OPERATING:
        rows[name][:] = getattr(table, name)[at]
    known = table.source[at]
    fed = np.array([regulator for regulator, _ in table.sources] or [""], object)
    rows["regulator"][:] = np.where(known >= 0, fed[known], rows["regulator"])
    rows["supply_v"][:] = prepared.supplies.volts[part.codes(SUPPLY, points)]
    for name in MEMORY:
        shown = np.array([_shown(name, value, prepared) for value in part.axes[name]], rows[name].dtype)
        rows[name][:] = shown[part.codes((name,), points)]


def _shown(name: str, value: Any, prepared: Prepared) -> Any:
    """The value of a memory knob as its column has it."""
    board = prepared.board
    if name in _SWITCHES:
        return _on(getattr(prepared.programmed, name) if value is None else value) if _has(name, board) else ""
    if value is not None:
        return _asked(name, value)
    if name == "read_width_bits":
        return read_width(board) or np.nan
    return "" if name == "caches" and board.flash.instruction_cache is None else OWN


def _asked(name: str, value: Any) -> Any:
    """The value of a knob as its column has it, of a board that is not known."""
    if name in NUMBERS:
        return np.nan if value is None else value
    if value is None:
        return ""
    return _on(value) if name in _SWITCHES else "+".join(value) if name == "place" else value


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


def _block(
    rows: Columns,
    prepared: Prepared,
    firmware: Firmware,
    counted: _Counted,
    points: NDArray[np.int64],
    use: _Use,
) -> None:
    """Price some points of a part."""
    part, table = prepared.part, prepared.points
    at, memory = part.codes(OPERATING, points), part.codes(MEMORY, points)
    volts, source = part.codes(SUPPLY, points), table.source[at]
    reason = table.reason[at]
    _say(reason, prepared.supplies.reason[source, volts])
    asked = np.array([value is not None for value in part.axes["supply_v"]], np.bool_)[volts]
    if prepared.board.power is not None:
        _say(reason, np.where(asked, table.unpriced[at], ""))
    _say(reason, prepared.memories.reason[memory])
    candidates = np.flatnonzero(reason == "")
    column = np.searchsorted(counted.waits, table.wait_states[at[candidates]])
    window = np.full(len(points), -1)
    window[candidates] = counted.window[memory[candidates], column]
    reason[candidates] = counted.reason[window[candidates]]
    legal = reason == ""
    clock_hz = table.clock_hz[at]
    cycles = np.where(legal, counted.cycles[window] if len(counted.cycles) else np.nan, np.nan)
    latency_s = cycles / clock_hz
    if use.period_s is not None:
        _too_short(reason, latency_s, use.period_s)
        legal = reason == ""
        cycles[~legal] = latency_s[~legal] = np.nan
    rows["reason"][:], rows["legal"][:] = reason, legal
    rows["cycles"][:], rows["latency_ms"][:] = cycles, latency_s * 1e3
    rows["flash_bytes"][legal] = firmware.flash_bytes
    rows["ram_bytes"][legal] = firmware.ram_bytes + (counted.copied_bytes[window[legal]] if legal.any() else 0)
    own = counted.own_timing[window] if len(counted.own_timing) else legal
    _ends(rows, "latency", "ms", rows["latency_ms"], own, firmware.latency, firmware.other_latency)
    _first_of_each(rows["priced"], counted, window, legal)
    if prepared.board.power is not None:
        scale = prepared.supplies.scale[source, volts]
        units = np.where(legal, counted.event_units[window] if len(counted.event_units) else np.nan, np.nan)
        _energy(rows, prepared, firmware, scale, units, latency_s, clock_hz, at, use)
    _validity(rows, prepared, at, memory, legal)


def _say(reason: NDArray[Any], others: NDArray[Any]) -> None:
    """Give those that have no reason yet another one."""
    silent = reason == ""
    reason[silent] = others[silent]


def _too_short(reason: NDArray[Any], latency_s: NDArray[np.float64], period_s: float) -> None:
    """A period must hold the window."""
    beyond = np.flatnonzero(latency_s > period_s)
    lengths, which = np.unique(latency_s[beyond], return_inverse=True)
    texts = [f"a period of {period_s:g} s is shorter than the window, {each:.6g} s" for each in lengths.tolist()]
    reason[beyond] = np.array(texts or [""], object)[which]


def _ends(
    rows: Columns,
    what: str,
    unit: str,
    values: NDArray[np.float64],
    choose_first: NDArray[np.bool_],
    first: Interval | None,
    second: Interval | None,
) -> None:
    """The ends of an interval around each value: `first` where that is chosen, else `second`; None: not known."""
    for end in ("low", "high"):
        one, other = (np.nan if each is None else getattr(each, end) for each in (first, second))
        rows[f"{what}_{end}_{unit}"][:] = values * (1 + np.where(choose_first, one, other))


def _first_of_each(
    priced: NDArray[Any], counted: _Counted, window: NDArray[np.int64], legal: NDArray[np.bool_]
) -> None:
    """Say of each legal point how it was priced: the first one of a window stands for its execution."""
    rows = np.flatnonzero(legal)
    priced[rows] = FROM_PROFILE
    windows, first = np.unique(window[rows], return_index=True)
    new = ~counted.seen[windows]
    priced[rows[first[new]]] = EXECUTED
    counted.seen[windows] = True


def _energy(
    rows: Columns,
    prepared: Prepared,
    firmware: Firmware,
    scale: NDArray[np.float64],
    event_units: NDArray[np.float64],
    latency_s: NDArray[np.float64],
    clock_hz: NDArray[np.float64],
    at: NDArray[np.int64],
    use: _Use,
) -> None:
    """Energies, their intervals and mean powers, as `simtiny.energy.energy` and `simtiny.duty` give them."""
    model = prepared.board.power
    assert model is not None
    energy_uj = scale * model.unit_pj * event_units * 1e-6 + scale * model.static_uw * latency_s
    rows["energy_uj"][:] = energy_uj
    power_mw = energy_uj * 1e-3 / latency_s
    if use.period_s is not None:
        duty = latency_s / use.period_s
        if use.sleep == CLOCKED:
            core_uw = model.unit_pj * model.weights["sleeping"] * clock_hz * 1e-6 + model.static_uw
            sleep_mw = scale * core_uw * 1e-3
        else:
            sleep_mw = model.sleep_modes[use.sleep].current_ua * rows["supply_v"] * 1e-3
        power_mw = duty * power_mw + (1 - duty) * sleep_mw
    rows["mean_power_mw"][:] = power_mw
    recorded = list(recorded_supplies(prepared.board.id, model))
    other_supply = ~np.isin(rows["supply_v"], np.array(recorded, np.float64))
    linear, other_point = rows["regulator"] == LDO, prepared.points.other[at]
    for number in range(8):
        supply_differs, is_linear, point_differs = bool(number & 1), bool(number & 2), bool(number & 4)
        here = (other_supply == supply_differs) & (linear == is_linear) & (other_point == point_differs)
        if not here.any():
            continue
        interval = energy_interval(
            model.half_width,
            calibrated=by_own_measurements(model),
            stack_known=firmware.stack_known,
            other_supply=supply_differs,
            linear=is_linear,
            other_point=point_differs,
        )
        for end in ("low", "high"):
            relative = np.nan if interval is None else getattr(interval, end)
            rows[f"energy_{end}_uj"][here] = energy_uj[here] * (1 + relative)


def _validity(
    rows: Columns, prepared: Prepared, at: NDArray[np.int64], memory: NDArray[np.int64], legal: NDArray[np.bool_]
) -> None:
    """Say of each legal point what of it no record has: of all recorded points the nearest is looked at."""
    recorded = validity.recorded_for(prepared.board)
    if recorded:
        programmed = prepared.programmed
        switches = programmed.prefetch, programmed.instruction_cache, programmed.data_cache
        operating = validity.missing_operating(prepared.points, recorded)[:, at]
        missing = operating | validity.missing_memory(prepared.memories, switches, recorded)[:, memory]
        nearest = np.argmin(_ones(missing), axis=0)
        bits = missing[nearest, np.arange(len(at))]
    else:
        bits = np.full(len(at), validity.BOARD_BIT)
    model = prepared.board.power
    if model is not None:
        supplies = np.array(list(recorded_supplies(prepared.board.id, model)), np.float64)
        bits = bits | np.where(np.isin(rows["supply_v"], supplies), 0, validity.SUPPLY_BIT)
    kinds, which = np.unique(bits, return_inverse=True)
    texts = np.array([validity.text(each) for each in kinds.tolist()], object)
    rows["not_validated"][:] = np.where(legal, texts[which], "")
    rows["validated"][:] = legal & (bits == 0)


def _ones(bits: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many bits are set in each."""
    return sum((bits >> number & 1 for number in range(len(validity.NAMES))), np.zeros_like(bits))
