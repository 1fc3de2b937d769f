"""The intervals of platforms/intervals.csv worked out anew from the errors, and which of them a run has."""

import csv
from dataclasses import asdict, replace
from math import ceil, hypot, sqrt
from pathlib import Path

import pytest

from simtiny.board import Board
from simtiny.board_file import board_names, load_board
from simtiny.intervals import Case, energy_interval, latency_interval, of_a_fit, t_90
from simtiny.mlperf.workload import Workload, build
from simtiny.power import supply_point
from simtiny.profiles import OperatingPoint
from simtiny.published import published_images
from simtiny.records import all_records
from simtiny.request import Request
from simtiny.timing.models import MODELS
from simtiny.uncertainty import energy_interval_of, known_energy_bias, latency_interval_of, timing_on_record
from simtiny.validation.held_out import IN_SUITES, Row, between_suites, cases, held_out, read_rows

ROOT = Path(__file__).resolve().parents[1]
STUDENT = {1: 6.314, 2: 2.920, 3: 2.353, 4: 2.132, 5: 2.015, 6: 1.943, 7: 1.895, 8: 1.860, 9: 1.833, 10: 1.812,
           11: 1.796, 12: 1.782, 13: 1.771, 14: 1.761, 15: 1.753, 16: 1.746, 17: 1.740, 18: 1.734}  # fmt: skip
"""Of a table of quantiles: 95 %, one-sided."""


