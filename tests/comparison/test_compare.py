"""What explains a difference: sums worked out by hand, and that all of them are exact whatever the results are."""

from fractions import Fraction
from math import fsum, ulp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtiny.comparison.compare import compared
from simtiny.comparison.parts import quantum, rounded
from simtiny.comparison.result import Comparison, MemoryPart, Setting
from simtiny.errors import BadInput
from tests.comparison.results import SLOWER, result


def close(value: float) -> Any:
    return pytest.approx(value, rel=1e-12, abs=1e-12)


def test_latency_goes_by_effect_then_sleep_then_clock() -> None:
    """At A's clock a cycle is 1 us. Sleep is 100 us in A and 400 cycles of 0.5 us in B.

    2000 cycles awake take 1000 us less at 2 MHz.
    """
    found = compared(result(), SLOWER)
    parts = {part.name: (part.difference_cycles, part.difference_ms) for part in found.latency_parts}
    assert parts == {
        "issue": (0, 0),
        "memory": (-100, close(-0.1)),
        "flash_code": (1100, close(1.1)),
        "flash_data": (100, close(0.1)),
        "sleep": (300, close(0.1)),
        "clock": (0, close(-1.0)),
    }
    assert (found.cycles.a, found.cycles.b, found.cycles.difference) == (1000, 2400, 1400)
    assert found.latency.difference == close(0.2) and found.latency.ratio == close(1.2)
    assert found.latency.within_intervals is False  # 1.2 is beyond 1.1
    assert isinstance(found.latency_parts[0].a_cycles, int)


def test_energy_goes_by_event() -> None:
    found = compared(result(), SLOWER)
    parts = {part.name: (part.a_uj, part.b_uj, part.difference_uj) for part in found.energy_parts}
    assert parts == {
        "cycles": (0.25, 0.375, 0.125),
        "load_words": (0.125, 0, -0.125),
        "static": (0.125, 0.125, 0),
        "flash_reads": (0, 0.25, 0.25),
    }
    assert found.energy is not None and found.mean_power is not None
    assert (found.energy.difference, found.energy.ratio, found.energy.within_intervals) == (0.25, 1.5, True)
    assert found.mean_power.difference == 0.125 and found.duty_power is None


def test_functions_are_the_same_by_name() -> None:
    """Two of one name are one; the one that has most of the difference is first, each at its own clock."""
    found = compared(result(), SLOWER)
    rows = [(part.name, part.count, part.only_in, part.difference_ms, part.difference_uj) for part in found.by_function]
    assert rows[0][0] == "multiply"
    assert sorted(rows) == [
        ("asleep", 1, "", close(0.1), close(0)),
        ("multiply", 2, "", close(0.2), close(0.25)),  # 1800 cycles at 2 MHz, 700 at 1 MHz
        ("print", 1, "A", close(-0.2), close(-0.0625)),
        ("sort", 1, "B", close(0.1), close(0.0625)),
    ]


def test_layers_are_the_same_by_index_and_kind_else_by_order() -> None:
    found = compared(result(), SLOWER)
    rows = [(part.name, part.only_in, part.a_cycles, part.b_cycles, part.difference_ms) for part in found.by_layer]
    assert rows == [
        ("0 CONV_2D 1x4x4x2", "", 500, 800, close(-0.1)),
        ("1/2 SOFTMAX 1x2", "", 300, 600, 0),
        ("1 MUL 1x2", "B", 0, 400, close(0.2)),
        ("before and after", "", 200, 600, close(0.1)),
    ]


def test_what_was_set_otherwise_and_memory() -> None:
    found = compared(result(), SLOWER)
    assert found.settings == (
        Setting("clock", "1 MHz", "2 MHz"),
        Setting("flash wait states", "1", "3"),
        Setting("instruction cache", "on", "off"),
    )
    assert found.memory == (
        MemoryPart("flash", 2048, 3072, 1024),
        MemoryPart("firmware", 1024, 2048, 1024),
        MemoryPart("network with weights", 1024, 1024, 0),
        MemoryPart("RAM", 1024, 1024, 0),
    )
    other = compared(result(), result(options={"place": ["weights=dtcm"]}, kernels=None, memory={"ram_bytes": None}))
    assert other.settings == (Setting("kernels", "dsp", ""), Setting("placement", "", "weights=dtcm"))
    rebuilt = compared(result(), result(identity={"image_sha256": "1" * 64}))
    assert rebuilt.settings == (Setting("firmware image, SHA-256", "0" * 12, "1" * 12),)
    assert MemoryPart("RAM", 1024, None, None) in other.memory


def test_a_result_beside_itself() -> None:
    found = compared(result(), result())
    assert not any(part.difference_ms or part.difference_cycles for part in found.latency_parts)
    assert found.latency.difference == 0 and found.latency.within_intervals and found.settings == ()
    assert found.words == (
        "A and B take equally long (A 1 ms, B 1 ms).",
        "A and B draw the same energy (A 0.5 uJ, B 0.5 uJ).",
    )


