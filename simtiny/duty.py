"""Mean power of an application that runs a window once a period and sleeps between. Powers in milliwatts."""

from dataclasses import dataclass

from simtiny.energy import EnergyEstimate, supply_scale
from simtiny.errors import BadInput
from simtiny.power import SupplyPoint, check_sleep_mode
from simtiny.power_model import CLOCKED, PowerModel


@dataclass(frozen=True)
class DutyCycle:
    """A window that repeats. `uncertainty_mw`: half width of the 90 % interval; it holds for the window's part only."""

    period_s: float
    sleep_mode: str
    duty: float
    window_mw: float
    sleep_mw: float
    mean_power_mw: float
    uncertainty_mw: float


def sleep_power_mw(model: PowerModel, supply: SupplyPoint, clock_hz: float, mode: str) -> float:
    """Power at the supply pins in a sleep mode: `clocked`, or one of the platform file's."""
    if mode == CLOCKED:
        core_uw = model.unit_pj * model.weights["sleeping"] * clock_hz * 1e-6 + model.static_uw
        return supply_scale(model, supply) * core_uw * 1e-3
    check_sleep_mode(model, mode)
    return model.sleep_modes[mode].current_ua * supply.supply_v * 1e-3


def duty_cycle(
    window: EnergyEstimate, latency_s: float, period_s: float, sleep_mw: float, sleep_mode: str
) -> DutyCycle:
    """Mean power of an application that runs the window once a period and sleeps between.

    Waking up takes no time and no energy. Raises BadInput for a period shorter than the window.
    """
    if period_s < latency_s:
        raise BadInput(f"a period of {period_s:g} s is shorter than the window, {latency_s:.6g} s")
    duty = latency_s / period_s
    return DutyCycle(
        period_s=period_s,
        sleep_mode=sleep_mode,
        duty=duty,
        window_mw=window.mean_power_mw,
        sleep_mw=sleep_mw,
        mean_power_mw=duty * window.mean_power_mw + (1 - duty) * sleep_mw,
        uncertainty_mw=window.uncertainty_uj * 1e-3 / period_s,
    )
