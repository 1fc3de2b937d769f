"""What scripts/clock_what_if.py works out beside the model, by hand."""

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from simtiny.duty import duty_cycle
from simtiny.energy import energy
from simtiny.power import supply_point
from tests.test_energy import AT_80_MHZ, EVENTS, MODEL


@pytest.fixture(scope="module")
def script() -> ModuleType:
    place = Path(__file__).parents[1] / "scripts/clock_what_if.py"
    spec = importlib.util.spec_from_file_location("clock_what_if", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_goes_on_beside_the_core_stays_at_another_clock(script: ModuleType) -> None:
    slow, fast = supply_point(MODEL, AT_80_MHZ), supply_point(MODEL, replace(AT_80_MHZ, clock_hz=120e6))
    window = energy(EVENTS, 0.1, MODEL, fast)
    before = duty_cycle(window, 0.1, 0.2, 4.0, "some")  # (26.4 + 4) / 2 = 15.2 mW
    after = replace(before, mean_power_mw=9.0)
    # 3 mW more than that at 1.2 V behind an LDO: 2.5 mW at 1.0 V
    assert script.mean_power_at(MODEL, (before, fast), (after, slow), 18.2) == pytest.approx(11.5)