def test_an_energy_that_is_not_known() -> None:
    without = result(energy=None, by_function=[{"name": "multiply", "cycles": 1000, "energy_uj": None}])
    for found in (compared(without, SLOWER), compared(SLOWER, without)):
        assert found.energy is None and found.mean_power is None and found.energy_parts == ()
        assert all(part.difference_uj is None for part in (*found.by_function, *found.by_layer))
        assert any("energies are not compared" in note for note in found.notes)
    assert "that of A is not known" in compared(without, SLOWER).notes[0]


def test_what_no_part_holds_is_told() -> None:
    """A result whose effects miss 100 of its cycles, and its events 0.125 uJ."""
    broken = result(
        cycles_by_effect={"issue": 600, "memory": 200, "flash_code": 0, "sleep": 100},
        energy={**result()["energy"], "by_event_uj": {"cycles": 0.25, "load_words": 0.125}},
        by_function=result()["by_function"][:2],
    )
    found = compared(result(), broken)
    cycles = {part.name: part.difference_cycles for part in found.latency_parts if part.difference_cycles}
    assert cycles == {"flash_code": -100, "not attributed": 100}
    assert found.cycles.difference == 0 == fsum(part.difference_ms for part in found.latency_parts)
    energies = {part.name: part.difference_uj for part in found.energy_parts if part.difference_uj}
    assert energies == {"static": -0.125, "not attributed": 0.125}
    assert [(part.name, part.difference_ms) for part in found.by_function if part.difference_ms] == [
        ("asleep", close(-0.1)),
        ("not attributed", close(0.1)),
    ]


def test_other_work_is_noted() -> None:
    other = result(title="kws01", benchmark="kws01", notes=["unlike A"])
    assert compared(result(), other, versions=("1", "2")).notes == (
        "A and B do not do the same work: ad01 in A, kws01 in B",
        "A is by simtiny 1, B by simtiny 2: its model of time and energy may differ",
        "B: unlike A",
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cycles": "many"}, r"mine: no result of a run: Expected `float`, got `str` - at `\$.cycles`"),
        ({"cycles": -1}, r"Expected `float` >= 0"),
        ({"cycles": 1e300}, r"Expected `float` <= "),
        ({"operating_point": {}}, r"missing required field `clock_hz`"),
        ({"operating_point": {"clock_hz": 0}}, r"Expected `float` >= 1"),
        ({"layers": [{"kind": "CONV_2D"}]}, r"missing required field `cycles`"),
        ({"energy": {"energy_uj": None}}, r"Expected `float`, got `null`"),
        ({"by_function": None}, r"Expected `array`, got `null`"),
    ],
)
def test_what_is_no_result_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        compared(result(**changed), result(), names=("mine", "other"))


def test_names_cannot_command_a_terminal() -> None:
    named = [{"name": "\x1b[2Jwork", "cycles": 900, "energy_uj": 0.5}, {"name": "rest", "cycles": 100, "energy_uj": 0}]
    found = compared(result(), result(title="\x07", by_function=named))
    assert found.b.title == "?" and "?[2Jwork" in [part.name for part in found.by_function]


# Any results: effects, functions and layers of any size, at any clock, and energies by event.
counts = st.integers(0, 10**12)
shares = st.floats(0, 1e9, allow_subnormal=False)


@st.composite
def results(draw: st.DrawFn) -> dict[str, Any]:
    effects = draw(st.dictionaries(st.sampled_from(["issue", "memory", "flash_code", "sleep"]), counts))
    effects["memory"] = draw(st.integers(-effects.get("issue", 0), 10**9))
    cycles, clock_hz = sum(effects.values()), draw(st.floats(1e4, 1e9))
    events = draw(st.dictionaries(st.sampled_from(["cycles", "load_words", "static"]), shares))
    weights = draw(st.lists(st.floats(0.01, 1), min_size=2, max_size=12))
    parts = [cycles * weight / fsum(weights) for weight in weights]
    energy_uj = fsum(events.values())
    drawn = [energy_uj * weight / fsum(weights) for weight in weights]
    latency_ms = cycles / clock_hz * 1e3
    code = [
        {"name": f"f{index % 7}", "kind": "ABCDE"[index % 5], "cycles": each, "energy_uj": uj}
        for index, (each, uj) in enumerate(zip(parts, drawn, strict=True))
    ]
    return result(
        latency_ms=latency_ms,
        latency_low_ms=latency_ms,
        latency_high_ms=latency_ms,
        cycles=cycles,
        cycles_by_effect=effects,
        operating_point={"clock_hz": clock_hz},
        energy={"energy_uj": energy_uj, "mean_power_mw": 1.0, "supply_v": 3.0, "by_event_uj": events},
        by_function=code,
        layers=draw(st.permutations(code)),
    )


