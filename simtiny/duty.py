"""Mean power of an application that runs a window once a period and sleeps between. Powers in milliwatts."""

from dataclasses import dataclass, replace

from simtiny.energy import EnergyEstimate, Number, supply_scale
from simtiny.errors import BadInput
from simtiny.power import SupplyPoint, check_sleep_mode
from simtiny.power_model import CLOCKED, PowerModel


@dataclass(frozen=True)
class DutyCycle:
    """A window that repeats. `mean_power_low_mw` and `mean_power_high_mw`: ends of the 90 % interval of the mean power.

    `uncertainty_mw`: the distance of the farther end. They are of the window's part only, and None where it has none.
    """

    period_s: float
    sleep_mode: str
    duty: float
    window_mw: float
    sleep_mw: float
    mean_power_mw: float
    uncertainty_mw: float | None = None
    mean_power_low_mw: float | None = None
    mean_power_high_mw: float | None = None


def sleep_power_mw(
    model: PowerModel, supply: SupplyPoint, clock_hz: float, mode: str, left_on_uw: float = 0.0
) -> float:
    """Power at the supply pins in a sleep mode: `clocked`, or one of the platform file's.

    `left_on_uw`: of what else is on, at the supply pins. It goes on in the first one; the others stop the clocks.
    """
    if mode == CLOCKED:
        return clocked_power_mw(model, supply_scale(model, supply), clock_hz, left_on_uw)
    check_sleep_mode(model, mode)
    return model.sleep_modes[mode].current_ua * supply.supply_v * 1e-3


def clocked_power_mw(model: PowerModel, scale: Number, clock_hz: Number, left_on_uw: Number) -> Number:
    """Power at the supply pins in WFI with the clocks on: numbers, or arrays of one shape. `scale`: `supply_scale`."""
    core_uw = model.unit_pj * model.weights["sleeping"] * clock_hz * 1e-6 + model.static_uw
    return (scale * core_uw + left_on_uw) * 1e-3


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
    )


def with_interval(cycle: DutyCycle, window: EnergyEstimate) -> DutyCycle:
    """The duty cycle with the interval of its window."""
    if window.uncertainty_uj is None or window.energy_low_uj is None or window.energy_high_uj is None:
        return cycle
    per_uj = 1e-3 / cycle.period_s
    return replace(
        cycle,
        uncertainty_mw=window.uncertainty_uj * per_uj,
        mean_power_low_mw=cycle.mean_power_mw - (window.energy_uj - window.energy_low_uj) * per_uj,
        mean_power_high_mw=cycle.mean_power_mw + (window.energy_high_uj - window.energy_uj) * per_uj,
    )
