"""The pages of profiles: small, their numbers worked out by hand, and no name in them becomes markup or a script."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np
import pytest

from simtiny.call_tree import FUNCTION
from simtiny.profiling.result import Frame, MemoryMap, MemoryPart, ProfileResult
from simtiny.published import published_images
from simtiny.records import all_records
from simtiny.report.cut_tree import LEFT_OUT, MOST_DEPTH, MOST_NODES, WHOLE, cut, grown, outermost
from simtiny.report.profile_data import LONGEST_NAME, call_tree, code_data, functions, label, memory_data, page_data
from simtiny.report.profile_html import chain, cut_words, function_rows, memory_rows, profile_page, stack_rows
from simtiny.report.roofline_chart import macs_per_byte, roofline_chart
from simtiny.timing.effects import Effect
from simtiny.validation.compare import assemble
from simtiny.validation.outcomes import Outcome
from tests.report.profiles import (
    CONV,
    DOT,
    EXP,
    FIB,
    FRAMES,
    INFER,
    MAIN,
    MEMORY_MAP,
    ROOFLINE,
    SLEEP,
    SOFTMAX,
    TICK,
    chain_of,
    fan_of,
    made_up,
    paths,
)

ATTACK = "</script><script>alert(1)</script>"


def data_of(page: str) -> list[dict[str, Any]]:
    """What the script reads."""
    found: list[dict[str, Any]] = json.loads(page.split('id="data">')[1].split("</script>")[0])
    return found


def test_paths_of_one_function_under_one_caller_are_one() -> None:
    """Of 12 paths the two calls of the convolution are one node: 1 root, 11 nodes."""
    tree = call_tree(made_up())
    assert tree.parent == [-1, 0, 1, 2, 3, 2, 5, 1, 7, 8, 0, 0] and tree.left_out == 0
    assert tree.key == [WHOLE, MAIN, INFER, CONV, DOT, SOFTMAX, EXP, FIB, FIB, FIB, TICK, SLEEP]
    assert tree.values[3].tolist() == [2_000_000, 600_000, 1_000_000, 4]  # 1.5 + 0.5 million cycles, 3 + 1 calls
    # main: 6,000,000 less SysTick's 200,000 and 600,000 asleep. 0.3 nJ a cycle, 0.05 asleep.
    inclusive = tree.inclusive()
    assert inclusive[[0, 1, 2, 7], 0].tolist() == [6_000_000, 5_200_000, 4_900_000, 200_000]
    assert inclusive[0, 1] == pytest.approx(1_650_000)


def test_a_function_counts_once_however_often_it_is_on_a_path() -> None:
    by_frame = functions(made_up())
    assert by_frame[FIB, :, 0].tolist() == [200_000, 200_000]  # 100 + 50 + 50 thousand, not 200 + 100 + 50
    assert by_frame[CONV, :, 0].tolist() == [2_000_000, 4_000_000]
    assert by_frame[MAIN, :, 0].tolist() == [100_000, 5_200_000]
    assert by_frame[[CONV, FIB, DOT], 0, 3].tolist() == [4, 3, 0]
    assert by_frame[:, 0, 0].sum() == 6_000_000


def test_what_is_small_is_left_out_and_counted() -> None:
    """Below a ten-thousandth of 10,000: the 0.5 and, below a kept one, the 0.25 and 0.125."""
    tree = grown([-1, 0, 0, 2, -1], [0, 1, 2, 3, 4], np.array([[9_000.0], [999.125], [0.25], [0.125], [0.5]]))
    found = cut(tree, (0,))
    assert found.parent == [-1, 0, 1, 1, 0] and found.key == [WHOLE, 0, 1, LEFT_OUT, LEFT_OUT]
    assert found.values[:, 0].tolist() == [0, 9_000, 999.125, 0.375, 0.5] and found.left_out == 3


def test_outermost_is_told_apart_on_every_branch() -> None:
    # a > b > a, a > b; b > c
    parents, keys = np.array([-1, 0, 1, 0, -1, 4]), np.array([0, 1, 0, 1, 1, 2])
    assert outermost(parents, keys).tolist() == [True, True, False, True, True, True]
    assert outermost(np.zeros(0, np.int64), np.zeros(0, np.int64)).tolist() == []


def test_recursion_a_hundred_thousand_deep_is_cut_and_said() -> None:
    result = made_up(paths=chain_of(100_000), stacks=())
    tree = call_tree(result)
    assert len(tree.parent) == MOST_DEPTH + 2 and tree.key[-1] == LEFT_OUT
    assert tree.values[:, 0].sum() == 100_000 and tree.values[-1, 0] == 100_000 - MOST_DEPTH
    assert functions(result)[FIB, :, 0].tolist() == [100_000, 100_000]
    assert "Of 100,000 call paths 99,850 are drawn" in cut_words(tree, 100_000)
    assert chain(result, 99_999) == " \u203a ".join(["fib"] * 6 + ["99,988 more"] + ["fib"] * 6)


def test_a_fan_of_many_calls_keeps_a_bounded_number() -> None:
    frames = tuple(Frame(f"f{index}", FUNCTION, index) for index in range(9_001))
    result = made_up(paths=fan_of(9_000), frames=frames)
    tree = call_tree(result)
    assert len(tree.parent) == MOST_NODES + 2 and tree.values[:, 0].sum() == 9_001
    assert tree.left_out == 9_001 - MOST_NODES


def test_code_is_of_the_function_that_holds_it() -> None:
    """Both paths of the convolution, and what is inlined into it, are one function's code."""
    (code,), lines = code_data(made_up())
    assert code["frame"] == CONV and code["left_out"] == 0
    push, smlad, branch = code["rows"]
    issue, memory, flash = Effect.ISSUE, Effect.MEMORY, Effect.FLASH_CODE
    assert push == [0x08000300, 0, 22, 40_000, 80_000, 24_000, "push {r4, lr}", -1, [issue, 40_000, memory, 40_000]]
    assert smlad[1:5] == [1, 4, 500_000, 2_000_000] and smlad[7:] == [DOT, [issue, 500_000, flash, 1_500_000]]
    assert branch[3:5] == [960_000, 1_920_000]
    assert list(lines[0]) == list(range(19, 28)) and list(lines[1]) == [1, 2, 3, 4, 5]
    assert lines[1][4] == "    sum += *a++ * *b++;"