def one_by_one(values: list[float]) -> float:
    """As any other program adds up what stands in the document."""
    total = 0.0
    for value in values:
        total += value
    return total


@settings(max_examples=30, deadline=None)
@given(results(), results(), st.randoms())
def test_parts_sum_up_exactly(a: dict[str, Any], b: dict[str, Any], random: Any) -> None:
    found = compared(a, b)
    assert one_by_one([part.difference_cycles for part in found.latency_parts]) == b["cycles"] - a["cycles"]
    assert found.cycles.difference == b["cycles"] - a["cycles"]
    assert found.energy is not None
    ways = [
        (found.latency.difference, [part.difference_ms for part in found.latency_parts]),
        (found.latency.difference, [part.difference_ms for part in found.by_function]),
        (found.latency.difference, [part.difference_ms for part in found.by_layer]),
        (found.energy.difference, [part.difference_uj for part in found.energy_parts]),
        (found.energy.difference, [part.difference_uj or 0.0 for part in found.by_function]),
        (found.energy.difference, [part.difference_uj or 0.0 for part in found.by_layer]),
    ]
    for difference, parts in ways:
        random.shuffle(parts)
        assert one_by_one(parts) == difference == fsum(parts)
    assert off_by(found.latency, [parts for _, parts in ways[:3]]) <= 1
    assert off_by(found.energy, [parts for _, parts in ways[3:]]) <= 1
    assert "not attributed" not in {part.name for part in (*found.latency_parts, *found.by_function, *found.by_layer)}
    assert all(found.words) and Comparison.to_dict(found)


def off_by(change: Any, ways: list[list[float]]) -> Fraction:
    """How far A and the difference are from B, in units in the last place of the magnitudes that were summed."""
    size = max([change.a + change.b, *(fsum(map(abs, parts)) for parts in ways)])
    missed = abs(Fraction(change.a) + Fraction(change.difference) - Fraction(change.b))
    return missed / Fraction(ulp(size)) if missed else Fraction(0)


@settings(max_examples=20, deadline=None)
@given(results(), results())
def test_the_other_way_round_it_is_the_opposite(a: dict[str, Any], b: dict[str, Any]) -> None:
    one, other = compared(a, b), compared(b, a)
    assert one.cycles.difference == -other.cycles.difference
    unit = ulp(one.latency.a + one.latency.b + fsum(abs(part.difference_ms) for part in one.latency_parts))
    assert one.latency.difference == pytest.approx(-other.latency.difference, abs=4 * max(unit, 1e-300), rel=1e-9)


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), max_size=30))
def test_rounding_loses_nothing(values: list[float]) -> None:
    exact = [Fraction(value) for value in values]
    of = quantum(exact)
    parts = rounded(exact, of)
    assert one_by_one(parts) == fsum(parts) and Fraction(fsum(parts)) == round(sum(exact) / of) * of
    assert all(abs(Fraction(part) - value) < 1.5 * of for part, value in zip(parts, exact, strict=True))
    assert all(part == 0 for part, value in zip(parts, values, strict=True) if value == 0)


def test_words_name_causes_only_where_they_go_the_same_way() -> None:
    """B waits longer for instructions with its cache off and more wait states; A's prefetch being off is no reason."""
    point = result()["operating_point"]
    slow = {**SLOWER, "operating_point": {**SLOWER["operating_point"], "clock_hz": 1e6}, "latency_ms": 2.4}
    found = compared(result(operating_point={**point, "prefetch": False}), slow)
    assert found.words[:2] == (
        "B takes 2.4 times as long as A (A 1 ms, B 2.4 ms).",
        "Of the difference 79 % is waits for instructions from flash, since the instruction cache of B is off and the "
        "flash wait states are 1 in A and 3 in B; 21 % asleep; against it 7 % loads and stores.",
    )
    turned = compared(slow, result(operating_point={**point, "prefetch": False}))
    assert turned.words[0] == "A takes 2.4 times as long as B (A 2.4 ms, B 1 ms)."
    assert "since the instruction cache of A is off and the flash wait states are 3 in A and 1 in B" in turned.words[1]


def test_words_of_parts_that_cancel_out_are_in_milliseconds() -> None:
    other = result(
        latency_ms=1.01, cycles=1010, cycles_by_effect={**result()["cycles_by_effect"], "memory": 710, "issue": 100}
    )
    assert compared(result(), other).words[:2] == (
        "B takes 1 % longer than A (A 1 ms, B 1.01 ms).",
        "That is what is left of larger parts: 0.51 ms of loads and stores; against it 0.5 ms instructions, "
        "a cycle each.",
    )


def test_an_image_has_no_kernels_of_its_own_to_name() -> None:
    found = " ".join(
        compared(
            result(), {**SLOWER, "kernels": None, "cycles_by_effect": {**SLOWER["cycles_by_effect"], "issue": 900}}
        ).words
    )
    assert "as it was" not in found
