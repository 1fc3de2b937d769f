"""Fits to energies that were made from known coefficients, and errors by hand."""

from dataclasses import replace
from math import sqrt

import pytest

from simtiny.calibration.fit import Observation, calibrate, choose, condition, fit, leave_out
from simtiny.energy import energy
from simtiny.errors import BadInput
from simtiny.intervals import all_cases
from simtiny.power import supply_point
from tests.test_energy import AT_80_MHZ, MODEL, NOTHING

AT = supply_point(MODEL, AT_80_MHZ)
IMAGE = next(case.high for case in all_cases() if (case.quantity, case.case) == ("energy", "image"))
TRUE = replace(MODEL, unit_pj=250.0, static_uw=3000.0, weights={**MODEL.weights, "flash_reads": 4.0})
# Cycles, flash reads and seconds: code from a cache, code that misses it, and code at a fifth of the clock.
WINDOWS = [(1_000_000, 0, 0.0125), (3_000_000, 300_000, 0.0375), (2_000_000, 50_000, 0.125)]


def observation(name: str, cycles: int, flash_reads: int, latency_s: float, energy_uj: float = 0.0) -> Observation:
    events = replace(NOTHING, cycles=cycles, flash_reads=flash_reads)
    made = energy(events, latency_s, TRUE, AT).energy_uj
    return Observation(name, name, "stack", energy_uj or made, latency_s, events, AT)


def observations() -> list[Observation]:
    return [observation(name, *window) for name, window in zip("abc", WINDOWS, strict=True)]


def test_what_the_energies_were_made_from_comes_out() -> None:
    found = fit(observations(), MODEL, ("dynamic", "flash_reads", "static"))
    assert found.model.unit_pj == pytest.approx(250.0)
    assert found.model.weights["flash_reads"] == pytest.approx(4.0)
    assert found.model.static_uw == pytest.approx(3000.0)
    assert max(map(abs, found.residuals)) < 1e-9
    assert found.at_bound == ()


def test_a_coefficient_stays_within_its_bounds() -> None:
    """A flash read for nothing: it still costs a read of RAM."""
    cached, missed = observations()[:2]
    free_reads = replace(missed, energy_uj=3 * cached.energy_uj)
    found = fit([cached, free_reads], MODEL, ("dynamic", "flash_reads"))
    assert found.at_bound == ("flash_reads",)
    assert found.model.weights["flash_reads"] == pytest.approx(0.3)
    assert found.residuals[0] < 0 < found.residuals[1]


def test_errors_of_what_is_left_out() -> None:
    """The same work took 100 and 120 uJ (no static power): either predicts the other."""
    model = replace(MODEL, static_uw=0.0)
    pair = [observation("a", 1_000_000, 0, 0.0125, 100.0), observation("b", 1_000_000, 0, 0.0125, 120.0)]
    errors = leave_out(pair, model, ("dynamic",), lambda row: row.name)
    assert errors == pytest.approx((0.2, -1 / 6))
    found = calibrate(pair, model)
    # One degree of freedom: Student's t is 6.31, and the prediction errs on top of the mean of two.
    half_width = 6.31 * sqrt((0.04 + 1 / 36) / 2) * sqrt(1 + 1 / 2)
    assert found.fit.model.relative_uncertainty == pytest.approx(half_width)
    assert found.left_out["network"] == errors
    assert "stack" not in found.left_out  # both are of one
    assert found.fit.model.calibrated_on == ("a", "b")


def test_the_data_decide_what_is_free() -> None:
    rows = [*observations(), observation("d", 4_000_000, 500_000, 0.3), observation("e", 1_000_000, 90_000, 0.02)]
    assert choose(rows, MODEL) == ("dynamic", "flash_reads", "static")
    alike = [observation(name, 1_000_000 * (1 + i), 0, 0.0125 * (1 + i)) for i, name in enumerate("abcd")]
    assert choose(alike, MODEL) == ("dynamic",)
    assert set(calibrate(alike, MODEL).tied) == {"flash_reads", "static", "all other events"}


def test_what_is_predicted_is_not_known_from_the_platform_file() -> None:
    """Left out, a record must not come back by a weight that was fitted to it."""
    fitted = replace(TRUE, calibrated_on=("b",))
    rows = observations()[:2]
    result = calibrate(rows, fitted, ("dynamic",))
    assert result.fit.model.weights["flash_reads"] == 0.9
    assert calibrate(rows, TRUE, ("dynamic",)).fit.model.weights["flash_reads"] == 4.0


