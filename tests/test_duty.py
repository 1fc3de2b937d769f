"""Mean powers worked out by hand, from the model with round numbers of test_energy."""

import pytest

from simtiny.duty import duty_cycle, sleep_power_mw, with_interval
from simtiny.energy import energy
from simtiny.energy import with_interval as with_energy_interval
from simtiny.errors import BadInput
from simtiny.intervals import Interval
from simtiny.power import supply_point
from simtiny.power_model import CLOCKED
from tests.test_energy import AT_80_MHZ, EVENTS, MODEL


def test_mean_power_of_a_duty_cycle() -> None:
    at = supply_point(MODEL, AT_80_MHZ)
    window = energy(EVENTS, 0.1, MODEL, at)
    stop_mw = sleep_power_mw(MODEL, at, 80e6, "stop")
    assert stop_mw == pytest.approx(0.01)  # 5 uA at 2 V
    found = duty_cycle(window, 0.1, 1.0, stop_mw, "stop")
    assert found.duty == pytest.approx(0.1)
    assert found.mean_power_mw == pytest.approx(0.1 * 22 + 0.9 * 0.01)
    assert found.uncertainty_mw is None
    with_one = with_interval(found, with_energy_interval(window, Interval(-0.1, 0.5, "a reason")))
    assert with_one.uncertainty_mw == pytest.approx(0.1 * 11)  # half of 22 mW, a tenth of the time
    assert with_one.mean_power_low_mw == pytest.approx(found.mean_power_mw - 0.22)
    assert with_one.mean_power_high_mw == pytest.approx(found.mean_power_mw + 1.1)
    # 10 pJ a cycle and 1 mW static in the core, twice that at the pins
    assert sleep_power_mw(MODEL, at, 80e6, CLOCKED) == pytest.approx(2 * (0.8 + 1.0))
    with pytest.raises(BadInput, match="shorter than the window"):
        duty_cycle(window, 0.1, 0.05, stop_mw, "stop")
    with pytest.raises(BadInput, match=r"unknown sleep mode 'coma': choose from clocked, stop"):
        sleep_power_mw(MODEL, at, 80e6, "coma")
