"""Energies worked out by hand from a model with round numbers."""

from dataclasses import replace

import pytest

from simtiny.energy import energy, with_interval
from simtiny.errors import BadInput, Unpriced
from simtiny.events import EventCounts
from simtiny.intervals import Interval
from simtiny.power import supply_point
from simtiny.power_model import CoreSupply, PowerModel, SleepMode
from simtiny.profiles import OperatingPoint

NOTHING = EventCounts(**dict.fromkeys(EventCounts.__dataclass_fields__, 0))
MODEL = PowerModel(
    supply_v=2.0,
    supply_limits_v=(1.7, 3.6),
    reference_core_v=1.0,
    unit_pj=100.0,
    static_uw=1000.0,
    relative_uncertainty=0.1,
    core=(
        CoreSupply("1", "ldo", 1.0, 80e6, "round numbers"),
        CoreSupply("1", "ldo", 1.2, 120e6, "round numbers"),
        CoreSupply("1", "smps", 1.0, 80e6, "round numbers"),
    ),
    weights={**dict.fromkeys(EventCounts.__dataclass_fields__, 0.0), "cycles": 1.0, "divide": 0.5, "sleeping": 0.1},
    calibrated_on=("a record",),
    source="round numbers",
    efficiency={"smps": ((2.0, 0.9), (3.0, 0.8))},
    sleep_modes={"stop": SleepMode(5.0, "round numbers")},
)
EVENTS = replace(NOTHING, cycles=9_500_000, divide=1_000_000)  # 10 M units: 1000 uJ; in 0.1 s 100 uJ static
AT_80_MHZ = OperatingPoint(80e6, 4, False, True, True, "1")


@pytest.mark.parametrize(
    ("supply_v", "regulator", "clock_hz", "energy_uj"),
    [
        (2.0, "ldo", 80e6, 2200.0),  # half of it is lost in the regulator
        (3.0, "ldo", 80e6, 3300.0),  # the same current from a higher voltage
        (2.0, "ldo", 120e6, 2640.0),  # 1.44 times as much in the core, 1.2 V of 2.0
        (2.0, "smps", 80e6, 1100 / 0.9),
        (2.5, "smps", 80e6, 1100 / 0.85),
    ],
)
def test_energy_scales_with_core_voltage_and_regulator(
    supply_v: float, regulator: str, clock_hz: float, energy_uj: float
) -> None:
    at = supply_point(MODEL, replace(AT_80_MHZ, clock_hz=clock_hz), supply_v, regulator)
    found = energy(EVENTS, 0.1, MODEL, at)
    assert found.energy_uj == pytest.approx(energy_uj)
    assert found.uncertainty_uj is None  # pricing knows nothing of what was recorded
    assert found.mean_power_mw == pytest.approx(energy_uj / 100)
    assert sum(found.by_event_uj.values()) == pytest.approx(energy_uj)
    assert found.by_event_uj["static"] / found.by_event_uj["divide"] == pytest.approx(2.0)


def test_the_image_chooses_the_regulator() -> None:
    assert supply_point(MODEL, AT_80_MHZ).regulator == "ldo"  # no register tells: the first
    assert supply_point(MODEL, replace(AT_80_MHZ, regulator="smps")).regulator == "smps"


def test_a_point_outside_the_limits_is_refused() -> None:
    with pytest.raises(BadInput, match=r"5 V is outside the chip's limits, 1.7 to 3.6 V"):
        supply_point(MODEL, AT_80_MHZ, 5.0)
    with pytest.raises(Unpriced, match=r"130 MHz is above the 120 MHz of voltage range 1"):
        supply_point(MODEL, replace(AT_80_MHZ, clock_hz=130e6))
    with pytest.raises(Unpriced, match=r"voltage range 2 \(any regulator\)"):
        supply_point(MODEL, replace(AT_80_MHZ, voltage_range="2"))
    with pytest.raises(Unpriced, match=r"voltage range 1 \(bypass\)"):
        supply_point(MODEL, replace(AT_80_MHZ, regulator="bypass"))


def test_an_event_without_a_weight_is_not_priced() -> None:
    with pytest.raises(Unpriced, match="no energy for multiply "):
        weights = {name: weight for name, weight in MODEL.weights.items() if name != "multiply"}
        energy(EVENTS, 0.1, replace(MODEL, weights=weights), supply_point(MODEL, AT_80_MHZ))


def test_an_interval_around_an_energy() -> None:
    found = energy(EVENTS, 0.1, MODEL, supply_point(MODEL, AT_80_MHZ))  # 2200 uJ
    with_one = with_interval(found, Interval(-0.1, 0.5, "a reason"))
    assert with_one.energy_uj == found.energy_uj
    assert with_one.energy_low_uj == pytest.approx(1980.0)
    assert with_one.energy_high_uj == pytest.approx(3300.0)
    assert with_one.uncertainty_uj == pytest.approx(1100.0)  # the farther end
    assert with_one.interval_basis == "a reason"
    without = with_interval(with_one, None)
    assert (without.energy_low_uj, without.energy_high_uj, without.uncertainty_uj) == (None, None, None)