def test_without_energy_no_energy_is_said() -> None:
    unknown = replace(paths(), energy_nj=np.full(12, np.nan))
    page = profile_page([made_up(paths=unknown, run=replace(made_up().run, energy=None))])
    (data,) = data_of(page)
    assert data["energy"] is False and set(data["tree"]["nj"]) == {0}
    assert "own uJ" not in page.split("<script")[0]


def test_a_memory_is_a_tree_of_sections_objects_and_symbols() -> None:
    flash, ram = memory_data(MEMORY_MAP)
    assert (flash["size"], flash["used"], ram["used"]) == (1_048_576, 60_000, 32_896)
    sums = list(flash["bytes"])
    for node in range(len(sums) - 1, 0, -1):
        sums[flash["parent"][node]] += sums[node]
    by_name = dict(zip(flash["label"], sums, strict=True))
    assert (by_name[".text"], by_name["conv.o"], by_name["helper"], by_name[".rodata"]) == (9_000, 8_000, 2_000, 51_000)
    assert sums[0] == 60_000
    rows = memory_rows(made_up())
    assert rows[0].share == pytest.approx(60_000 / 1_048_576)
    assert rows[0].sections == ((".rodata", 51_000), (".text", 9_000))
    assert rows[0].largest[0] == ("weights", "net.o", 50_000)


def test_a_memory_of_many_symbols_keeps_the_largest() -> None:
    parts = tuple(MemoryPart("flash", ".text", "a.o", f"f{size}", size, size) for size in range(1, 5_001))
    (found,) = memory_data(MemoryMap({"flash": 1 << 24}, parts, None))
    assert sum(found["bytes"]) == 5_000 * 5_001 // 2 == found["used"]
    assert len(found["bytes"]) <= 2_003 and found["left_out"] == 5_002 - 2_000


def test_layers_lie_where_their_bytes_put_them() -> None:
    """Layer 0 does 0.5 MACs a cycle, 100 a byte of flash and 2.5 a byte of RAM; layer 2 does none and is no point."""
    assert macs_per_byte(ROOFLINE, ROOFLINE.layers[0]) == {"flash": 100.0, "RAM": 2.5}
    chart = roofline_chart(ROOFLINE)
    assert chart is not None and {point.layer for point in chart.points} == {0, 1}
    assert [text for text, _ in chart.across] == ["0.1", "1", "10", "100"]  # the ridge lies at 2 / 4 MACs a byte
    assert [text for text, _ in chart.up] == ["0.1", "1", "10"]
    at = dict(chart.across)
    flash_1 = next(point for point in chart.points if (point.layer, point.series) == (1, 0))
    assert flash_1.x == pytest.approx(at["1"])
    core = chart.roofs[0]
    assert core.y1 == core.y2 and chart.roofs[1].y2 == core.y1
    assert chart.roofs[1].x2 == pytest.approx(at["1"] - (at["10"] - at["1"]) * 0.30103, abs=1e-4)
    assert roofline_chart(replace(ROOFLINE, layers=ROOFLINE.layers[2:])) is None


def test_stacks_say_what_is_left_and_who_called() -> None:
    main, worker = stack_rows(made_up())
    assert (main.used, main.size, main.left) == (4_096, 8_192, 4_096)
    assert main.chain == "main \u203a infer \u203a softmax \u203a expf"
    assert (worker.used, worker.size, worker.left, worker.chain) == (256, None, None, "")


def test_functions_are_listed_by_their_own_cycles() -> None:
    result = made_up()
    rows = function_rows(result, functions(result))
    assert [name for name, *_ in rows[:4]] == [FRAMES[CONV].name, "nn::dot", "asleep", "infer"]
    assert rows[0][1] == "src/conv.cc:20, 0x08000300" and rows[4][1] == "0x08000500"


