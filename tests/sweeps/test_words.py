"""What is said of a sweep: sentences whose figures are worked out by hand."""

from dataclasses import replace
from typing import Any

import numpy as np

from simtiny.sweeps.front import front
from simtiny.sweeps.goals import parse_goal, ranked
from simtiny.sweeps.result import SweepResult
from simtiny.sweeps.words import words

COUNT = 5


def sweep(minimise: str, subject_to: tuple[str, ...] = (), **given: Any) -> SweepResult:
    """Five clocks from 40 to 80 MHz at 2e6 cycles, whose energies are 100 to 140 uJ; what is `given` differs."""
    clock_hz = np.array([40e6, 50e6, 60e6, 70e6, 80e6])
    latency_ms, energy_uj = 2e9 / clock_hz, np.array([100.0, 110, 120, 130, 140])
    varied = given.pop("varied", ("clock_hz",))
    columns: dict[str, Any] = {
        "board": np.full(COUNT, "nucleo-l4r5zi", object),
        "clock_hz": clock_hz,
        "wait_states": np.array([1.0, 2, 2, 3, 3]),
        "voltage_range": np.full(COUNT, "1", object),
        "regulator": np.full(COUNT, "ldo", object),
        "caches": np.full(COUNT, "", object),
        "latency_ms": latency_ms,
        "latency_low_ms": latency_ms * 0.9,
        "latency_high_ms": latency_ms * 1.1,
        "energy_uj": energy_uj,
        "energy_low_uj": np.full(COUNT, np.nan),
        "energy_high_uj": np.full(COUNT, np.nan),
        "mean_power_mw": energy_uj / latency_ms,
        "ram_bytes": np.full(COUNT, 65536.0),
        "flash_bytes": np.full(COUNT, 131072.0),
        "legal": np.ones(COUNT, bool),
        "reason": np.full(COUNT, "", object),
        "validated": np.array([True, False, True, True, True]),
        "not_validated": np.array(["", "not on record: prefetch", "", "", ""], object),
    }
    columns.update({name: np.array(values, columns[name].dtype) for name, values in given.items()})
    result = SweepResult(
        columns, varied, minimise, subject_to, np.empty(0, np.int64), front(columns), (), executions=1, stored=0
    )
    return replace(result, best=ranked(parse_goal(minimise, subject_to), columns))


def test_the_best_point_and_what_binds() -> None:
    assert words(sweep("energy", ("latency<45ms",))) == (
        "Least energy: 50 MHz, with 40 ms (90 % interval 36 to 44), 110 uJ, 2.75 mW, 64.0 KiB RAM, 128.0 KiB flash "
        "(of 5 points 5 are legal, and 4 meet the goal).",
        "latency<45ms binds: the nearest point with less energy, 40 MHz, has 100 uJ and latency 50 ms.",
        "At 40 MHz (1 wait state) instead of 50 MHz energy falls by 10 uJ (9.1%) and latency rises by 10 ms (25.0%); "
        "it misses latency<45ms.",
        "At 60 MHz instead of 50 MHz energy rises by 10 uJ (9.1%) and latency falls by 6.667 ms (16.7%).",
        "It is not validated; not on record: prefetch.",
    )


def test_nothing_binds_where_nothing_is_better() -> None:
    found = words(sweep("latency", ("latency<26ms", "ram<=64KiB"), varied=("board", "clock_hz")))
    assert found[0].startswith("Least latency: nucleo-l4r5zi, 80 MHz, with 25 ms")
    assert found[1] == "Its latency may miss latency<26ms: the interval goes beyond it."
    assert found[2] == "Nothing binds: no legal point has less latency."
    assert len(found) == 4  # there is no higher clock, and a record covers it


def test_several_conditions_bind_together() -> None:
    found = words(sweep("latency", ("energy<135uJ", "clock<75MHz")))
    assert found[1] == (
        "energy<135uJ and clock<75MHz bind: the nearest point with less latency, 80 MHz, has 25 ms and energy 140 uJ "
        "and clock 80 MHz."
    )


def test_an_unmeetable_condition() -> None:
    found = words(sweep("energy", ("latency<20ms", "energy<200uJ")))
    assert found == (
        "No point meets latency<20ms: the least latency of the 5 legal points is 25 ms (80 MHz).",
        "Nearest comes 80 MHz: latency 25 ms, 25.0% beyond the bound "
        "(it has 25 ms (90 % interval 22.5 to 27.5), 140 uJ, 5.6 mW, 64.0 KiB RAM, 128.0 KiB flash).",
    )


