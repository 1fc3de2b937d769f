"""The one pricing step: a profile on its board becomes cycles, time and energy, at one operating point and supply."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from simtiny.board import Board, power_model
from simtiny.consumers import left_on
from simtiny.duty import DutyCycle, duty_cycle, sleep_power_mw
from simtiny.energy import LEFT_ON, EnergyEstimate, energy
from simtiny.errors import Unpriced
from simtiny.estimate import Estimate, estimate
from simtiny.events import EventCounts
from simtiny.operating_point import AS_PROGRAMMED, USUAL_SUPPLY, Overrides, Supply, overridden
from simtiny.power import SupplyPoint, supply_point
from simtiny.profile_file import consistent
from simtiny.profiles import OperatingPoint, Profile
from simtiny.timing.models import MODELS

NO_POWER_MODEL = "energy is not estimated: the board's platform file has no power model"


@dataclass(frozen=True)
class Consumption:
    """What a window drew, and at which voltages. `duty_cycle`: of its repetition, where a period was asked for."""

    supply: SupplyPoint
    energy: EnergyEstimate
    duty_cycle: DutyCycle | None = None


@dataclass(frozen=True)
class Priced:
    """A window at an operating point. `consumption` is None where `why_not` says why its energy is not known.

    `layers`: of the parts of the window that were priced with it.
    """

    point: OperatingPoint
    estimate: Estimate
    consumption: Consumption | None
    why_not: str | None = None
    layers: tuple[Estimate, ...] = ()


def price_run(
    profile: Profile,
    board: Board,
    overrides: Overrides = AS_PROGRAMMED,
    supply: Supply = USUAL_SUPPLY,
    layers: Sequence[Profile] = (),
) -> Priced:
    """Cycles, time and energy of a profile on its board, and cycles of its `layers`.

    It has to be counted at the wait states that the overrides come to: ValueError for any other. Raises BadInput for an
    operating point or a supply that the chip does not allow, Unpriced for an instruction that the core's model does not
    know, or where a supply was asked for and the energy can't be known.
    """
    point = priced_point(profile, overrides, board)
    found, parts = estimate_at(profile, board, point), tuple(estimate_at(layer, board, point) for layer in layers)
    try:
        if not board.power:
            raise Unpriced(NO_POWER_MODEL)
        consumption = consumed(board, point, found.events, found.latency_s, supply)
    except Unpriced as error:
        if supply != USUAL_SUPPLY:
            raise
        return Priced(point, found, None, str(error), parts)
    return Priced(point, found, consumption, layers=parts)


def priced_point(profile: Profile, overrides: Overrides, board: Board) -> OperatingPoint:
    """The operating point at which a profile is priced: as counted, with the overrides. Raises as `price_run`."""
    there, counted = overridden(profile.programmed, overrides, board), profile.operating_point
    if there.wait_states != counted.wait_states:
        raise ValueError(f"counted at {counted.wait_states} wait states, not at {there.wait_states}")
    return replace(counted, clock_hz=there.clock_hz, voltage_range=there.voltage_range, regulator=there.regulator)


def agrees(profiles: Sequence[Profile], priced: Priced) -> bool:
    """Whether each profile of a window and its layers, `priced`, has the cycles of its core's rules, and took any."""
    estimates = (priced.estimate, *priced.layers)
    return all(
        consistent(profile, found.cycles) and profile.cycles > 0
        for profile, found in zip(profiles, estimates, strict=True)
    )


def estimate_at(profile: Profile, board: Board, point: OperatingPoint) -> Estimate:
    """Cycles and time of a profile on its board's core at a point's clock. Raises Unpriced as `estimate` does."""
    return estimate(profile, MODELS[board.core], clock_hz=point.clock_hz)


def consumed(board: Board, point: OperatingPoint, events: EventCounts, latency_s: float, supply: Supply) -> Consumption:
    """What a window with these events that took `latency_s` draws at an operating point, with what else is on there.

    Raises BadInput for a supply outside the chip's limits, Unpriced for a point that its data sheet does not know.
    """
    model = power_model(board)
    at = supply_point(model, point, supply.supply_v)
    others = left_on(board.consumers, point.switched_on, model.reference_core_v)
    window = energy(events, latency_s, model, at, others, point.clock_hz)
    if supply.period_s is None:
        return Consumption(at, window)
    left_on_uw = window.by_event_uj[LEFT_ON] / latency_s if latency_s else 0.0
    sleep_mw = sleep_power_mw(model, at, point.clock_hz, supply.sleep_mode, left_on_uw)
    return Consumption(at, window, duty_cycle(window, latency_s, supply.period_s, sleep_mw, supply.sleep_mode))
