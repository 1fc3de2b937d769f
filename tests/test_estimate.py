"""An estimate against the machine's clock, and a profile priced again against a run at those settings."""

import pytest

from simtiny.estimate import estimate, without
from simtiny.machine.cores import CORES
from simtiny.mlperf.measure import measure
from simtiny.mlperf.workload import build
from simtiny.options import DEFAULT_BOARD
from simtiny.profile import Profile
from simtiny.request import Request
from simtiny.timing.cortex_m4 import CortexM4
from tests.programs import support

CORE = CortexM4()
# movw r7, 0x604 in memory order; the low byte of the number is the third byte.
FLASH_CONTROL = bytes.fromhex("40f20467")
WITHOUT_PREFETCH = [
    "flash_branch",
    "flash_sequential",
    "flash_loop_in_cache",
    "flash_loop_beyond_cache",
    "flash_data_in_cache",
    "flash_data_beyond_cache",
    "flash_literals",
]


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


def test_zero_wait_states_leave_no_wait_for_flash(inference: Profile) -> None:
    found, ideal = estimate(inference, CORE), estimate(inference, CORE, wait_states=0)
    waits = found.cycles_by_effect[support.Effect.FLASH_CODE] + found.cycles_by_effect[support.Effect.FLASH_DATA]
    assert waits > 0
    assert ideal.cycles == found.cycles - waits


def test_a_rule_switched_off_takes_its_cycles_with_it() -> None:
    profile, full = support.run("load_store_multiple")
    bare = estimate(profile, without(CORE, "refill"))
    assert full.cycles - bare.cycles == 1  # the refill behind the frame's branch
    assert full.instructions == 4


@pytest.mark.parametrize("name", WITHOUT_PREFETCH)
@pytest.mark.parametrize("wait_states", range(6))
def test_priced_again_is_as_if_run_at_those_wait_states(name: str, wait_states: int) -> None:
    """Exact without prefetch: what is missed does not depend on how long a miss takes."""
    code = support.assembled(name)
    assert code.count(FLASH_CONTROL) == 1
    profile = support.run_code(code, support.board())
    other = support.run_code(
        code.replace(FLASH_CONTROL, FLASH_CONTROL[:2] + bytes([wait_states]) + FLASH_CONTROL[3:]), support.board()
    )
    assert other.operating_point.wait_states == wait_states
    assert estimate(profile, CORES["cortex-m4f"].timing, wait_states=wait_states).cycles == other.cycles
