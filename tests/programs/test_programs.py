"""Every timing rule in a program whose cycles were worked out by hand from the rule's source."""

import shutil

import pytest

from tests.programs import support


@pytest.mark.parametrize("name", support.names())
def test_cycles_are_those_worked_out_by_hand(name: str) -> None:
    expected = support.expected(name)
    profile, estimate = support.run(name)
    found = {effect: estimate.cycles_by_effect[effect] for effect in support.Effect}
    assert {effect: cycles for effect, cycles in found.items() if cycles} == expected.by_effect
    assert (profile.cycles, estimate.cycles) == (expected.cycles, expected.cycles)


@pytest.mark.parametrize("name", support.names())
def test_the_terms_of_a_heading_add_up(name: str) -> None:
    expected = support.expected(name)
    assert sum(expected.by_effect.values()) == expected.cycles


@pytest.mark.skipif(shutil.which("arm-none-eabi-as") is None, reason="needs binutils for Arm")
def test_programs_assemble_to_the_recorded_bytes() -> None:
    for name in support.names():
        assert support.assemble(name) == support.assembled(name), f"{name}: run python -m tests.programs.support"
