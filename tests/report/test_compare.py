"""The waterfall of a comparison, in the terminal and on the page: made from hand-made results."""

import io
import re
from html.parser import HTMLParser
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from simtiny.comparison.compare import compared
from simtiny.report.compare_html import compare_page
from simtiny.report.compare_text import compare_report, top, waterfall_table, waterfalls
from simtiny.report.waterfall import waterfall
from tests.comparison.results import SLOWER, result


def printed(*parts: Any, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(*parts)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_a_step_goes_from_where_the_one_before_ended() -> None:
    fall = waterfall({"up": 4.0, "none": 0.0, "down": -6.0}, 8.0, 6.0, "ms")
    assert fall is not None
    assert [(step.name, step.kind, step.low, step.high) for step in fall.steps] == [
        ("A", "a", fall.axis.low, 8.0),
        ("up", "more", 8.0, 12.0),
        ("down", "less", 6.0, 12.0),
        ("B", "b", fall.axis.low, 6.0),
    ]
    assert [step.share for step in fall.steps] == [None, -2.0, 3.0, None]
    assert 0 < fall.axis.low < 6.0 and fall.axis.high > 12.0  # a difference of 2 in 8 is worth looking at closely


def test_a_large_difference_is_shown_from_zero() -> None:
    fall = waterfall({"up": 9.0}, 1.0, 10.0, "ms")
    assert fall is not None and fall.axis.low == 0


def test_tiny_parts_are_one() -> None:
    parts = {"a": 1.0, "b": 0.001, "c": -0.002, "d": 0.0}
    fall = waterfall(parts, 1.0, 1.999, "ms")
    assert fall is not None
    assert [step.name for step in fall.steps] == ["A", "a", "2 others", "B"]
    assert fall.steps[2].value == pytest.approx(-0.001)
    assert waterfall({"a": 0.0}, 1.0, 1.0, "ms") is None


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text(min_size=1), st.floats(-1e6, 1e6), min_size=1), st.floats(0, 1e6))
def test_every_bar_lies_on_the_axis(parts: dict[str, float], a: float) -> None:
    fall = waterfall(parts, a, a + sum(parts.values()), "ms")
    if fall is not None:
        for step in fall.steps:
            assert -1e-6 <= fall.axis.at(step.low) <= fall.axis.at(step.high) <= 100 + 1e-6


def test_the_terminal_draws_bars_of_plain_characters() -> None:
    (title, fall), *_ = waterfalls(compared(result(), SLOWER))
    assert fall is not None
    text = printed(waterfall_table(title, fall))
    assert "Latency from A to B" in text and text.isascii() is False  # the rule below the heading is drawn
    rows = {match[1].strip(): match[2] for match in re.finditer(r"^ (.+?)  .*?([=+-]{3,}) *$", text, re.MULTILINE)}
    assert set(rows["A"]) == {"="} and set(rows["waits for instructions from flash"]) == {"+"}
    assert set(rows["the clock"]) == {"-"}


def test_names_are_no_markup() -> None:
    evil = "[red]<script>[/nothing]"
    functions = [{"name": evil, "cycles": 900, "energy_uj": 0.5}, {"name": "rest", "cycles": 100, "energy_uj": 0}]
    point = {**result()["operating_point"], evil: 3}
    found = compared(result(), result(title=evil, by_function=functions, operating_point=point, firmware=evil))
    text, page = printed(compare_report([found])), compare_page([found])
    assert text.count(evil) >= 3
    assert "<script" not in page and "&lt;script&gt;" in page


def test_the_page_is_whole() -> None:
    page = compare_page([compared(result(), SLOWER, ("before", "after")), compared(result(), result())])

    class Ids(HTMLParser):
        found: ClassVar[list[str]] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found += [value or "" for name, value in attrs if name == "id"]

    Ids().feed(page)
    assert len(Ids.found) == len(set(Ids.found)) > 3
    for text in (
        "before and after",
        "B takes 1.2 times as long as A",
        "waits for instructions from flash",
        "1/2 SOFTMAX",
    ):
        assert text in page
    assert "http" not in page.replace("http-equiv", "")
    assert page.count('class="whole"') == 2 * (1 + 2)  # a legend, A and B for latency and energy; none without parts


def test_those_that_have_least_of_the_difference_are_one() -> None:
    functions = [{"name": f"f{index}", "cycles": 100 + index, "energy_uj": 0.01} for index in range(40)]
    parts = compared(result(), result(by_function=functions)).by_function
    shown = top(parts, 10)
    assert len(shown) == 11 and shown[-1].name == f"{len(parts) - 10} others"
    assert sum(part.difference_ms for part in shown) == pytest.approx(sum(part.difference_ms for part in parts))
