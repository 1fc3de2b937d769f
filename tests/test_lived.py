"""Lives worked out by hand, from test_energy's model with round numbers: 0.1 s at 22 mW, which are 11 mA at 2 V."""

from dataclasses import replace
from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtiny.duty import duty_cycle, sleep_power_mw
from simtiny.duty import with_interval as with_duty_interval
from simtiny.energy import energy, with_interval
from simtiny.errors import BadInput
from simtiny.intervals import Interval
from simtiny.life import INFER, RUN, Battery, Life, Step, check_life
from simtiny.lived import Window, Windows, lived, lived_columns
from simtiny.power import supply_point
from simtiny.power_model import CLOCKED
from tests.test_energy import AT_80_MHZ, EVENTS, MODEL

AT = supply_point(MODEL, AT_80_MHZ)
ENERGY = with_interval(energy(EVENTS, 0.1, MODEL, AT), Interval(-0.1, 0.5, "a reason"))
WINDOW = Window(80e6, 0.1, AT, ENERGY)
INFERENCE = Step("infer", INFER, None)
SENSE = Step("sense", "stop", 0.02, extra_ma=0.6)
SEND = Step("send", RUN, 0.026, extra_ma=12.0, wake_s=0.004)
BATTERY = Battery(220.0, usable=0.85, self_discharge_percent_per_year=1.0)
LIFE = Life(10.0, (SENSE, INFERENCE, SEND), "stop", battery=BATTERY)


def test_a_life_by_hand() -> None:
    found = lived(LIFE, MODEL, {None: WINDOW})
    sense, infer, send, asleep = found.steps
    assert sense.current_ma == pytest.approx(0.605)  # 5 uA of stop mode, and the sensor's 0.6 mA
    assert sense.charge_uc == pytest.approx(12.1)
    assert (sense.clock_hz, infer.clock_hz) == (None, 80e6)
    assert infer.current_ma == pytest.approx(11.0)
    assert infer.charge_uc == pytest.approx(1100.0)
    assert infer.energy_uj == pytest.approx(2200.0)
    assert send.duration_s == pytest.approx(0.03)
    assert send.current_ma == pytest.approx(23.0)  # as the inference, and the radio
    assert send.charge_uc == pytest.approx(690.0)
    assert asleep.duration_s == pytest.approx(9.85)
    assert asleep.charge_uc == pytest.approx(49.25)
    charge_uc = 12.1 + 1100 + 690 + 49.25
    assert send.share == pytest.approx(690 / charge_uc)
    assert found.mean_current_ua == pytest.approx(charge_uc / 10)
    assert found.mean_power_mw == pytest.approx(charge_uc / 10 * 2e-3)
    own_ua = 220e3 * 0.01 / 8760  # 1 % of 220 mAh a year
    assert found.battery_days == pytest.approx(220e3 * 0.85 / (185.135 + own_ua) / 24)
    # The interval is the inference's: 10 % of its 1100 uC less, or 50 % more.
    assert found.mean_current_low_ua == pytest.approx((charge_uc - 110) / 10)
    assert found.mean_current_high_ua == pytest.approx((charge_uc + 550) / 10)
    assert found.battery_days_low == pytest.approx(BATTERY.days((charge_uc + 550) / 10))
    assert found.battery_days_high == pytest.approx(BATTERY.days((charge_uc - 110) / 10))
    assert "awake without inferring (send)" in " ".join(found.notes)
    assert "stop draws 5 uA (round numbers)" in found.notes
    assert "1 % of it a year by itself (0.251 uA)" in found.notes[-1]


def test_several_inferences_and_a_clocked_wait() -> None:
    life = Life(1.0, (replace(INFERENCE, times=3), Step("wait", CLOCKED, 0.1)), "stop", extra_ma=0.5)
    found = lived(life, MODEL, {None: WINDOW})
    infer, wait, asleep = found.steps
    assert infer.duration_s == pytest.approx(0.3)
    assert infer.charge_uc == pytest.approx(3 * 1100 + 0.3 * 500)
    assert wait.current_ma == pytest.approx(1.8 + 0.5)  # 3.6 mW, see test_duty
    assert asleep.current_ma == pytest.approx(0.505)
    assert (found.battery_days, found.battery) == (None, None)


def test_steps_at_other_clocks() -> None:
    slow = Window(8e6, 1.0, AT, energy(EVENTS, 1.0, MODEL, AT))
    assert slow.energy.mean_power_mw == pytest.approx(4.0)  # 1000 uJ of events and 1000 uJ static in 1 s, twice that
    life = Life(10.0, (INFERENCE, replace(SEND, clock_hz=8e6, wake_s=0.0, extra_ma=0.0)), "stop")
    assert life.clocks_hz == (None, 8e6)
    found = lived(life, MODEL, {None: WINDOW, 8e6: slow})
    assert found.steps[1].current_ma == pytest.approx(2.0)
    assert found.steps[1].clock_hz == 8e6
    at_slow = lived(Life(10.0, (replace(INFERENCE, clock_hz=8e6),), "stop"), MODEL, {None: WINDOW, 8e6: slow})
    assert at_slow.steps[0].duration_s == 1.0
    assert at_slow.mean_current_low_ua is None  # this window has no interval


