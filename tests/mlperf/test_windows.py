"""Every passage through windows of tests/machine/programs/windows.s, whose instructions can be counted by hand."""

from pathlib import Path

import pytest

import simtiny
from simtiny.bounds import Bounds
from simtiny.errors import BadInput, FirmwareFault
from simtiny.mlperf.measure import measure
from simtiny.mlperf.measurement import Flashed, Measurement, WindowCounts
from simtiny.pricing import price_run
from simtiny.profiles import Profile
from tests.machine.programs.loader import board, image

ENTRY_CYCLES, LEAST_RETURN_CYCLES = 12, 10  # Cortex-M4 TRM: of an exception


def measured(entry: str, *names: str, call: int = 1) -> Measurement:
    """`names`: a function, or "from:to"."""
    firmware = image("windows", entry, {15: "tick"})
    windows = []
    for name in names:
        start, _, end = name.partition(":")
        windows.append(Bounds(start, end or None, call))
    flashed = Flashed(board(), "windows", firmware, (), True, None, None, None)
    return measure(flashed, windows[0], also=tuple(windows[1:]), every_call=True)


def instructions(profile: Profile) -> int:
    return price_run(profile, board()).estimate.instructions


def window(found: Measurement, name: str) -> WindowCounts:
    return next(each for each in found.windows if each.bounds.title == name)


def test_every_call_and_which_one_the_figures_are_of() -> None:
    found = measured("calls", "spin")
    spin = window(found, "spin")
    assert (spin.count, spin.abandoned) == (4, 0)  # the last one by a jump from by_jump
    assert instructions(found.profile) == 7
    assert [(each.number, each.times, instructions(each.profile)) for each in spin.passages[:3]] == [
        (1, 1, 7),
        (2, 1, 5),
        (3, 1, 3),
    ]
    assert sum(each.times * instructions(each.profile) for each in spin.passages) == 7 + 5 + 3 + 3
    for each in spin.passages:
        assert each.profile.cycles == price_run(each.profile, board()).estimate.cycles
    assert found.run_ended == "it sleeps, and no interrupt that is enabled can wake it"


def test_the_call_that_is_asked_for() -> None:
    found = measured("calls", "spin", call=2)
    assert found.window == "call 2 of spin"
    assert instructions(found.profile) == 5
    with pytest.raises(FirmwareFault, match="called spin 4 times, not 5"):
        measured("calls", "spin", call=5)


def test_several_windows_in_one_run() -> None:
    alone = measured("calls", "by_jump").profile
    found = measured("calls", "nest", "again", "by_jump", "turn:turn")
    assert [each.count for each in found.windows] == [1, 1, 1, 1]
    assert instructions(window(found, "nest").passages[0].profile) == 5 + 5 + 4  # one call, not three
    assert instructions(window(found, "again").passages[0].profile) == 9
    assert instructions(window(found, "by_jump").passages[0].profile) == 2 + 3
    assert instructions(window(found, "turn to turn").passages[0].profile) == 1 + 3 + 2
    assert window(found, "by_jump").passages[0].profile.cycles == alone.cycles


def test_a_function_that_is_left_by_another_way() -> None:
    with pytest.raises(FirmwareFault, match="left thrower by other ways than its return"):
        measured("calls", "thrower")
    found = measured("calls", "spin", "thrower")
    assert [each.bounds.start for each in found.windows] == ["spin"]
    assert any("left thrower by other ways" in note.text for note in found.profile.notes)


def test_calls_below_one_that_never_ended_are_not_dropped_without_a_word() -> None:
    with pytest.raises(FirmwareFault, match="came back 2 times from hidden while an earlier call"):
        measured("hides", "hidden")


def test_a_handler_s_window_ends_at_its_return_and_is_named_in_what_it_interrupts() -> None:
    found = measured("interrupted", "busy", "tick")
    busy, tick = found.windows
    assert (busy.count, tick.count) == (1, 5)
    assert {instructions(each.profile) for each in tick.passages} == {5}
    (handler,) = busy.passages[0].profile.handlers
    assert (handler.number, handler.taken) == (15, 5)
    assert tick.passages[0].profile.handlers == ()
    within = sum(each.times * each.profile.cycles for each in tick.passages)
    assert 0 <= handler.cycles - within - 5 * (ENTRY_CYCLES + LEAST_RETURN_CYCLES) <= 5 * 4
    assert 4 * 1000 < busy.passages[0].profile.cycles < 5 * 1000 + 200


def test_waits_of_a_passage_without_a_price_do_not_count() -> None:
    change = window(measured("set_up", "change"), "change")
    assert (change.count, change.reconfigured, len(change.passages)) == (2, 1, 1)
    assert change.waits == {}


OWN = Path(__file__).parents[2] / "docs" / "examples" / "own" / "own.elf"


def test_a_firmware_of_one_s_own_counted_in_one_run() -> None:
    """A frame has 32 samples, and 16 more than the one before: filter's work rises by the same each time."""
    result = simtiny.run(
        board="nucleo-l4r5zi", image=OWN, function=("filter", "check*"), start="frame_begins", end="frame_ends"
    )
    filtered, checked, frames = result.windows
    assert [each.name for each in result.windows] == ["filter", "checksum", "frame_begins to frame_ends"]
    assert [each.calls for each in result.windows] == [8, 8, 8]
    assert result.cycles == filtered.first.cycles == filtered.minimum.cycles
    rise = (filtered.maximum.cycles - filtered.minimum.cycles) / 7
    assert filtered.mean.cycles == pytest.approx(filtered.minimum.cycles + 3.5 * rise, rel=0.001)
    for each in result.windows:
        assert each.minimum.cycles <= each.mean.cycles <= each.maximum.cycles
        assert each.total.cycles == pytest.approx(8 * each.mean.cycles)
        assert each.total.energy_uj == pytest.approx(8 * (each.mean.energy_uj or 0))
    assert filtered.total.cycles + checked.total.cycles < frames.total.cycles
    (tick,) = frames.interrupts
    assert (tick.name, tick.number) == ("SysTick", 15) and 0 < tick.share < 0.01
    assert result.run_ended == "it has exited by semihosting, with status 0"


def test_names_of_windows_that_can_t_be_meant() -> None:
    with pytest.raises(BadInput, match="no function matches 'chick\\*'"):
        simtiny.run(image=OWN, function="chick*")
    with pytest.raises(BadInput, match="several windows in one run are counted by `simtiny run` alone"):
        simtiny.profile(OWN, board="nucleo-l4r5zi", function=("filter", "checksum"))
    with pytest.raises(BadInput, match="`start` and `end` go together"):
        simtiny.run(image=OWN, start=("frame_begins", "frame_ends"), end="frame_ends")


def test_a_wait_is_no_work_that_another_clock_makes_shorter() -> None:
    """The first line has 12 characters; two are left in the port's shift register and data register."""
    result = simtiny.run(board="nucleo-l4r5zi", image=OWN, function="print")
    (wait,) = result.waits
    assert wait.name == "LPUART1"
    assert wait.cycles == pytest.approx(10 * 10 / 115_200 * 16e6, rel=0.05)
    other = simtiny.run(board="nucleo-l4r5zi", image=OWN, function="print", clock_hz=48e6)
    assert any("the wait for LPUART1 is priced in cycles" in note.text for note in other.notes)
