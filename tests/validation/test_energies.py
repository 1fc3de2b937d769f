"""Recorded energies beside predicted ones: baseline, summaries and other stacks, worked by hand."""

from dataclasses import replace

import pytest

from simtiny.board import power_model
from simtiny.board_file import load_board
from simtiny.events import EVENTS, EventCounts
from simtiny.intervals import all_cases, find_case
from simtiny.profiles import OperatingPoint
from simtiny.published import published_images
from simtiny.records import all_records
from simtiny.validation.compare import OWN_CLASS, assemble, other_stacks, stack_class
from simtiny.validation.outcomes import Outcome
from simtiny.validation.result import EnergyComparison, OtherStack, summarise_energies

IMAGES = {image.key: image for image in published_images() if image.build == "performance"}
RECORDS = {record.key: record for record in all_records()}
ST = "v1.2 STMicroelectronics NUCLEO_L4R5ZI"
POINT = OperatingPoint(120e6, 5, True, True, True, "1")
MODEL = power_model(load_board("nucleo-l4r5zi"))


def outcome(latency_ms: float) -> Outcome:
    """As many cycles as the latency has, and nothing else."""
    counts = EventCounts(**(dict.fromkeys(EVENTS, 0) | {"cycles": round(latency_ms * 120e3)}))
    return Outcome(latency_ms, events=counts, operating_point=POINT)


def predicted_uj(latency_ms: float) -> float:
    """Cycles and static power at 1.28 V behind a linear regulator at 1.8 V."""
    core_pj = latency_ms * 120e3 * MODEL.unit_pj * MODEL.weights["cycles"]
    return (core_pj * 1e-6 + MODEL.static_uw * latency_ms * 1e-3) * (1.28 / MODEL.reference_core_v) ** 2 * 1.8 / 1.28


def test_the_baseline_knows_one_power() -> None:
    """The mean power of the two records that the power model was fitted to: 1820.5 uJ in 43.19 ms, 203.4 in 5.261."""
    assert set(MODEL.calibrated_on) == {f"{ST} kws01", f"{ST} ad01"}
    rows = assemble(
        [
            (RECORDS[f"{ST} {name}"], IMAGES[f"{ST} {name}"], outcome(ms))
            for name, ms in (("kws01", 43.0), ("ad01", 5.0), ("ic01", 160.0))
        ],
        {},
    ).rows
    by_name = {row.record.benchmark: row.energy for row in rows}
    found = by_name["ic01"]
    assert found is not None
    assert found.baseline_uj == pytest.approx(160.0 * (1820.5 / 43.187 + 203.4 / 5.261) / 2, rel=1e-3)
    assert found.predicted_uj == pytest.approx(predicted_uj(160.0), rel=1e-6)
    alone = assemble([(RECORDS[f"{ST} ic01"], IMAGES[f"{ST} ic01"], outcome(160.0))], {}).rows[0]
    assert alone.energy is not None and alone.energy.baseline_uj is None


def test_another_stack_is_compared_by_power() -> None:
    """The own firmware needs half the time: its power counts, over the recorded latency."""
    record = RECORDS["v0.5 reference Nucleo-L4R5ZI kws01"]
    (row,), failed = other_stacks([(record, outcome(record.latency_ms / 2))])
    assert failed == ()
    assert row.stack_class == OWN_CLASS
    assert row.energy.predicted_uj == pytest.approx(predicted_uj(record.latency_ms), rel=1e-4)
    stack = find_case(all_cases(), "energy", "stack", "")
    assert stack is not None and MODEL.half_width is not None
    low, high = min(stack.low, -MODEL.half_width), max(stack.high, MODEL.half_width)
    assert row.energy.low_uj == pytest.approx((1 + low) * row.energy.predicted_uj)  # nothing else is switched on
    assert row.energy.high_uj == pytest.approx((1 + high) * row.energy.predicted_uj)  # as other stacks have drawn
    assert row.energy.uncertainty_uj == pytest.approx(max(-low, high) * row.energy.predicted_uj)
    assert row.energy.recorded_uj == record.energy_uj
    rows, failed = other_stacks([(replace(record, supply_v=9.0), outcome(1.0)), (record, Outcome(failure="it hung"))])
    assert rows == ()
    assert "outside the chip's limits" in failed[0].reason
    assert failed[1].reason == "simtiny's own firmware: it hung"


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("v0.5 reference Nucleo-L4R5ZI kws01", OWN_CLASS),
        ("v1.1 Skymizer NUCLEO_L4R5ZI-mbed_os ad01", OWN_CLASS),
        ("v1.1 Skymizer NUCLEO_L4R5ZI-zephyr ad01", "Zephyr"),
        ("v1.0 OctoML microtvm_cmsis_nn/NUCLEO_L4R5ZI ad01", "Zephyr"),
        ("v0.7 STMicroelectronics NUCLEO-H7A3ZI-Q ad01", "X-CUBE-AI"),
    ],
)
def test_classes_of_stacks(key: str, kind: str) -> None:
    assert stack_class(RECORDS[key].stack) == kind


def test_summaries() -> None:
    energies = [
        EnergyComparison(100.0, 105.0, 10.0, False, 110.0, low_uj=95.0, high_uj=115.0),
        EnergyComparison(100.0, 88.0, 10.0, False, 98.0, low_uj=78.0, high_uj=98.0),
    ]
    summary = summarise_energies("all", energies)
    assert (summary.count, summary.inside) == (2, 1)
    assert summary.mean_error == pytest.approx((0.05 + 0.12) / 2)
    assert summary.bias == pytest.approx((0.05 - 0.12) / 2)
    assert summary.worst_error == pytest.approx(-0.12)
    assert summary.baseline_error == pytest.approx((0.10 + 0.02) / 2)
    assert summarise_energies("one", [replace(energies[0], baseline_uj=None)]).baseline_error is None


def test_groups_of_energies() -> None:
    record = RECORDS[f"{ST} ic01"]
    result = assemble(
        [(RECORDS[f"{ST} {name}"], IMAGES[f"{ST} {name}"], outcome(50.0)) for name in ("kws01", "ic01")], {}
    )
    stack = OtherStack(record, "Zephyr", EnergyComparison(1.0, 1.0, 1.0, False))
    summaries = replace(result, stacks=(stack,)).energy_summaries
    assert [summary.name for summary in summaries] == ["images, predicted", "images, calibrated", "Zephyr"]