def hostile() -> ProfileResult:
    """Every name is an attack: markup, new lines, ten kilobytes, no UTF-8, text that runs backwards."""
    names = (ATTACK, f"{ATTACK}\n\x00;\u202e", "x" * 10_000 + ATTACK, "\udcff", "a;b", "", "'\"&", "]]>", "<!--")
    frames = tuple(replace(frame, name=name, file=ATTACK, line=3) for frame, name in zip(FRAMES, names, strict=True))
    table = made_up().instructions
    return made_up(
        frames=frames,
        run=replace(made_up().run, title=ATTACK, board=ATTACK),
        instructions=replace(table, files=(ATTACK, "\u2028"), text=(ATTACK,) * len(table.text)),
        source={ATTACK: (ATTACK,) * 40},
        regions={ATTACK: (1.0, 2.0, 3.0)},
        stacks=tuple(replace(stack, name=ATTACK, limit_by=ATTACK) for stack in made_up().stacks),
        memory_map=MemoryMap(
            {ATTACK: 100},
            (MemoryPart(ATTACK, ATTACK, ATTACK, ATTACK, 0, 1_000), MemoryPart("gone", "", "", "", 0, 1)),
            3,
        ),
        roofline=replace(ROOFLINE, layers=tuple(replace(layer, kind=ATTACK) for layer in ROOFLINE.layers)),
    )


def test_names_become_no_markup() -> None:
    page = profile_page([hostile()])
    page.encode("utf-8")
    assert page.count("<script") == 2 and page.count("</script>") == 2 and "<!--" not in page
    (data,) = data_of(page)
    assert max(len(frame[0]) for frame in data["frames"]) <= LONGEST_NAME + 1
    assert all(name.isprintable() for frame in data["frames"] for name in frame)


def test_labels_are_one_line_of_bounded_length() -> None:
    assert label("a\nb\x00\u202e;c") == "a\\nb\\x00\\u202e;c"
    assert label("\udcff") == "\\udcff"
    assert len(label("x" * 10_000)) == 106 + 1 + 40


def test_the_script_is_the_one_that_the_policy_allows() -> None:
    page = profile_page([made_up(), made_up()])
    script = page.split("<script>")[1].split("</script>")[0]
    allowed = b64encode(sha256(script.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert (policy is not None and f"script-src &#39;sha256-{allowed}&#39;" in page) or f"'sha256-{allowed}'" in page
    assert "http://" not in page and "https://" not in page
    ids = re.findall(r'\bid="([^"]+)"', page.split("<script")[0])
    assert len(ids) == len(set(ids)) and len(data_of(page)) == 2


def test_a_profile_of_nothing_is_a_page() -> None:
    table = made_up().instructions
    none = {name: getattr(table, name)[:0] for name in ("address", "bytes", "path", "file", "line", "runs", "cycles")}
    empty = replace(table, **none, energy_nj=np.zeros(0), by_effect=table.by_effect[:0], text=(), files=())
    bare = made_up(
        instructions=empty,
        roofline=None,
        stacks=(),
        heap=None,
        memory_map=MemoryMap({}, (), None),
        regions={},
        notes=(),
    )
    page = profile_page([bare])
    assert 'id="roofline"' not in page and 'id="stacks"' not in page and 'id="heap"' not in page


def test_what_is_on_record_stands_beside_predictions() -> None:
    """A prediction of 51 ms beside 50 ms recorded is 2 % too slow; what was not run here is listed without one."""
    records = [record for record in all_records() if record.board == "nucleo-l4r5zi"]
    key = "v1.2 STMicroelectronics NUCLEO_L4R5ZI kws01"
    image = next(image for image in published_images() if image.key == key and image.build == "performance")
    record = replace(next(record for record in records if record.key == key), latency_ms=50.0, energy_uj=None)
    known = assemble([(record, image, Outcome(51.0, baseline_ms=60.0))], dict.fromkeys(records[:3], "not run"))
    page = profile_page([made_up()], {"nucleo-l4r5zi": known})
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", page.split('aria-label="Cross-check"')[1].split("</table>")[0])
    assert cells[:4] == ["50.00", "51.00", "+2.0%", "-"]
    assert "Recorded, not run here: 3 results" in page
    assert "not run here" not in profile_page([made_up()], {"another": known}).split("<script")[0]


def test_a_page_is_the_same_every_time() -> None:
    assert profile_page([made_up()]) == profile_page([made_up()])


def test_page_data_has_what_each_view_needs() -> None:
    result = made_up()
    data = page_data(result, call_tree(result), functions(result))
    assert sum(data["tree"]["cycles"]) == 6_000_000
    names = [frame[0] for frame in data["frames"]]
    listed = {names[row[0]]: row[1:] for row in data["functions"]}
    assert listed["infer"] == [400_000, 120_000, 200_000, 4_900_000, 1_470_000, 2_450_000, 1]
    assert names[data["code"][0]["frame"]] == FRAMES[CONV].name
