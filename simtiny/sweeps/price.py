"""Prices points: cycles, latency and energy of many configurations at once, from the counts of a few.

The same as `simtiny.pricing.price_run` gives for each of them: cycles and latency to the last bit, energies but for
rounding.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.duty import clocked_power_mw
from simtiny.errors import BadInput
from simtiny.intervals import Interval, energy_interval
from simtiny.life import Life, check_life
from simtiny.lived import Windows, lived_columns
from simtiny.power import LDO, check_sleep_mode
from simtiny.power_model import CLOCKED, PowerModel
from simtiny.settings import MemorySettings
from simtiny.sweeps import validity
from simtiny.sweeps.columns import Columns, write_asked, write_knobs, write_subject
from simtiny.sweeps.execute import Firmware, Window
from simtiny.sweeps.grid import Part
from simtiny.sweeps.prepared import Counted, Prepared, Unrecorded, counted, unrecorded
from simtiny.sweeps.tables import MEMORY, OPERATING, SUPPLY
from simtiny.uncertainty import by_own_measurements, known_energy_bias, recorded_supplies

EXECUTED, FROM_PROFILE = "executed", "from the profile of another point"
_SHORT_PERIOD = "a period of {1:g} s is shorter than the window, {0:.6g} s"
_LONG_STEPS = "`sequence`: the steps take {0:.6g} s, longer than the period of {1:g} s"
_BLOCK = 1 << 16  # points that are priced at a time

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Use:
    """How a window is used: once a period, asleep between, or in a life."""

    period_s: float | None = None
    sleep: str = CLOCKED
    life: Life | None = None


@dataclass(frozen=True)
class _Ready:
    """All that pricing a part needs. `step_clocks`: the same at the clocks of a life's steps."""

    prepared: Prepared
    counted: Counted
    firmware: Firmware
    use: Use
    refused: str
    unrecorded: Unrecorded
    recorded_v: Floats
    step_clocks: Mapping[float, tuple[Prepared, Counted]]


@dataclass(frozen=True)
class _Points:
    """Points by their rows in the tables of a part, and what they come to: nothing where `reason` says why not."""

    at: NDArray[np.int64]
    memory: NDArray[np.int64]
    supply: NDArray[np.int64]
    window: NDArray[np.int64]
    reason: NDArray[Any]
    clock_hz: Floats
    cycles: Floats
    latency_s: Floats
    scale: Floats
    energy_uj: Floats
    left_on_uw: Floats


def write_points(
    columns: Columns,
    prepared: Prepared,
    firmware: Firmware,
    found: Mapping[MemorySettings, Window | str],
    use: Use,
) -> None:
    """Price a part, into columns of as many rows. `found`: its windows, or why there is none."""
    part, request, board = prepared.part, prepared.part.request, prepared.board
    recorded_v = recorded_supplies(board.id, board.power) if board.power else set()
    clocks = {clock for clock in (use.life.clocks_hz if use.life else ()) if clock is not None}
    others = {clock: prepared.at_clock(clock) for clock in clocks}
    ready = _Ready(
        prepared=prepared,
        counted=counted(prepared, found),
        firmware=firmware,
        use=use,
        refused=_refused(use, board.power),
        unrecorded=unrecorded(prepared, recorded_v, placed=firmware.placed),
        recorded_v=np.array(list(recorded_v), np.float64),
        step_clocks={clock: (other, counted(other, found)) for clock, other in others.items()},
    )
    write_subject(
        columns, request, request.board or board.id, request.benchmark or firmware.benchmark, firmware.kernels
    )
    for points, rows in _blocks(columns, part):
        write_knobs(rows, part, points, board, prepared.programmed, prepared.points, prepared.supplies)
        _write(rows, ready, points)


def write_illegal(columns: Columns, part: Part, reason: str) -> None:
    """Write a part whose firmware did not run for this reason, into columns of as many rows."""
    write_subject(columns, part.request, part.board, part.request.benchmark, part.request.kernels)
    columns["reason"][:] = reason
    for points, rows in _blocks(columns, part):
        write_asked(rows, part, points)


def needed(prepared: Prepared, use: Use) -> tuple[MemorySettings, ...]:
    """All settings that a part's points are counted under, at their own clocks and at those of a life's steps."""
    clocks = [clock for clock in (use.life.clocks_hz if use.life else ()) if clock is not None]
    parts = [prepared, *(prepared.at_clock(clock) for clock in clocks)]
    return tuple(dict.fromkeys(settings for each in parts for settings in each.needed()))


