"""What `simtiny sweep` prints of made-up sweeps."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from simtiny.report.sweep_text import best_table, lines, not_validated_lines, sweep_report, title
from simtiny.sweeps.goals import parse_goal, ranked
from simtiny.sweeps.result import SweepResult
from tests.report.sweeps import LARGE, made_up

NONE = np.empty(0, np.int64)


def headings(result: SweepResult, *, narrow: bool = False) -> list[str]:
    return [str(column.header).replace("\n", " ") for column in best_table(result, narrow=narrow).columns]


def cells(result: SweepResult, heading: str) -> list[Any]:
    return list(best_table(result).columns[headings(result).index(heading)].cells)


def goal(result: SweepResult, minimise: str, *subject_to: str) -> SweepResult:
    best = ranked(parse_goal(minimise, subject_to), result.columns)
    return replace(result, minimise=minimise, subject_to=subject_to, best=best)


def published(*images: str) -> SweepResult:
    """Images that bring their boards, so that no board was asked for."""
    boards = ("nucleo-l4r5zi", "nucleo-u575zi-q")[: len(images)]
    result = made_up({"clock_hz": (80e6,) * len(images)})
    columns = {**result.columns, "image": np.array(images, object), "board": np.array(boards, object)}
    return goal(replace(result, columns=columns, varied=("image",)), "latency")


def test_what_differs_is_a_column_and_not_in_the_title() -> None:
    result = published("a/v1.1/L4/kws01.bin", "a/v1.1/U5/kws01.bin")
    assert headings(result)[:2] == ["image", "board"]
    assert sorted(cells(result, "image")) == ["L4/kws01.bin", "U5/kws01.bin"]
    assert title(result) == "kws01 / least latency"
    assert sorted(cells(published("a/v1/L4/x.bin", "a/v2/L4/x.bin"), "image")) == ["v1/L4/x.bin", "v2/L4/x.bin"]
    assert title(published("one.bin")) == "kws01 / nucleo-l4r5zi / least latency"


@pytest.mark.parametrize(
    ("minimise", "heading"), [("power", "power mW"), ("cycles", "cycles"), ("clock", "MHz"), ("ram", "RAM KiB")]
)
def test_what_is_minimised_is_a_column_once(minimise: str, heading: str) -> None:
    for knobs in ({"clock_hz": (40e6, 80e6)}, {"supply_v": (1.8, 3.3), "wait_states": (5.0,)}):
        assert headings(goal(made_up(knobs), minimise)).count(heading) == 1
    assert "cycles" not in headings(goal(made_up({"clock_hz": (40e6, 80e6)}), "energy"))


def test_most_battery_life() -> None:
    result = goal(made_up({"clock_hz": (40e6, 80e6)}, life=True), "battery")
    assert title(result) == "kws01 / nucleo-l4r5zi / most battery life"
    assert headings(result).count("battery days") == headings(result).count("current uA") == 1


def test_where_no_point_meets_the_goal_legal_ones_are_listed() -> None:
    result = goal(made_up({"clock_hz": (40e6, 80e6, 500e6)}), "latency", "latency<1ms")
    assert cells(result, "MHz") == ["80", "40"]
    assert title(result) == "kws01 / nucleo-l4r5zi / no point meets latency<1ms; legal ones, least latency first"
    unknown = replace(result, columns={**result.columns, "energy_uj": np.full(3, np.nan)})
    assert cells(goal(unknown, "energy"), "MHz") == ["80", "40"]
    assert title(goal(unknown, "energy")).endswith(" / energy is not known of any; least latency first")
    assert "goal" not in title(goal(unknown, "energy", "latency<1ms"))
    nothing = made_up({"clock_hz": (500e6,)})
    console = Console(width=200)
    with console.capture() as printed:
        console.print(sweep_report(replace(nothing, best=NONE)))
    assert "MHz │" not in printed.get() and "1 illegal" in printed.get()


def test_how_to_have_all_points() -> None:
    result = goal(made_up({"clock_hz": tuple(1e6 * mhz for mhz in range(10, 31))}), "energy")
    assert lines(result)[0] == "and 1 more point: `csv` has them all"
    console = Console(width=200)
    with console.capture() as printed:
        console.print(sweep_report(result))
    assert "and 1 more point: --csv has them all" in printed.get()


def test_what_is_not_validated_is_counted_of_all_legal_points() -> None:
    result = made_up(LARGE, 10_000)
    legal, validated = result.columns["legal"], result.columns["validated"]
    count = int((legal & ~validated).sum())
    *reasons, last = not_validated_lines(result)
    assert last == f"{count:,} of {int(legal.sum()):,} legal points are not validated"
    without = int((legal & ~validated & (result.columns["instruction_cache"] == "off")).sum())
    assert f"* not validated, instruction cache off ({without:,})" in reasons
    texts = np.array([f"reason {row % 12:02}" for row in range(len(result))], object)
    many = replace(result, columns={**result.columns, "not_validated": texts})
    found = not_validated_lines(many)
    assert len(found) == 12 and found[10].startswith("* not validated for 2 other reasons (")


def test_a_narrow_terminal_has_no_columns_of_one_value() -> None:
    result = goal(made_up({"clock_hz": (40e6, 80e6), "prefetch": ("on", "off")}), "energy")
    rows = np.flatnonzero((result.columns["prefetch"] == "on") & result.columns["legal"])
    result = replace(result, best=rows)
    assert headings(result) == ["MHz", "prefetch", "latency ms", "energy uJ", "RAM KiB", "flash KiB", ""]
    assert headings(result, narrow=True) == ["MHz", "latency ms", "energy uJ", ""]
    assert "RAM KiB" in headings(replace(result, best=rows[:1]), narrow=True)