@pytest.mark.parametrize("mode", ["stop", CLOCKED])
def test_an_inference_and_sleep_are_a_duty_cycle(mode: str) -> None:
    sleep_mw = sleep_power_mw(MODEL, AT, 80e6, mode)
    cycle = with_duty_interval(duty_cycle(ENERGY, 0.1, 0.7, sleep_mw, mode), ENERGY)
    found = lived(Life(0.7, (INFERENCE,), mode), MODEL, {None: WINDOW})
    assert found.mean_power_mw == pytest.approx(cycle.mean_power_mw, rel=1e-14)
    assert found.mean_current_low_ua is not None and cycle.mean_power_low_mw is not None
    assert found.mean_current_low_ua * 2e-3 == pytest.approx(cycle.mean_power_low_mw, rel=1e-14)


def test_the_steps_must_fit_the_period() -> None:
    with pytest.raises(BadInput, match=r"`sequence`: the steps take 0.1 s, longer than the period of 0.05 s"):
        lived(Life(0.05, (INFERENCE,), "stop"), MODEL, {None: WINDOW})
    found = lived(Life(0.1, (INFERENCE,), "stop"), MODEL, {None: WINDOW})
    assert [step.name for step in found.steps] == ["infer"]
    with pytest.raises(BadInput, match=r"`sequence`: without inferences the steps take 0.05 s, longer than .* 0.03 s"):
        check_life(replace(LIFE, period_s=0.03), MODEL)


def test_a_board_must_have_the_sleep_modes() -> None:
    check_life(LIFE, MODEL)
    with pytest.raises(BadInput, match=r"`sequence`: key sleep: unknown sleep mode 'stop2' \(did you mean stop\?\)"):
        check_life(replace(LIFE, sleep_mode="stop2"), MODEL)
    with pytest.raises(BadInput, match=r"`sequence`: step sense: unknown sleep mode 'coma'"):
        check_life(replace(LIFE, steps=(replace(SENSE, mode="coma"), INFERENCE)), MODEL)


def test_race_to_idle_shows_in_a_sweep() -> None:
    """8 million cycles take the same energy at each clock, beside 1 mW in the core that is awake or has its clocks on.

    So in stop mode faster is better, and with the clocks on slower is.
    """
    clock_hz = np.array([8e6, 16e6, 40e6, 80e6])
    latency_s = 8e6 / clock_hz
    ones = np.ones(4)
    energy_uj = 2 * (1000 + 1000 * latency_s)
    rows = Windows(clock_hz, 2 * ones, ones, 0.5 * ones, latency_s, energy_uj, 0 * ones)
    stop = lived_columns(Life(2.0, (INFERENCE,), "stop", battery=BATTERY), MODEL, {None: rows})
    assert (np.diff(stop.mean_current_ua) < 0).all()
    assert (np.diff(stop.battery_days) > 0).all()
    clocked = lived_columns(Life(2.0, (INFERENCE,), CLOCKED), MODEL, {None: rows})
    assert (np.diff(clocked.mean_current_ua) > 0).all()  # the clock runs on, asleep as well
    assert np.isnan(clocked.battery_days).all()


def test_rows_that_do_not_fit_or_are_not_known() -> None:
    ones = np.ones(3)
    taken_s, drawn_uj = np.array([0.1, 3.0, 0.1]), np.array([2200.0, 9.0, np.nan])
    rows = Windows(80e6 * ones, 2 * ones, ones, 0.5 * ones, taken_s, drawn_uj, 0 * ones)
    found = lived_columns(Life(2.0, (INFERENCE,), "stop", battery=BATTERY), MODEL, {None: rows})
    assert np.isnan(found.mean_current_ua).tolist() == [False, True, True]
    assert np.isnan(found.battery_days).tolist() == [False, True, True]
    assert found.steps_s.tolist() == [0.1, 3.0, 0.1]


STEPS = st.lists(
    st.builds(
        Step,
        name=st.just("step"),
        mode=st.sampled_from([RUN, CLOCKED, "stop"]),
        duration_s=st.floats(1e-6, 1e3),
        extra_ma=st.floats(0, 100),
    ),
    max_size=6,
)


@given(STEPS, st.floats(1e-3, 1e5), st.integers(1, 5), st.sampled_from(["stop", CLOCKED]))
def test_charges_add_up_and_the_mean_lies_between(steps: list[Step], rest_s: float, times: int, sleep: str) -> None:
    life_s = fsum([*(step.duration_s or 0.0 for step in steps), 0.1 * times, rest_s])
    life = Life(life_s, (*steps, replace(INFERENCE, times=times)), sleep, battery=BATTERY)
    found = lived(life, MODEL, {None: WINDOW})
    assert fsum(step.charge_uc for step in found.steps) == pytest.approx(found.mean_current_ua * life_s)
    assert fsum(step.duration_s for step in found.steps) == pytest.approx(life_s)
    assert fsum(step.share for step in found.steps) == pytest.approx(1.0)
    currents_ua = [step.current_ma * 1e3 for step in found.steps]
    assert min(currents_ua) * (1 - 1e-9) <= found.mean_current_ua <= max(currents_ua) * (1 + 1e-9)
    row = [np.array([value]) for value in (80e6, 2.0, AT.core_v, AT.efficiency, 0.1, ENERGY.energy_uj, 0.0)]
    columns = lived_columns(life, MODEL, {None: Windows(*row)})
    assert columns.mean_current_ua[0] == pytest.approx(found.mean_current_ua, rel=1e-12)
    assert columns.battery_days[0] == pytest.approx(found.battery_days, rel=1e-12)