def _blocks(columns: Columns, part: Part) -> Iterator[tuple[NDArray[np.int64], Columns]]:
    """The points of a part and their rows, some at a time."""
    for start in range(0, part.size, _BLOCK):
        points = np.arange(start, min(start + _BLOCK, part.size))
        yield points, {name: column[start : start + len(points)] for name, column in columns.items()}


def _refused(use: Use, model: PowerModel | None) -> str:
    """Why a board can't be used so, else ""."""
    if model is None:
        return ""
    try:
        check_sleep_mode(model, use.sleep)
        if use.life is not None:
            check_life(use.life, model)
    except BadInput as error:
        return str(error)
    return ""


def _write(rows: Columns, ready: _Ready, points: NDArray[np.int64]) -> None:
    """Price some points of a part."""
    prepared, firmware, use = ready.prepared, ready.firmware, ready.use
    found = _priced(prepared, ready.counted, points)
    _say(found.reason, ready.refused)
    if use.period_s is not None:
        _too_long(found.reason, found.latency_s, use.period_s, _SHORT_PERIOD)
    if use.life is not None:
        _write_life(rows, ready, found, points)
    legal = found.reason == ""
    for values in (found.cycles, found.latency_s, found.energy_uj):
        values[~legal] = np.nan
    rows["reason"][:], rows["legal"][:] = found.reason, legal
    rows["cycles"][:], rows["latency_ms"][:] = found.cycles, found.latency_s * 1e3
    rows["flash_bytes"][legal], rows["ram_bytes"][legal] = firmware.flash_bytes, firmware.ram_bytes
    for end, ends in (("low", ready.counted.latency_low), ("high", ready.counted.latency_high)):
        rows[f"latency_{end}_ms"][:] = rows["latency_ms"] * (1 + ends[found.window])
    _write_priced(rows["priced"], ready.counted, found.window, legal)
    bits = ready.unrecorded.bits(found.at, found.memory, found.supply)
    kinds, which = np.unique(bits, return_inverse=True)
    texts = np.array([validity.text(each) for each in kinds.tolist()], object)
    rows["not_validated"][:], rows["validated"][:] = np.where(legal, texts[which], ""), legal & (bits == 0)
    if prepared.board.power is not None and not ready.refused:
        _write_energy(rows, ready, found, prepared.board.power)


def _priced(prepared: Prepared, counts: Counted, points: NDArray[np.int64]) -> _Points:
    """What points come to. Of those that are illegal numbers may be left, behind which there is nothing."""
    part, table, supplies = prepared.part, prepared.points, prepared.supplies
    at, memory, supply = (part.codes(names, points) for names in (OPERATING, MEMORY, SUPPLY))
    source, reason = table.source[at], table.reason[at]
    _say(reason, supplies.reason[source, supply])
    if prepared.board.power is not None:
        asked = np.array([value is not None for value in part.axes["supply_v"]])[supply]
        _say(reason, np.where(asked, table.unpriced[at], ""))
    _say(reason, prepared.memories.reason[memory])
    here = np.flatnonzero(reason == "")
    window = np.zeros(len(points), np.int64)
    window[here] = counts.window[memory[here], np.searchsorted(counts.waits, table.wait_states[at[here]])]
    reason[here] = counts.reason[window[here]]
    clock_hz, cycles, scale = table.clock_hz[at], counts.cycles[window], supplies.scale[source, supply]
    latency_s, energy_uj = cycles / clock_hz, np.full(len(points), np.nan)
    others = prepared.left_on
    left_on_uw = scale * others.core_total * clock_hz * 1e-6 + others.ua_total * supplies.volts[supply]
    if (model := prepared.board.power) is not None:
        constant_uw = scale * model.static_uw + left_on_uw
        energy_uj = scale * model.unit_pj * counts.event_units[window] * 1e-6 + constant_uw * latency_s
    return _Points(at, memory, supply, window, reason, clock_hz, cycles, latency_s, scale, energy_uj, left_on_uw)


def _say(reason: NDArray[Any], others: NDArray[Any] | str) -> None:
    """Give those that have no reason yet another one."""
    silent = reason == ""
    reason[silent] = others if isinstance(others, str) else others[silent]