def test_conditions_that_exclude_each_other() -> None:
    found = words(sweep("energy", ("latency<30ms", "energy<125uJ")))
    assert found[0] == (
        "No point meets latency<30ms and energy<125uJ at once, though each is met by some of the 5 legal points."
    )
    # 70 MHz has 130 uJ, 4 % too much, in time; 60 MHz takes 33.3 ms, 11 % too long.
    assert found[1].startswith("Nearest comes 70 MHz: energy 130 uJ, 4.0% beyond the bound (it has 28.57 ms")


def test_what_is_not_known() -> None:
    unknown = [np.nan] * COUNT
    found = words(sweep("energy", energy_uj=unknown))
    assert found == ("No point is the best: energy is not known of any of the 5 legal points.",)
    found = words(sweep("latency", ("energy<1mJ",), energy_uj=unknown))
    assert found == ("Whether energy<1mJ is met is not known of any of the 5 legal points.",)
    found = words(sweep("latency", energy_uj=unknown, mean_power_mw=unknown))
    assert found[0].startswith("Least latency: 80 MHz, with 25 ms (90 % interval 22.5 to 27.5), 64.0 KiB RAM")


def test_nothing_is_legal() -> None:
    reasons = ["the clock is too high", "the LDO drops out", "the clock is too high", "x", "y"]
    found = words(sweep("energy", legal=[False] * COUNT, reason=reasons))
    assert found == ("No point is legal; the reason of 2 points: the clock is too high.",)


def test_the_next_kib_of_a_cache() -> None:
    caches = ["8K/2", "16K/2", "32K/2", "16K/4", ""]
    latency = [50.0, 40.0, 39.0, 30.0, 50.0]
    found = words(
        sweep("ram", ("latency<45ms",), varied=("caches",), caches=caches, latency_ms=latency, energy_uj=[1.0] * COUNT)
    )
    assert found[0].startswith("Least RAM: caches 16K/4, with 30 ms")
    found = words(
        sweep("energy", varied=("caches",), caches=caches, latency_ms=latency, energy_uj=[3.0, 1.0, 2.0, 4.0, 5.0])
    )
    assert found[1:3] == (
        "At caches 8K/2 instead of caches 16K/2 energy rises by 2 uJ (200.0%) and latency rises by 10 ms (25.0%).",
        "At caches 32K/2 instead of caches 16K/2 energy rises by 1 uJ (100.0%) and latency falls by 1 ms (2.5%).",
    )


def test_a_neighbour_is_alike_in_the_other_knobs() -> None:
    boards = ["a", "b", "a", "a", "a"]
    legal = [True, True, False, True, True]
    found = words(sweep("energy", varied=("board", "clock_hz"), board=boards, legal=legal))
    assert "a, 40 MHz" in found[0]
    (change,) = (text for text in found if text.startswith("At "))
    assert change.startswith("At 70 MHz (3 wait states) instead of 40 MHz energy rises by 30 uJ")


def test_of_a_clock_several_settings_the_best_stands_for_it() -> None:
    clocks = [40e6, 40e6, 60e6, 60e6, 60e6]
    waits = [1.0, 2, 2, 3, 4]
    energies = [100.0, 105, 120, 118, 140]
    found = words(
        sweep("energy", varied=("clock_hz", "wait_states"), clock_hz=clocks, wait_states=waits, energy_uj=energies)
    )
    changes = [text for text in found if text.startswith("At ")]
    # At 60 MHz no row has the 1 wait state of the best: the one with least energy stands for it.
    assert changes[0].startswith("At 60 MHz (3 wait states) instead of 40 MHz energy rises by 18 uJ (18.0%)")
    assert changes[1].startswith("At 2 wait states instead of 1 wait state energy rises by 5 uJ (5.0%)")


def test_values_that_are_close_are_told_apart() -> None:
    found = words(sweep("energy", clock_hz=[17e6, 17.0001e6, 18e6, 19e6, 20e6], energy_uj=[1.0, 2.0, 3.0, 4.0, 5.0]))
    assert "At 17.0001 MHz (2 wait states) instead of 17 MHz " in " ".join(found)


def test_there_is_no_share_of_a_bound_of_nothing() -> None:
    assert "beyond the bound" not in " ".join(words(sweep("energy", ("latency<0ms",))))
