"""How sure energies of parts are, worked out by hand."""

from dataclasses import replace
from math import hypot, sqrt

import pytest

from simtiny import energy_parts
from simtiny.energy import EnergyEstimate
from simtiny.energy_parts import added, ends, split_uncertainty

WHOLE = EnergyEstimate(
    100.0,
    10.0,
    1.0,
    1.8,
    (),
    by_event_uj={"cycles": 60.0, "flash_reads": 30.0, "static": 10.0},
    energy_low_uj=90.0,
    energy_high_uj=120.0,
)


@pytest.fixture(autouse=True)
def weights(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"cycles": 0.1, "flash_reads": 0.5, "static": 0.3}
    monkeypatch.setattr(energy_parts, "weight_uncertainty", known.__getitem__)


def test_a_part_with_the_mix_of_the_whole_is_as_sure() -> None:
    assert ends({"cycles": 6.0, "flash_reads": 3.0, "static": 1.0}, WHOLE) == (pytest.approx(9), pytest.approx(12))


def test_what_a_part_has_more_or_less_of_counts() -> None:
    """Of its energy 20 % are cycles, 40 points less than of the whole, 70 % reads of flash, 40 points more."""
    part = {"cycles": 2.0, "flash_reads": 7.0, "static": 1.0}
    split = sqrt((0.1 * 0.4) ** 2 + (0.5 * 0.4) ** 2)
    assert split_uncertainty(part, WHOLE.by_event_uj) == pytest.approx(split)
    assert ends(part, WHOLE) == (
        pytest.approx(10 * (1 - hypot(0.1, split))),
        pytest.approx(10 * (1 + hypot(0.2, split))),
    )


def test_a_part_of_one_event_is_as_unsure_as_its_weight_at_most() -> None:
    """Reads of flash alone: 70 points more of these, 60 and 10 less of the others."""
    split = sqrt((0.1 * 0.6) ** 2 + (0.5 * 0.7) ** 2 + (0.3 * 0.1) ** 2)
    low, high = ends({"flash_reads": 30.0}, WHOLE)
    assert (low, high) == (pytest.approx(30 * (1 - hypot(0.1, split))), pytest.approx(30 * (1 + hypot(0.2, split))))


def test_an_energy_is_positive_and_none_is_none() -> None:
    wide = replace(WHOLE, energy_low_uj=0.0)
    assert ends({"flash_reads": 30.0}, wide)[0] == 0.0
    assert ends({"flash_reads": 0.0}, WHOLE) == (0.0, 0.0)
    assert ends({"cycles": 6.0}, replace(WHOLE, energy_low_uj=None, energy_high_uj=None)) == (None, None)


def test_parts_are_added_by_event() -> None:
    assert added(({"cycles": 1.0}, {"cycles": 2.0, "static": 3.0})) == {"cycles": 3.0, "static": 3.0}
