"""What becomes of a life: what each of its steps draws in one period, and what follows from it.

The chip infers, senses, sends and sleeps; what each step draws is added up over one period.
Units: seconds, hertz, volts; currents in microamperes and milliamperes at the supply pins, charges in microcoulombs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np
from numpy.typing import NDArray

from simtiny.duty import clocked_power_mw
from simtiny.energy import LEFT_ON, EnergyEstimate, scale_at
from simtiny.life import INFER, REST, ROUNDING, RUN, Battery, Life, Step, check_period
from simtiny.power import SupplyPoint
from simtiny.power_model import CLOCKED, PowerModel

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Window:
    """An inference, or what else is measured, as it was priced at one clock."""

    clock_hz: float
    latency_s: float
    supply: SupplyPoint
    energy: EnergyEstimate


@dataclass(frozen=True)
class Windows:
    """The same at many points: arrays of one length, a row a point.

    `efficiency`: of the regulator. `left_on_uw`: what of the energy is of consumers beside core and memories, as power.
    """

    clock_hz: Floats
    supply_v: Floats
    core_v: Floats
    efficiency: Floats
    latency_s: Floats
    energy_uj: Floats
    left_on_uw: Floats

    @property
    def awake_uw(self) -> Floats:
        """What the core draws awake: the mean power of the inference."""
        return self.energy_uj / self.latency_s


@dataclass(frozen=True)
class LifeStep:
    """What became of a step in one period. `clock_hz`: None where the clocks are off. `share`: of the charge, 0 to 1.

    `energy_uj` is drawn at the supply pins and by what is beside the chip.
    """

    name: str
    mode: str
    what: str
    clock_hz: float | None
    duration_s: float
    current_ma: float
    charge_uc: float
    energy_uj: float
    share: float


@dataclass(frozen=True)
class LifeResult:
    """One period, step by step, and what follows from it.

    The intervals are those of the inferences' energy alone; None where it has none. `battery_days`: None without a
    battery. `notes`: what was taken for granted.
    """

    period_s: float
    supply_v: float
    steps: tuple[LifeStep, ...]
    mean_current_ua: float
    mean_current_low_ua: float | None
    mean_current_high_ua: float | None
    mean_power_mw: float
    battery: Battery | None
    battery_days: float | None
    battery_days_low: float | None
    battery_days_high: float | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class LifeColumns:
    """A life at many points, a row a point. `steps_s`: how long the steps take in all.

    `mean_current_ua` and `battery_days` are NaN where `steps_s` is longer than the period or no energy is known, and
    `battery_days` where there is no battery.
    """

    steps_s: Floats
    mean_current_ua: Floats
    battery_days: Floats


def lived(life: Life, model: PowerModel, windows: Mapping[float | None, Window]) -> LifeResult:
    """One period of a life. `windows`: by clock, as `Life.clocks_hz` asks for them; None: that of the run.

    Raises BadInput for steps that take longer than the period.
    """
    rows = {clock: _row(window) for clock, window in windows.items()}
    drawn = [(float(duration[0]), float(energy[0])) for duration, energy in _drawn(life, model, rows)]
    check_period(life, fsum(duration for duration, _ in drawn[:-1]), "the steps take")
    supply_v = windows[None].supply.supply_v
    charge_uc = fsum(energy for _, energy in drawn) / supply_v
    named = [*life.steps, Step(REST, life.sleep_mode, None, what="until the next period")]
    steps = tuple(
        LifeStep(
            name=step.name,
            mode=step.mode,
            what=step.what,
            clock_hz=windows[step.clock_hz].clock_hz if step.mode in (INFER, RUN, CLOCKED) else None,
            duration_s=duration_s,
            current_ma=energy_uj / supply_v / duration_s * 1e-3,
            charge_uc=energy_uj / supply_v,
            energy_uj=energy_uj,
            share=energy_uj / supply_v / charge_uc if charge_uc else 0.0,
        )
        for step, (duration_s, energy_uj) in zip(named, drawn, strict=True)
        if duration_s > 0
    )
    mean_ua, ends_ua = charge_uc / life.period_s, _ends_uc(life, windows, supply_v)
    low_ua, high_ua = (None, None) if ends_ua is None else (mean_ua + end / life.period_s for end in ends_ua)
    days = None if life.battery is None else life.battery.days
    return LifeResult(
        period_s=life.period_s,
        supply_v=supply_v,
        steps=steps,
        mean_current_ua=mean_ua,
        mean_current_low_ua=low_ua,
        mean_current_high_ua=high_ua,
        mean_power_mw=mean_ua * supply_v * 1e-3,
        battery=life.battery,
        battery_days=days and days(mean_ua),
        battery_days_low=None if days is None or high_ua is None else days(high_ua),
        battery_days_high=None if days is None or low_ua is None else days(low_ua),
        notes=_notes(life, model, supply_v),
    )


def lived_columns(life: Life, model: PowerModel, windows: Mapping[float | None, Windows]) -> LifeColumns:
    """`lived` for many points of one board, such as those of a sweep: columns `mean_current_ua` and `battery_days`.

    `windows`: the points' inferences, by clock as `Life.clocks_hz` asks for them: under None at each point's own clock,
    and at the same points with the clock of each step that has one. A figure that is not known is NaN.
    """
    drawn = _drawn(life, model, windows)
    steps_s = np.sum([duration for duration, _ in drawn[:-1]], axis=0)
    mean_ua = np.sum([energy for _, energy in drawn], axis=0) / windows[None].supply_v / life.period_s
    mean_ua = np.where(steps_s <= life.period_s * (1 + ROUNDING), mean_ua, np.nan)
    battery = life.battery
    if battery is None:
        return LifeColumns(steps_s, mean_ua, np.full_like(mean_ua, np.nan))
    with np.errstate(divide="ignore"):
        days = battery.capacity_mah * 1e3 * battery.usable / (mean_ua + battery.self_discharge_ua) / 24
    return LifeColumns(steps_s, mean_ua, days)


def _drawn(life: Life, model: PowerModel, windows: Mapping[float | None, Windows]) -> list[tuple[Floats, Floats]]:
    """Duration in seconds and energy in microjoules of each step, and of the rest of the period at the end."""
    drawn = []
    for step in life.steps:
        duration_s, energy_uj = _of_the_chip(step, model, windows[step.clock_hz])
        extra_uw = (step.extra_ma + life.extra_ma) * 1e3 * windows[None].supply_v
        drawn.append((duration_s, energy_uj + extra_uw * duration_s))
    rest_s = np.maximum(life.period_s - np.sum([duration for duration, _ in drawn], axis=0), 0.0)
    rest_uw = _asleep_uw(life.sleep_mode, model, windows[None]) + life.extra_ma * 1e3 * windows[None].supply_v
    return [*drawn, (rest_s, rest_uw * rest_s)]


def _of_the_chip(step: Step, model: PowerModel, window: Windows) -> tuple[Floats, Floats]:
    """Duration and energy of a step, without what is beside the chip. It wakes up as it runs."""
    waking_uj = step.wake_s * window.awake_uw
    if step.duration_s is None:
        return step.times * window.latency_s + step.wake_s, step.times * window.energy_uj + waking_uj
    uw = window.awake_uw if step.mode == RUN else _asleep_uw(step.mode, model, window)
    return np.full_like(window.latency_s, step.duration_s + step.wake_s), step.duration_s * uw + waking_uj


def _asleep_uw(mode: str, model: PowerModel, window: Windows) -> Floats:
    """As `simtiny.duty.sleep_power_mw`, of many points."""
    if mode == CLOCKED:
        scale = scale_at(model, window.core_v, window.efficiency)
        return clocked_power_mw(model, scale, window.clock_hz, window.left_on_uw) * 1e3
    return model.sleep_modes[mode].current_ua * window.supply_v


def _row(window: Window) -> Windows:
    supply = window.supply
    figures = window.clock_hz, supply.supply_v, supply.core_v, supply.efficiency, window.latency_s
    left_on_uw = window.energy.by_event_uj[LEFT_ON] / window.latency_s
    return Windows(*(np.array([figure]) for figure in (*figures, window.energy.energy_uj, left_on_uw)))


def _ends_uc(life: Life, windows: Mapping[float | None, Window], supply_v: float) -> tuple[float, float] | None:
    """How far the ends of the inferences' intervals lie from them, in charge a period."""
    below, above = [], []
    for step in life.steps:
        found = windows[step.clock_hz].energy
        if step.mode == INFER:
            if found.energy_low_uj is None or found.energy_high_uj is None:
                return None
            below.append(step.times * (found.energy_low_uj - found.energy_uj) / supply_v)
            above.append(step.times * (found.energy_high_uj - found.energy_uj) / supply_v)
    return fsum(below), fsum(above)


