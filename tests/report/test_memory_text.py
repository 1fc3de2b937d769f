"""Tables of memory and of rooflines, of a profile whose numbers can be worked out by hand."""

from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from simtiny.profiling.result import HeapUse, MemoryMap, MemoryPart
from simtiny.report.memory_text import advice, farthest, heap_lines, memory_report, roofline_report
from tests.report.profiles import made_up


def printed(what: RenderableType, width: int = 160) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(what)
    return capture.get()


def cells(text: str) -> list[list[str]]:
    """Rows of tables, cell by cell."""
    rows = [line.replace("┃", "│").strip("│ ").split("│") for line in text.splitlines() if "│" in line]
    return [[cell.strip() for cell in row] for row in rows]


def test_each_memory_is_listed_by_section_file_and_symbol() -> None:
    text = printed(memory_report(made_up()))
    assert "flash: 60,000 of 1,048,576 bytes, 5.7%" in text
    assert "ram: 32,896 of 327,680 bytes, 10.0%" in text
    rows = cells(text)
    for row in (
        [".rodata", "51,000", "4.9%"],
        [".text", "9,000", "0.9%"],
        ["net.o", "50,000", "4.8%"],
        ["conv.o", "8,000", "0.8%"],
        ["source file unknown", "1,000", "0.1%"],
        ["weights (net.o)", "50,000", "4.8%"],
        ["arena (net.o)", "32,768", "10.0%"],
    ):
        assert row in rows


def test_what_is_not_among_the_first_is_summed_up() -> None:
    rows = cells(printed(memory_report(made_up(), top=1)))
    assert ["3 others", "10,000", "1.0%"] in rows  # files
    assert ["3 others", "9,000", "0.9%"] in rows  # symbols: 6,000 + 2,000 + 1,000


def test_stacks_have_what_is_left_where_a_limit_is_known() -> None:
    rows = cells(printed(memory_report(made_up())))
    assert [
        "main", "4,096", "8,192", "4,096", "the symbol stack_base", "main > infer > softmax > expf"
    ] in rows  # fmt: skip
    assert ["worker", "256", "?", "?", "", "before the window"] in rows


def test_the_heap_is_told_in_lines() -> None:
    assert heap_lines(made_up()) == [
        "heap: 4,096 bytes in use at the most (main > infer > softmax), 64 at the end; "
        "12 allocated and 11 freed in the window",
        "not freed: 64 bytes, allocated 1 x in main > infer",
    ]
    many = HeapUse(3, 0, 60, -1, 60, ((30, 1, 0), (20, 2, 1), (10, 1, 2)))
    assert heap_lines(made_up(heap=many), top=1) == [
        "heap: 60 bytes in use at the most (before the window), 60 at the end; 3 allocated and 0 freed in the window",
        "not freed: 30 bytes, allocated 1 x in main",
        "not freed: 30 bytes more, in other places",
    ]
    assert heap_lines(made_up(heap=None)) == []


def test_a_roofline_says_what_bounds_each_layer() -> None:
    result = made_up()
    text = printed(roofline_report(result))
    assert ["0", "CONV_2D", "2,000,000", "0.50", "100.00", "2.50", "500,000", "core", "25%"] in cells(text)
    assert ["2", "SOFTMAX", "5,000", "-", "-", "-", "6", "RAM", "0%"] in cells(text)
    assert (
        "Next: layer 0, CONV_2D, takes 1,500,000 cycles more than the 500,000 that multiplying takes at the least."
        in text
    )


def test_the_farthest_layer_is_that_with_the_most_cycles_to_win() -> None:
    roofline = made_up().roofline
    assert roofline is not None
    first, second, _ = roofline.layers
    near = replace(first, cycles=510_000.0)
    assert farthest(replace(roofline, layers=(near, second))).index == 1
    at_bound = replace(roofline, layers=(replace(first, cycles=500_000.0),))
    assert advice(at_bound).startswith("Every layer is at its bound")


@pytest.mark.parametrize("layers", [None, ()])
def test_without_layers_there_is_no_roofline(layers: tuple[()] | None) -> None:
    roofline = made_up().roofline
    assert roofline is not None
    without = None if layers is None else replace(roofline, layers=layers)
    assert "the firmware marks no layers" in printed(roofline_report(made_up(roofline=without)))


def test_names_are_shown_as_they_are_and_obeyed_by_nothing() -> None:
    name = "[red]a;b<script>\x1b[31m\n" + "x" * 10_000
    parts = (MemoryPart("flash", "[bold].text", "[/]", name, 0, 8),)
    text = printed(memory_report(made_up(memory_map=MemoryMap({"flash": 64}, parts, None))))
    assert "\x1b" not in text
    assert "[red]a;b<script>?[31m?xxx" in text
    assert "[bold].text" in text
    assert len(text) < 10_000


def test_an_empty_map_prints_nothing_of_memories() -> None:
    empty = made_up(memory_map=MemoryMap({"flash": 64}, (), None), stacks=(), heap=None)
    assert printed(memory_report(empty)).strip() == ""