def rows(path: str) -> list[dict[str, str]]:
    with (ROOT / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


EVIDENCE = rows("docs/validation/interval-evidence.csv")
TABLE = {(row["quantity"], row["case"], row["core"]): row for row in rows("platforms/intervals.csv")}


FITTED = {key for core in MODELS.values() for key in core.evidence.calibrated_on} | {
    key for name in board_names() for key in load_board(name).flash.calibrated_on
}
"""Results that decided a constant of a latency."""


def errors_of(quantity: str, case: str, core: str) -> list[tuple[str, float]]:
    wanted = quantity, case, core
    return [
        (row["group"], float(row["error"])) for row in EVIDENCE if (row["quantity"], row["case"], row["core"]) == wanted
    ]


@pytest.mark.parametrize("key", [key for key in TABLE if key[:2] not in IN_SUITES and key[1] != "stack"])
def test_each_interval_follows_from_its_errors(key: tuple[str, str, str]) -> None:
    known = errors_of(*key)
    errors, groups = [error for _, error in known], len({group for group, _ in known})
    high = STUDENT[groups] * sqrt(sum(error**2 for error in errors) / len(errors)) * sqrt(1 + 1 / groups)
    if len(errors) >= 9:
        high = max(high, sorted(map(abs, errors))[ceil(0.9 * (len(errors) + 1)) - 1])
    low = -high
    row = TABLE[key]
    # Rounded outward to 0.1 %, with a Student's t of three digits; a wide one of one group to 0.5 %.
    assert float(row["low"]) == pytest.approx(low, abs=0.0015)
    assert float(row["high"]) == pytest.approx(high, abs=0.0015)
    assert (int(row["rows"]), int(row["groups"])) == (len(errors), groups)
    assert int(row["inside"]) == sum(float(row["low"]) <= error <= float(row["high"]) for error in errors)


@pytest.mark.parametrize("key", [key for key in TABLE if key[1] in ("image", "program", "stack")])
def test_nine_of_ten_recorded_figures_lie_inside(key: tuple[str, str, str]) -> None:
    row = TABLE[key]
    assert int(row["inside"]) >= 0.9 * int(row["rows"])


def test_nine_of_ten_lie_inside_over_all_cores() -> None:
    cores = [row for (quantity, case, _), row in TABLE.items() if (quantity, case) == ("latency", "image")]
    count = sum(int(row["rows"]) for row in cores)
    assert count == 79 - len(FITTED & {image.key for image in published_images()})
    assert sum(int(row["inside"]) for row in cores) >= 0.9 * count


def test_what_the_errors_are_of() -> None:
    """Recorded results that no constant was fitted to, each once."""
    of_records = [row for row in EVIDENCE if row["case"] in ("image", "stack")]
    keys = {record.key for record in all_records()}
    assert all(row["name"] in keys for row in of_records)
    assert len({(row["quantity"], row["case"], row["name"]) for row in of_records}) == len(of_records)
    assert not FITTED & {row["name"] for row in EVIDENCE if row["quantity"] == "latency"}


def test_another_group_left_out_is_covered_by_the_others() -> None:
    """Each system's latencies by an interval from those of the other systems of its core: 85 % or more."""
    inside = total = 0
    for quantity, case, core in TABLE:
        if (quantity, case) != ("latency", "image"):
            continue
        known = errors_of(quantity, case, core)
        for left_out in dict.fromkeys(group for group, _ in known):
            others = [error for group, error in known if group != left_out]
            groups = len({group for group, _ in known}) - 1
            rms = sqrt(sum(error**2 for error in others) / len(others))
            width = STUDENT[groups] * rms * sqrt(1 + 1 / groups)
            own = [error for group, error in known if group == left_out]
            total += len(own)
            inside += sum(abs(error) <= width for error in own)
    assert inside >= 0.85 * total > 50


def row(suite: str, group: str, error: float, core: str = "cortex-m4f") -> Row:
    return Row("latency", "program", core, suite, group, f"{suite} {group} {error}", error)


def test_programs_have_what_varies_between_suites_and_within_them() -> None:
    """Suites' means of 1 and 5 %: a variance of 8e-4, of 12e-4 for the next one. Within, of two groups each, 2e-4, half
    of which is in the means already. 1.17 degrees of freedom: t is that of one.
    """
    low, high = between_suites([row("A", "a", 0.0), row("A", "b", 0.02), row("B", "a", 0.04), row("B", "b", 0.06)])
    assert (low + high) / 2 == pytest.approx(0.03)
    assert (high - low) / 2 == pytest.approx(6.31 * sqrt(13e-4))
    alike = [row("A", "a", 0.0), *[row("A", "b", 0.02)] * 9, row("B", "a", 0.04), row("B", "b", 0.06)]
    assert between_suites(alike) == (low, high)  # ten functions of one program that err alike are one
    tail = [row("A", str(number), 0.01) for number in range(20)] + [row("B", "a", 0.01), *[row("B", "b", 0.2)] * 2]
    assert between_suites(tail)[1] >= 0.2  # 3 of 23 err so much: the rank that leaves out 10 % of all


def test_programs_of_one_suite_lie_around_the_prediction() -> None:
    low, high = between_suites([row("A", "a", 0.01), row("A", "b", 0.02)])
    assert high == -low == pytest.approx(2.92 * sqrt((0.01**2 + 0.02**2) / 2) * sqrt(1.5))


def test_a_core_has_its_own_interval_from_three_suites_on() -> None:
    rows = [row(suite, "a", error) for suite, error in (("A", 0.01), ("B", 0.02), ("C", 0.03))]
    rows += [row("D", "a", 0.1, "cortex-m7")]
    assert [(found.core, found.groups, found.rows) for found in cases(rows)] == [("cortex-m4f", 3, 3), ("", 4, 4)]


def test_a_suite_is_held_to_the_others() -> None:
    """Two suites at 0 to 2 %, from which the third one's 30 % can't be told; those two lie in what it gives them."""
    rows = [row(suite, str(error), error) for suite in ("A", "B") for error in (0.0, 0.01, 0.02)]
    images = [Row("latency", "image", "cortex-m4f", "MLPerf Tiny", group, group, 0.01) for group in "abc"]
    found = held_out([*rows, row("C", "a", 0.3), row("C", "b", 0.01), *images])
    assert [(each.what, each.inside, each.rows) for each in found] == [
        ("A", 3, 3),
        ("B", 3, 3),
        ("C", 1, 2),
        ("image", 3, 3),
        ("images as programs", 3, 3),
    ]


def test_nine_of_ten_lie_inside_intervals_of_other_suites() -> None:
    """What docs/validation/intervals.md shows set by set."""
    found = held_out(read_rows(ROOT / "docs/validation/interval-evidence.csv"))
    assert sum(each.inside for each in found) >= 0.85 * sum(each.rows for each in found)


def test_the_script_gives_the_committed_table() -> None:
    known = cases(read_rows(ROOT / "docs/validation/interval-evidence.csv"))
    assert [{name: str(value) for name, value in asdict(case).items()} for case in known] == list(TABLE.values())


def high(quantity: str, case: str, core: str = "") -> float:
    return float(TABLE[quantity, case, core]["high"])


IMAGE, STACK, POINT_ON_TOP = high("energy", "image"), high("energy", "stack"), high("energy", "operating point")
SUPPLY = high("energy", "supply")


def program(core: str) -> float:
    """The wider of what images and what programs have on a core, or on all."""
    own = ("latency", "program", core) if ("latency", "program", core) in TABLE else ("latency", "program", "")
    return max(high("latency", "image", core), high(*own))


def other_memory(core: str, width: float) -> float:
    """On top of that for other settings of memories; twice that where nothing tells."""
    key = "latency", "memory", core
    return hypot(width, high(*key)) if key in TABLE else 2 * width


def test_a_latency_is_the_less_sure_the_less_it_is_like_what_was_recorded() -> None:
    image, any_program = high("latency", "image", "cortex-m4f"), program("cortex-m4f")
    assert latency_interval("cortex-m4f", recorded=True).high == image
    assert latency_interval("cortex-m4f", recorded=False).high == any_program >= image
    assert latency_interval("cortex-m33", recorded=False).high == program("cortex-m33")
    other = latency_interval("cortex-m4f", recorded=False, other_timing=True)
    assert other.high == pytest.approx(other_memory("cortex-m4f", any_program))
    assert latency_interval("cortex-m4f", recorded=False, board_known=False).high == pytest.approx(2 * any_program)
    assert latency_interval("cortex-m3", 0.14, recorded=False).high >= 0.14
    assert latency_interval("cortex-m7", recorded=False).widened == ()
    assert other.widened == ("no image with these wait states and caches is on record",)
    widest = max(float(row["high"]) for key, row in TABLE.items() if key[:2] == ("latency", "image"))
    assert latency_interval("cortex-m0", recorded=True).high == widest


def test_what_is_on_no_record_is_not_twice_unlike_those_on_record() -> None:
    table = [Case("latency", "image", "cortex-m4f", -0.07, 0.07, 18, 7, 18, "images")]
    found = latency_interval("cortex-m4f", recorded=True, other_timing=True, board_known=False, table=table)
    assert (found.low, found.high) == (-0.14, 0.14)
    table.append(Case("latency", "memory", "cortex-m4f", -0.1, 0.24, 9, 3, 9, "caches off"))
    found = latency_interval("cortex-m4f", recorded=True, other_timing=True, table=table)
    assert (found.low, found.high) == (pytest.approx(-hypot(0.07, 0.1)), pytest.approx(0.25))
    table.append(Case("latency", "program", "", -0.02, 0.09, 9, 3, 9, "programs"))
    found = latency_interval("cortex-m4f", recorded=False, table=table)
    assert (found.low, found.high, found.basis) == (-0.07, 0.09, "images and programs")


def test_an_energy_is_the_less_sure_the_less_it_is_like_what_was_recorded() -> None:
    def ends(**words: bool) -> tuple[float, float]:
        found = energy_interval(0.1, **{"calibrated": False, "stack_known": True, **words})
        assert found is not None
        return found.low, found.high

    stack = max(STACK, 0.1)
    assert ends() == (-0.1, 0.1)
    assert ends(stack_known=False)[1] == stack
    assert ends(other_supply=True)[1] == pytest.approx(hypot(0.1, SUPPLY))
    assert ends(other_supply=True, linear=False)[1] == pytest.approx(hypot(0.1, POINT_ON_TOP))
    assert ends(other_supply=True, other_point=True)[1] == pytest.approx(sqrt(0.01 + SUPPLY**2 + POINT_ON_TOP**2))
    assert ends(other_point=True, stack_known=False)[1] == pytest.approx(hypot(stack, POINT_ON_TOP))
    assert ends(data_sheet=True)[1] == high("energy", "data sheet")
    assert energy_interval(None, calibrated=True, stack_known=True) is None
    wide = energy_interval(4.0, calibrated=True, stack_known=True)
    assert wide is not None and (wide.low, wide.high) == (-1.0, 4.0)  # an energy is positive


def test_the_width_of_a_fit() -> None:
    assert of_a_fit(0.2, 2, 2) is None
    assert of_a_fit(0.2, 3, 1) == pytest.approx(2.92 * 0.2 * sqrt(1 + 1 / 3))
    assert of_a_fit(0.0, 100, 1) == pytest.approx(IMAGE)
    assert [t_90(freedom) for freedom in (1, 4, 50)] == [6.31, 2.13, 1.8]


@pytest.fixture(scope="module")
def workload() -> Workload:
    return build(Request("ad01", "nucleo-l4r5zi"))


POINT = OperatingPoint(120e6, 5, True, True, True, "1")


def test_which_interval_a_run_has(workload: Workload) -> None:
    board = workload.board
    slower = replace(POINT, clock_hz=100e6, wait_states=4)
    any_program = program("cortex-m4f")
    assert latency_interval_of(workload, POINT, POINT).high == any_program
    other = other_memory("cortex-m4f", any_program)
    assert latency_interval_of(workload, POINT, slower).high == pytest.approx(other)
    image = next(image for image in published_images() if image.key == "v1.2 STMicroelectronics NUCLEO_L4R5ZI kws01")
    published = replace(workload, published=image)
    assert latency_interval_of(published, POINT, POINT).high == high("latency", "image", "cortex-m4f")
    assert latency_interval_of(published, POINT, POINT, is_inference=False).high == any_program  # a function of it
    other_flash = replace(board, flash=replace(board.flash, miss_overhead_cycles=3))
    elsewhere = latency_interval_of(replace(workload, board=other_flash), POINT, POINT)
    assert elsewhere.high == pytest.approx(2 * any_program)
    assert board.power is not None
    for supply_v, point, expected in (
        (1.8, POINT, STACK),
        (3.0, POINT, hypot(STACK, SUPPLY)),  # an LDO
        (1.8, slower, hypot(STACK, POINT_ON_TOP)),
    ):
        at = supply_point(board.power, point, supply_v)
        found = energy_interval_of(workload, board.power, at, POINT, point)
        assert found is not None and found.high == pytest.approx(expected)
    mine = replace(board.power, supply_v=1.9)  # as a platform file of the user's says: the records are at 1.8 V
    found = energy_interval_of(workload, mine, supply_point(mine, POINT), POINT, POINT)
    assert found is not None and found.high == pytest.approx(hypot(STACK, SUPPLY))
    at = supply_point(board.power, POINT)
    known = energy_interval_of(published, board.power, at, POINT, POINT)
    assert known is not None and known.high == board.power.half_width == IMAGE
    other_image = next(image for image in published_images() if image.key == "v1.2 bosch NUCLEO_L4R5ZI_int8 kws01")
    unknown = energy_interval_of(replace(workload, published=other_image), board.power, at, POINT, POINT)
    assert unknown is not None and unknown.high == STACK  # no energy of its firmware is on record
    own = replace(board.power, calibrated_on=("mine.csv line 2: a.elf",), relative_uncertainty="unknown")
    assert energy_interval_of(workload, own, supply_point(own, POINT), POINT, POINT) is None


@pytest.mark.parametrize("name", board_names())
def test_each_board_that_comes_with_simtiny_is_on_record(name: str) -> None:
    board: Board = load_board(name)
    assert timing_on_record(replace(board, id="mine", title="a copy"))
    larger = replace(board.memories[0], size=2 * board.memories[0].size)
    assert not timing_on_record(replace(board, memories=(larger, *board.memories[1:])))


def test_an_energy_that_is_known_to_be_too_high_says_so() -> None:
    """STM32H730 draws 0.62 to 0.72 of the current with caches off. Of other cores nothing like that is known."""
    off = replace(POINT, instruction_cache=False)
    assert "too high" in (known_energy_bias(load_board("nucleo-h7a3zi-q"), off) or "")
    assert known_energy_bias(load_board("nucleo-h7a3zi-q"), replace(POINT, instruction_cache=True)) is None
    assert known_energy_bias(load_board("nucleo-l4r5zi"), off) is None
    found = energy_interval(0.1, calibrated=False, stack_known=True, too_high=True)
    assert found is not None and (found.low, found.high) == (-0.55, 0.1)