def _notes(life: Life, model: PowerModel, supply_v: float) -> tuple[str, ...]:
    modes = dict.fromkeys([*(step.mode for step in life.steps), life.sleep_mode])
    sources = [
        f"{mode} draws {model.sleep_modes[mode].current_ua:g} uA ({model.sleep_modes[mode].source})"
        for mode in modes
        if mode in model.sleep_modes
    ]
    running = [step.name for step in life.steps if step.mode == RUN or (step.wake_s and step.mode != INFER)]
    awake = f"awake without inferring ({', '.join(running)}) the chip is taken to draw the inference's mean power"
    unwoken = [step.name for step in life.steps if step.mode in (INFER, RUN) and not step.wake_s]
    waking = f"waking up takes no time and no energy ({', '.join(unwoken)}): `wake_us` of a step says otherwise"
    return (
        *sources,
        *([f"{awake}: nobody has measured that code"] if running else []),
        *([waking] if unwoken else []),
        f"currents are at the chip's supply of {supply_v:g} V: a converter before it is not counted",
        *_battery_notes(life.battery),
    )


def _battery_notes(battery: Battery | None) -> Sequence[str]:
    if battery is None:
        return ()
    lost = battery.self_discharge_percent_per_year
    own = f"it loses {lost:g} % of it a year by itself ({battery.self_discharge_ua:.3g} uA)"
    return (
        f"battery: nominally {battery.capacity_mah:g} mAh, {battery.usable:.0%} of it usable; "
        f"{own if lost else 'no self-discharge is counted'}; no derating for temperature, peak currents or age",
    )
