"""The operating point that the user wants: tables of the chips' manuals, read by hand."""

import re

import pytest

import simtiny
from simtiny.board_file import load_board
from simtiny.errors import BadInput
from simtiny.notes import NoteKind
from simtiny.operating_point import AS_PROGRAMMED, Overrides, check, note, overridden
from simtiny.profiles import OperatingPoint

U575 = load_board("nucleo-u575zi-q")
FULL = OperatingPoint(160e6, 4, True, True, True, "1", regulator="smps")


def test_without_a_wish_nothing_moves() -> None:
    assert overridden(FULL, AS_PROGRAMMED, U575) == FULL
    assert note(FULL, FULL) is None


@pytest.mark.parametrize(
    ("overrides", "wait_states"),
    [
        (Overrides(clock_hz=96e6), 2),  # range 1: 32, 64, 96, 128 and 160 MHz with 0 to 4
        (Overrides(clock_hz=97e6), 3),
        (Overrides(clock_hz=60e6, voltage_range="2"), 2),  # range 2: 25, 50, 75 and 100 MHz
        (Overrides(clock_hz=60e6, voltage_range="2", wait_states=3), 3),
        (Overrides(clock_hz=60e6, wait_states=4), 4),
        (Overrides(regulator="ldo"), 4),
    ],
)
def test_another_clock_takes_the_least_wait_states(overrides: Overrides, wait_states: int) -> None:
    check(overrides, U575)
    there = overridden(FULL, overrides, U575)
    assert there.wait_states == wait_states
    assert there.clock_hz == (overrides.clock_hz or 160e6)
    assert there.regulator == (overrides.regulator or "smps")


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        (Overrides(clock_hz=161e6), "a clock of 161 MHz: nucleo-u575zi-q runs at up to 160 MHz"),
        (Overrides(clock_hz=float("nan")), "a clock of nan MHz"),
        (Overrides(clock_hz=-1.0), "a clock of -1e-06 MHz"),
        (Overrides(wait_states=5), "5 flash wait states: nucleo-u575zi-q is specified for 0 to 4"),
        (Overrides(voltage_range="9"), "no voltage range '9': it has 1, 2, 3, 4"),
        (Overrides(regulator="buck"), "no regulator 'buck': it has ldo, smps"),
        (Overrides(clock_hz=120e6, voltage_range="2"), "120 MHz is above the 100 MHz of voltage range 2"),
        (Overrides(voltage_range="2"), "160 MHz is above the 100 MHz of voltage range 2"),
        (
            Overrides(clock_hz=60e6, wait_states=0),
            "0 flash wait states are too few for 60 MHz in voltage range 1: at least 1",
        ),
    ],
)
def test_what_the_chip_does_not_allow(overrides: Overrides, why: str) -> None:
    with pytest.raises(BadInput, match=re.escape(why)):
        check(overrides, U575)
        overridden(FULL, overrides, U575)


def test_a_range_beyond_its_table_keeps_the_wait_states_of_the_firmware() -> None:
    """Fed by the external SMPS, the core runs in range 2 at a clock that the internal regulator would not allow."""
    board = load_board("nucleo-l4r5zi-p")
    point = OperatingPoint(120e6, 5, True, True, True, "2")
    assert overridden(point, Overrides(clock_hz=70e6), board).wait_states == 5
    slower = OperatingPoint(70e6, 3, True, True, True, "2")
    with pytest.raises(BadInput, match="120 MHz is above the 26 MHz of voltage range 2"):
        overridden(slower, Overrides(clock_hz=120e6), board)


def test_the_note_names_what_differs() -> None:
    there = overridden(FULL, Overrides(clock_hz=60e6, voltage_range="2"), U575)
    text = note(FULL, there)
    assert text is not None
    assert text.endswith("60 MHz instead of 160, 2 flash wait states instead of 4, voltage range 2 instead of 1")


def test_the_same_counts_at_half_the_clock() -> None:
    """With the same wait states, the same cycles at half the clock; from range 1 to 2, 1.2 to 1.1 V in the core."""
    full = simtiny.run("ad01", board="nucleo-u575zi-q")
    half = simtiny.run("ad01", board="nucleo-u575zi-q", clock_hz=80e6, wait_states=4, voltage_range="2")
    assert half.cycles == full.cycles
    assert half.latency_ms == pytest.approx(2 * full.latency_ms)
    assert full.energy is not None and half.energy is not None
    scale = (1.1 / 1.2) ** 2
    static_uj = full.energy.by_event_uj["static"]
    expected = scale * (full.energy.energy_uj - static_uj + 2 * static_uj)
    assert half.energy.energy_uj == pytest.approx(expected)
    assert any(note.kind is NoteKind.WHAT_IF for note in half.notes)
