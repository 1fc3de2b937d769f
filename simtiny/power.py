"""The points at which a power model may run, and what contradicts itself in one.

The core draws its energy at the core voltage, behind a regulator. A linear regulator (LDO) passes the core's current
on, so that its efficiency is the ratio of the voltages; a switched one (SMPS) has a measured curve.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtiny.errors import BadInput, Unpriced, unknown
from simtiny.event_counts import EVENTS
from simtiny.power_model import CLOCKED, PowerModel

if TYPE_CHECKING:
    from simtiny.profiles import OperatingPoint

LDO = "ldo"
_MOST = 1e9
"""Of a coefficient in its own unit: beyond it, no energy could be told."""


@dataclass(frozen=True)
class SupplyPoint:
    """Voltages and regulator of a run. `efficiency`: energy in the core over energy at the supply pins."""

    supply_v: float
    core_v: float
    regulator: str
    efficiency: float


def supply_point(
    model: PowerModel, point: "OperatingPoint", supply_v: float | None = None, regulator: str | None = None
) -> SupplyPoint:
    """The voltages at an operating point. `supply_v` and `regulator` take the place of the board's and the image's.

    Raises BadInput for a supply outside the chip's limits, Unpriced for a point that its data sheet does not know.
    """
    volts = model.supply_v if supply_v is None else supply_v
    check_supply(model, volts)
    chosen = regulator or point.regulator
    rows = [row for row in model.core if row.voltage_range == point.voltage_range and chosen in ("", row.regulator)]
    if not rows:
        known = ", ".join(sorted({f"{row.voltage_range} ({row.regulator})" for row in model.core}))
        wanted = f"{point.voltage_range} ({chosen or 'any regulator'})"
        raise Unpriced(f"no core voltage is known for voltage range {wanted}: known are {known}")
    row = next((row for row in rows if point.clock_hz <= row.max_core_hz), None)
    if row is None:
        highest = max(row.max_core_hz for row in rows)
        raise Unpriced(
            f"{point.clock_hz / 1e6:g} MHz is above the {highest / 1e6:g} MHz of voltage range {point.voltage_range}"
        )
    return SupplyPoint(volts, row.core_v, row.regulator, efficiency(model, row.regulator, row.core_v, volts))


def check_supply(model: PowerModel, supply_v: float) -> None:
    """Raise BadInput for a supply outside the chip's limits."""
    low, high = model.supply_limits_v
    if not low <= supply_v <= high:
        raise BadInput(f"a supply of {supply_v:g} V is outside the chip's limits, {low:g} to {high:g} V")


def check_sleep_mode(model: PowerModel, mode: str) -> None:
    """Raise BadInput for a sleep mode that the platform file does not have."""
    known = (CLOCKED, *sorted(model.sleep_modes))
    if mode not in known:
        raise unknown("sleep mode", mode, known)


def efficiency(model: PowerModel, regulator: str, core_v: float, supply_v: float) -> float:
    """Energy in the core over energy at the supply pins."""
    if regulator == LDO:
        return core_v / supply_v
    import numpy as np  # reading a platform file needs the rest of this module alone, and should be quick

    volts, values = zip(*model.efficiency[regulator], strict=True)
    return float(np.interp(supply_v, volts, values))


def contradiction(model: PowerModel) -> str | None:
    """What is wrong with a power model that a file describes, None if it holds together."""
    return _wrong_supply(model) or _wrong_coefficient(model) or _wrong_sleep_mode(model)


def _wrong_supply(model: PowerModel) -> str | None:
    low, high = model.supply_limits_v
    if not 0 < low <= model.supply_v <= high:
        return f"supply_v {model.supply_v:g} is outside supply_limits_v, {low:g} to {high:g}"
    for row in model.core:
        if row.core_v <= 0 or row.max_core_hz <= 0:
            return "core: core_v and max_core_hz must be positive"
        if row.regulator == LDO and row.core_v > low:
            return f"core: an LDO can't make {row.core_v:g} V of the lowest supply, {low:g} V"
        if row.regulator != LDO and not model.efficiency.get(row.regulator):
            return f"no efficiency for the regulator {row.regulator}"
    for name, points in model.efficiency.items():
        if any(not 0 < value <= 1 for _, value in points) or sorted(points) != list(points):
            return f"efficiency.{name}: points (supply, efficiency) by rising supply, efficiencies up to 1"
    return None


def _wrong_coefficient(model: PowerModel) -> str | None:
    for name, weight in model.weights.items():
        if weight < 0:
            return f"weights.{name} is negative"
        if name not in EVENTS:
            return f"weights.{name}: there is no such event. Known: {', '.join(EVENTS)}"
    missing = [name for name in EVENTS if name not in model.weights]
    if missing:
        return f"weights: no {', '.join(missing)}"
    for name in ("reference_core_v", "unit_pj", "relative_uncertainty"):
        value = getattr(model, name)
        if value != "unknown" and not 0 < value <= _MOST:
            return f"{name} must be positive, and {_MOST:g} at most"
    if not 0 <= model.static_uw <= _MOST:
        return f"static_uw must be from 0 to {_MOST:g}"
    return None


def _wrong_sleep_mode(model: PowerModel) -> str | None:
    for name, mode in model.sleep_modes.items():
        if name == CLOCKED:
            return f"sleep_modes.{name}: this is the name of WFI with the clocks on: choose another"
        if mode.current_ua < 0:
            return f"sleep_modes.{name}: current_ua is negative"
    return None