def test_why_a_coefficient_is_tied() -> None:
    rows = [*observations(), observation("d", 4_000_000, 500_000, 0.3), observation("e", 1_000_000, 90_000, 0.02)]
    assert "too few records to check it" in calibrate(rows[:2], MODEL, ("dynamic",)).tied["flash_reads"]
    tied = calibrate(rows, MODEL, ("dynamic",)).tied
    assert "records left out would err by" in tied["flash_reads"] and "would err by" in tied["static"]
    alike = [observation(name, 1_000_000 * (1 + i), 0, 0.0125 * (1 + i)) for i, name in enumerate("abcd")]
    assert "can't tell it from dynamic: condition number" in calibrate(alike, MODEL).tied["static"]


def test_a_network_of_another_round_is_known_work() -> None:
    """A weight fitted to v1.2's kws01 would come back when v1.3's kws01 is left out."""
    fitted = replace(TRUE, calibrated_on=("v1.2 them board kws01",))
    rows = [replace(row, network="kws01", name=f"v1.3 {row.name} kws01") for row in observations()[:2]]
    assert calibrate(rows, fitted, ("dynamic",)).fit.model.weights["flash_reads"] == 0.9
    own = [replace(row, network="kws01", name=f"m.csv line {line}: kws.elf") for line, row in enumerate(rows, 2)]
    again = replace(TRUE, calibrated_on=(own[0].name,))
    assert calibrate(own, again, ("dynamic",)).fit.model.weights["flash_reads"] == 0.9


def test_the_interval_is_that_of_the_worst_way_to_leave_out() -> None:
    """Two networks on two stacks: without a network less is known than without a record."""
    model = replace(MODEL, static_uw=0.0)
    energies = {("a", "s"): 100.0, ("a", "t"): 100.0, ("b", "s"): 130.0, ("b", "t"): 130.0}
    rows = [
        replace(observation(f"{net} {stack}", 1_000_000, 0, 0.0125, uj), network=net, stack=stack)
        for (net, stack), uj in energies.items()
    ]
    found = calibrate(rows, model, ("dynamic",))
    assert found.left_out["network"] == pytest.approx((0.3, 0.3, -3 / 13, -3 / 13))
    rms = sqrt((0.3**2 + (3 / 13) ** 2) / 2)
    half_width = 2.35 * rms * sqrt(1 + 1 / 4)  # four points, one coefficient: Student's t of three
    assert found.fit.model.relative_uncertainty == pytest.approx(half_width)


def test_as_many_points_as_coefficients_tell_no_interval() -> None:
    rows = observations()
    assert calibrate(rows[:1], MODEL).fit.model.relative_uncertainty == "unknown"
    two = calibrate(rows[:2], MODEL, ("dynamic", "flash_reads"))
    assert two.fit.model.relative_uncertainty == "unknown" and two.fit.model.half_width is None
    again = calibrate([rows[0], replace(rows[0], name="again")], MODEL)  # one program, measured twice
    assert again.fit.model.relative_uncertainty == "unknown"


def test_points_that_agree_by_chance_are_not_believed() -> None:
    """Two that agree to the digit: recorded energies differ by the interval's half width / 2.13 / sqrt(1 + 1 / 4)."""
    model = replace(MODEL, static_uw=0.0)
    pair = [observation("a", 1_000_000, 0, 0.0125, 100.0), observation("b", 1_000_000, 0, 0.0125, 100.0)]
    found = calibrate(pair, model).fit.model.half_width
    assert found == pytest.approx(6.31 * IMAGE / 2.13 / sqrt(1.25) * sqrt(1.5))
    many = [observation(name, 1_000_000, 0, 0.0125, 100.0) for name in "abcdefghijklmnopqrst"]
    assert calibrate(many, model).fit.model.half_width == pytest.approx(IMAGE)


def test_what_can_not_be_fitted_gets_one_clear_line() -> None:
    rows = observations()
    with pytest.raises(BadInput, match="no record"):
        calibrate([], MODEL)
    with pytest.raises(BadInput, match="a: energy and latency must be positive"):
        calibrate([replace(rows[0], energy_uj=-1.0)], MODEL)
    with pytest.raises(BadInput, match="1 records are too few to fit 2 coefficients"):
        calibrate(rows[:1], MODEL, ("dynamic", "flash_reads"))
    with pytest.raises(BadInput, match="what can be free is"):
        calibrate(rows, MODEL, ("leakage",))
    alike = [rows[0], replace(rows[0], name="again")]
    assert condition(alike, MODEL, ("dynamic", "static")) > 1e6
    with pytest.raises(BadInput, match="can't tell dynamic and static apart"):
        calibrate(alike, MODEL, ("dynamic", "static"))