def _too_long(reason: NDArray[Any], taken_s: Floats, period_s: float, text: str) -> None:
    """A period must hold what it is of."""
    beyond = np.flatnonzero((taken_s > period_s) & (reason == ""))
    lengths, which = np.unique(taken_s[beyond], return_inverse=True)
    reason[beyond] = np.array([text.format(each, period_s) for each in lengths.tolist()] or [""], object)[which]


def _write_ends(rows: Columns, ends: str, of: str, here: NDArray[np.bool_], interval: Interval | None) -> None:
    """The ends of an interval around the values of a column, in the rows `here`; None: not known."""
    for end in ("low", "high"):
        if interval is not None:
            rows[ends.format(end)][here] = rows[of][here] * (1 + getattr(interval, end))


def _write_priced(priced: NDArray[Any], counts: Counted, window: NDArray[np.int64], legal: NDArray[np.bool_]) -> None:
    """Say of each legal point how it was priced: the first one of a window stands for its execution."""
    rows = np.flatnonzero(legal)
    priced[rows] = FROM_PROFILE
    windows, first = np.unique(window[rows], return_index=True)
    priced[rows[first[~counts.seen[windows]]]] = EXECUTED
    counts.seen[windows] = True


def _write_energy(rows: Columns, ready: _Ready, found: _Points, model: PowerModel) -> None:
    """Energies, their intervals and mean powers, as `simtiny.energy.energy` and `simtiny.duty` give them."""
    use = ready.use
    rows["energy_uj"][:] = found.energy_uj
    power_mw = found.energy_uj * 1e-3 / found.latency_s
    if use.period_s is not None:
        duty = found.latency_s / use.period_s
        if use.sleep == CLOCKED:
            sleep_mw = clocked_power_mw(model, found.scale, found.clock_hz, found.left_on_uw)
        else:
            sleep_mw = model.sleep_modes[use.sleep].current_ua * rows["supply_v"] * 1e-3
        power_mw = duty * power_mw + (1 - duty) * sleep_mw
    rows["mean_power_mw"][:] = power_mw
    other_supply = ~np.isin(rows["supply_v"], ready.recorded_v)
    linear, other_point = rows["regulator"] == LDO, ready.prepared.points.other[found.at]
    no_cache = rows["instruction_cache"] == "off"
    for supply_differs, is_linear, point_differs, cache_off in product((False, True), repeat=4):
        here = (other_supply == supply_differs) & (linear == is_linear) & (other_point == point_differs)
        here &= no_cache == cache_off
        at = replace(ready.prepared.programmed, instruction_cache=not cache_off)
        interval = energy_interval(
            model.half_width,
            calibrated=by_own_measurements(model),
            stack_known=ready.firmware.stack_known,
            other_supply=supply_differs,
            linear=is_linear,
            other_point=point_differs,
            data_sheet=model.data_sheet,
            too_high=known_energy_bias(ready.prepared.board, at) is not None,
        )
        _write_ends(rows, "energy_{}_uj", "energy_uj", here, interval)


def _write_life(rows: Columns, ready: _Ready, found: _Points, points: NDArray[np.int64]) -> None:
    """Mean current and days of battery; a life that a point can't live is illegal."""
    life, model = ready.use.life, ready.prepared.board.power
    assert life is not None
    if model is None or ready.refused:
        return
    windows: dict[float | None, Windows] = {None: _windows(ready.prepared, found)}
    for clock, (prepared, counts) in ready.step_clocks.items():
        other = _priced(prepared, counts, points)
        _say(found.reason, np.where(other.reason == "", "", f"`sequence`: at {clock / 1e6:g} MHz: " + other.reason))
        windows[clock] = _windows(prepared, other)
    lived = lived_columns(life, model, windows)
    _too_long(found.reason, lived.steps_s, life.period_s, _LONG_STEPS)
    legal = found.reason == ""
    rows["mean_current_ua"][legal] = lived.mean_current_ua[legal]
    rows["battery_days"][legal] = lived.battery_days[legal]


def _windows(prepared: Prepared, found: _Points) -> Windows:
    source = prepared.points.source[found.at]
    core_v = np.array([*(volts for _, volts in prepared.points.sources), np.nan])
    return Windows(
        clock_hz=found.clock_hz,
        supply_v=prepared.supplies.volts[found.supply],
        core_v=core_v[source],
        efficiency=prepared.supplies.efficiency[source, found.supply],
        latency_s=found.latency_s,
        energy_uj=found.energy_uj,
        left_on_uw=found.left_on_uw,
    )
