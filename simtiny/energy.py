"""Energy of a window of execution: what its events cost, and what the chip draws all the while.

Events cost energy in the core at its voltage, in proportion to its square; the regulator divides by its efficiency.
Units: events in counts, energies in picojoules (pJ) and microjoules (uJ), powers in microwatts and milliwatts.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from math import fsum
from typing import TYPE_CHECKING, TypeVar

from simtiny.consumers import LeftOn, powers_uw
from simtiny.errors import Unpriced
from simtiny.events import EVENTS, EventCounts
from simtiny.intervals import Interval
from simtiny.power import SupplyPoint
from simtiny.power_model import PowerModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STATIC = "static"
LEFT_ON = "left_on"
Number = TypeVar("Number", float, "NDArray[np.float64]")


@dataclass(frozen=True)
class EnergyEstimate:
    """Energy drawn at the supply pins. `energy_low_uj` and `energy_high_uj`: ends of its 90 % interval.

    `uncertainty_uj`: the distance of the farther end. All three are None where too little is known for an interval.
    `interval_basis`: what it follows from. `by_event_uj`: its parts by name of the event, "static", and "left_on" for
    what else is switched on. They sum up to `energy_uj`. `left_on_uj`: parts of the last by name of the consumer; None
    where it is not known what is on, of which nothing is in `energy_uj` then. `data_sheet`: the power model is made of
    a data sheet's currents, not measured.
    """

    energy_uj: float
    uncertainty_uj: float | None
    mean_power_mw: float
    supply_v: float
    calibrated_on: tuple[str, ...]
    core_v: float = 0.0
    regulator: str = ""
    by_event_uj: Mapping[str, float] = field(default_factory=dict)
    energy_low_uj: float | None = None
    energy_high_uj: float | None = None
    interval_basis: str = ""
    left_on_uj: Mapping[str, float] | None = None
    data_sheet: bool = False


def energy(
    events: EventCounts,
    latency_s: float,
    model: PowerModel,
    supply: SupplyPoint,
    left_on: LeftOn | None = None,
    clock_hz: float = 0.0,
) -> EnergyEstimate:
    """Energy of a window with these events that took `latency_s`. `left_on`: what else was on, at a core clock.

    Raises Unpriced for an event without a weight.
    """
    missing = [name for name in EVENTS if name not in model.weights]
    if missing:
        raise Unpriced(f"no energy for {', '.join(missing)} in [power.weights]")
    scale = supply_scale(model, supply)
    parts = {name: scale * model.unit_pj * model.weights[name] * count * 1e-6 for name, count in asdict(events).items()}
    parts[STATIC] = scale * model.static_uw * latency_s
    others_uw = {} if left_on is None else powers_uw(left_on, scale, clock_hz, supply.supply_v)
    left_on_uj = {name: power_uw * latency_s for name, power_uw in others_uw.items()}
    parts[LEFT_ON] = fsum(left_on_uj.values())
    energy_uj = fsum(parts.values())
    return EnergyEstimate(
        energy_uj=energy_uj,
        uncertainty_uj=None,
        mean_power_mw=energy_uj * 1e-3 / latency_s if latency_s else 0.0,
        supply_v=supply.supply_v,
        calibrated_on=model.calibrated_on,
        core_v=supply.core_v,
        regulator=supply.regulator,
        by_event_uj=parts,
        left_on_uj=None if left_on is None else left_on_uj,
        data_sheet=model.data_sheet,
    )


def constant_uj(found: EnergyEstimate) -> float:
    """What was drawn all the while, whatever ran: static power, and what else is switched on."""
    return found.by_event_uj[STATIC] + found.by_event_uj[LEFT_ON]


def with_interval(found: EnergyEstimate, interval: Interval | None) -> EnergyEstimate:
    """The estimate with the ends of an interval relative to it; None: it can't be told."""
    if interval is None:
        basis = "too few points were fitted to tell"
        return replace(found, uncertainty_uj=None, energy_low_uj=None, energy_high_uj=None, interval_basis=basis)
    low_uj, high_uj = interval.around(found.energy_uj)
    return replace(
        found,
        uncertainty_uj=found.energy_uj * interval.half_width,
        energy_low_uj=low_uj,
        energy_high_uj=high_uj,
        interval_basis=interval.basis,
    )


def supply_scale(model: PowerModel, supply: SupplyPoint) -> float:
    """Energy at the supply pins over the energy of the same events in the core at `reference_core_v`."""
    return scale_at(model, supply.core_v, supply.efficiency)


def scale_at(model: PowerModel, core_v: Number, efficiency: Number) -> Number:
    """`supply_scale` of these voltages and efficiencies: numbers, or arrays of one shape."""
    return (core_v / model.reference_core_v) ** 2 / efficiency
