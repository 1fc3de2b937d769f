"""An estimate against the machine's clock."""

import pytest

from simtiny.estimate import estimate, without
from simtiny.mlperf.measure import measure
from simtiny.mlperf.workload import build
from simtiny.options import DEFAULT_BOARD
from simtiny.profiles import Profile
from simtiny.request import Request
from simtiny.timing.cortex_m4 import CortexM4
from tests.programs import support

CORE = CortexM4()


@pytest.fixture(scope="module")
def inference() -> Profile:
    """One inference of ad01 by the built-in firmware."""
    return measure(build(Request("ad01", DEFAULT_BOARD)).flashed).profile


def test_the_estimate_of_an_inference_is_the_machines_clock(inference: Profile) -> None:
    found = estimate(inference, CORE)
    assert found.cycles == inference.cycles
    assert sum(found.cycles_by_effect) + inference.sleep_cycles == found.cycles
    assert found.latency_s == found.cycles / 120e6


def test_cycles_by_block_add_up_but_for_what_belongs_to_no_block(inference: Profile) -> None:
    found = estimate(inference, CORE)
    rest = inference.exception_cycles + inference.sleep_cycles
    assert found.cycles_by_block.sum() + rest == pytest.approx(found.cycles, rel=1e-12)


def test_the_baseline_knows_the_instructions_only(inference: Profile) -> None:
    found = estimate(inference, CORE)
    assert found.baseline_cycles == 1.45 * found.instructions


def test_another_clock_changes_the_latency_alone(inference: Profile) -> None:
    found, slow = estimate(inference, CORE), estimate(inference, CORE, clock_hz=16e6)
    assert slow.cycles == found.cycles
    assert slow.latency_s == found.cycles / 16e6


def test_a_rule_switched_off_takes_its_cycles_with_it() -> None:
    profile, full = support.run("load_store_multiple")
    bare = estimate(profile, without(CORE, "refill"))
    assert full.cycles - bare.cycles == 1  # the refill behind the frame's branch
    assert full.instructions == 4
