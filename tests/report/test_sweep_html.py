"""The page of a sweep: small, right to four digits, and no name in it becomes markup or a script."""

import json
import re
from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np
import pytest

from simtiny.report.packed import dictionary, pack, packed
from simtiny.report.sweep_html import FILES, MOST_POINTS, heading, kept_rows, page_data, reasons, sweep_page, texts
from simtiny.report.text import number
from simtiny.sweeps.result import KNOBS, SweepResult
from tests.report.sweeps import CLOCKS_HZ, LARGE, made_up
from tests.report.test_pages import HOSTILE, Elements

SMALL = made_up({"clock_hz": CLOCKS_HZ, "voltage_range": ("1", "2")})
MOST_BYTES = 500_000
ATTACK = "</script><script>alert(1)</script>"


def unpacked(column: dict[str, Any], rows: int) -> list[Any]:
    """What the script makes of a packed column, by the plain definition: one bit after the other."""
    bits = "".join(f"{byte:08b}" for byte in b64decode(column["codes"]))
    width = column["bits"]
    codes = [int(bits[row * width : (row + 1) * width] or "0", 2) for row in range(rows)]
    if "values" in column:
        return [column["values"][code] for code in codes]
    if "decade" not in column:
        return [float(np.uint32(code).view(np.float32)) for code in codes]
    return [
        None if code == 0 else (1000 + (code - 1) % 9000) * 10.0 ** (column["decade"] + (code - 1) // 9000 - 3)
        for code in codes
    ]


def test_codes_stand_one_behind_the_other() -> None:
    assert b64decode(pack(np.array([5, 2, 7]), 3)) == bytes([0b10101011, 0b10000000])
    assert b64decode(pack(np.array([1, 2**32 - 1]), 32)) == bytes([0, 0, 0, 1, 255, 255, 255, 255])
    assert pack(np.array([0, 0]), 0) == ""


def test_few_values_are_a_dictionary_in_their_order() -> None:
    column = packed(np.array(["b", "a", "b", "c"], dtype=object), np.array([3, 0, 1, 2]))
    assert column == {"values": ["b", "a", "c"], "bits": 2, "codes": b64encode(bytes([0b10000100])).decode()}
    assert dictionary(np.array([2.5, np.nan, 16e6]), np.arange(3))["values"] == [2.5, None, 16_000_000]
    assert packed(np.full(9, "x", dtype=object), np.arange(9)) == {"values": ["x"], "bits": 0, "codes": ""}
    assert dictionary(np.array([True, False]), np.array([1, 0]))["values"] == [1, 0]


@pytest.mark.parametrize("decades", [0.5, 3.0, 6.0])
def test_numbers_keep_four_digits(decades: float) -> None:
    values = 10 ** np.random.default_rng(1).uniform(-2, decades - 2, 5000)
    values[[3, 4]] = np.nan, np.inf
    values[:3] = 9.9999, 99.996, 0.010000001
    order = np.random.default_rng(2).permutation(5000)
    column = packed(values, order)
    assert column["bits"] <= 16
    for found, value in zip(unpacked(column, 5000), values[order], strict=True):
        assert (found is None) if not np.isfinite(value) else found == pytest.approx(float(f"{value:.3e}"), rel=1e-12)


@pytest.mark.parametrize("values", [np.linspace(-1, 1, 999), np.logspace(-9, 9, 999), np.linspace(0, 5, 999)])
def test_other_numbers_are_floats(values: np.ndarray[Any, Any]) -> None:
    assert unpacked(packed(values, np.arange(999)), 999) == pytest.approx(values.tolist(), rel=1e-7, abs=1e-30)


def test_ten_thousand_points_are_a_small_page() -> None:
    """Also where a thousand clocks and every number differ."""
    for result in (made_up(LARGE, 10_000, life=True), _restless(10_000)):
        assert len(sweep_page(result).encode()) <= MOST_BYTES


def _restless(points: int) -> SweepResult:
    """Everything varies, and no two points have one number in common."""
    result = made_up(LARGE, points, life=True)
    rng = np.random.default_rng(0)
    noise = {
        name: column * rng.uniform(1, 30, points)
        for name, column in result.columns.items()
        if column.dtype == float and name not in KNOBS
    }
    for name, of in (("latency", "ms"), ("energy", "uj")):
        shares = {f"{name}_{end}_{of}": result.columns[f"{name}_{end}_{of}"] for end in ("low", "high")}
        whole = f"{name}_{of}"
        noise |= {end: column / result.columns[whole] * noise[whole] for end, column in shares.items()}
    knobs = {
        name: np.array([f"{name} {code}" for code in rng.integers(0, 12, points)], dtype=object)
        for name in KNOBS
        if name not in LARGE
    }
    clocks = {"clock_hz": rng.integers(4000, 5000, points) * 24e3}
    return replace(result, columns={**result.columns, **noise, **knobs, **clocks}, varied=KNOBS)


def test_rows_are_best_first_and_right_to_four_digits() -> None:
    result = made_up(LARGE, 4000)
    found = page_data(result, kept_rows(result))
    latency = next(each for each in found["quantities"] if each["name"] == "latency_ms")
    shown = unpacked(latency["column"], found["rows"])
    expected = result.columns["latency_ms"][result.best]
    assert found["meeting"] == len(result.best) > 80
    assert [number(value) for value in shown[: found["meeting"]]] == [number(value) for value in expected]
    assert found["legal"] == np.count_nonzero(result.columns["legal"])
    others = shown[found["meeting"] : found["legal"]]
    assert others == sorted(others) and min(others) >= 50
    assert shown[found["legal"] :] == [None] * (found["rows"] - found["legal"])
    clock = next(each for each in found["knobs"] if each["name"] == "clock_hz")
    numbers = unpacked({**clock["column"], "values": clock["numbers"]}, found["rows"])
    assert numbers[: found["meeting"]] == (result.columns["clock_hz"][result.best] / 1e6).tolist()
    assert clock["texts"][:2] == ["4 MHz", "8 MHz"]


def test_a_large_sweep_keeps_the_front_the_best_and_an_even_sample() -> None:
    knobs = {**LARGE, "data_cache": ("on", "off"), "regulator": ("ldo", "smps")}
    result = made_up(knobs, 60_000)
    kept = kept_rows(result)
    assert len(kept) == MOST_POINTS and set(result.front) <= set(kept) and set(result.best[:1000]) <= set(kept)
    assert np.diff(kept).max() <= 8
    text = sweep_page(result)
    assert "The page holds 20,000 of the 60,000 points: the front, the best and an even sample of the others." in text
    crowded = replace(result, front=np.arange(60_000), best=np.arange(60_000))
    assert len(kept_rows(crowded)) == MOST_POINTS


def test_a_page_without_a_script_shows_words_best_and_front() -> None:
    text = sweep_page(SMALL)
    for words in (*SMALL.words, *SMALL.notes, "subject to latency&lt;50ms", "24 executions of firmware and 6 stored"):
        assert words in text
    best = text.split("The best points that meet the goal")[1].split("</table>")[0]
    rows = [int(row) for row in SMALL.best[:10]]
    cells = re.findall(r'<td class="n" data-h="latency ms">([^<]*)</td>', best)
    assert cells == [number(SMALL.columns["latency_ms"][row]) for row in rows]
    assert "The front: points that no other one beats" in text


def test_illegal_points_are_counted_with_their_reasons() -> None:
    result = made_up({"clock_hz": (24e6, 48e6, 64e6, 72e6, 120e6), "board": ("nucleo-g0b1re",), "wait_states": (1.0,)})
    assert reasons(result) == [
        ("clock above the highest of nucleo-g0b1re, 64 MHz", 2),
        ("too few wait states: 64 MHz needs 2", 1),
    ]
    assert "3 of 5 points can't be:" in sweep_page(result)


def test_a_sweep_of_illegal_points_has_a_page() -> None:
    result = made_up({"clock_hz": (72e6, 120e6), "board": ("nucleo-g0b1re",)})
    text = sweep_page(result)
    assert "No point meets the goal." in text and "2 of 2 points can't be:" in text


def test_files_are_named_by_their_last_part_where_that_tells_them_apart() -> None:
    assert texts("model", ["nets/a.tflite", "nets/b.tflite", ""]) == ["a.tflite", "b.tflite", "n/a"]
    assert texts("model", ["nets/1/a.tflite", "nets/2/a.tflite"]) == ["nets/1/a.tflite", "nets/2/a.tflite"]
    assert texts("clock_hz", [16e6, 4.194304e6]) == ["16 MHz", "4.194304 MHz"]
    assert "model" in FILES


def test_memories_are_told_in_the_unit_of_goals() -> None:
    found = page_data(SMALL, kept_rows(SMALL))
    ram = next(each for each in found["quantities"] if each["name"] == "ram_bytes")
    assert (ram["column"]["values"], ram["unit"]) == ([28], "KiB")  # 28,672 bytes


def test_a_page_is_titled_by_what_was_swept() -> None:
    assert heading(SMALL) == "kws01 on nucleo-l4r5zi: 60 points"
    assert heading(made_up({})) == "kws01 on nucleo-l4r5zi: 1 point"
    assert heading(made_up({"board": ("nucleo-l4r5zi", "disco-f746ng"), "benchmark": ("kws01", "ad01")})) == (
        "2 benchmarks on 2 boards: 4 points"
    )


def hostile() -> SweepResult:
    """Names of files, words and reasons are an attack, each in its own way."""
    result = made_up({"model": (HOSTILE, ATTACK, "<!--<script>"), "board": (HOSTILE, ATTACK)})
    columns = dict(result.columns)
    columns["not_validated"] = np.full(len(result), HOSTILE, dtype=object)
    columns["reason"] = np.array([HOSTILE, *[""] * (len(result) - 1)], dtype=object)
    columns["legal"] = columns["reason"] == ""
    said = {"words": (HOSTILE,), "notes": (HOSTILE,), "minimise": HOSTILE, "subject_to": (HOSTILE,)}
    return replace(result, columns=columns, options={"model": HOSTILE}, **said)


def test_no_name_becomes_markup_or_a_script() -> None:
    text = sweep_page(hostile())
    assert text.encode()
    assert [dict(attributes).get("type") for tag, attributes in Elements(text).found if tag == "script"] == [
        "application/json",
        None,
    ]
    data = text.split('id="data">')[1].split("</script>")[0]
    assert not set("<>&'") & set(data) and "alert(1)" in data
    names = json.loads(data)["knobs"]
    assert any(ATTACK in each["texts"] for each in names)
    assert "alert(1)" not in re.sub(r'(?s)<script type="application/json".*?</script>', "", text).replace(
        "&lt;script&gt;alert(1)&lt;/script&gt;", ""
    )


def test_a_page_allows_its_own_script_alone_and_asks_for_nothing() -> None:
    text = sweep_page(SMALL)
    (policy,) = (meta["content"] for meta in Elements(text).of("meta") if meta.get("http-equiv"))
    script = text.split("<script>")[1].split("</script>")[0]
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    assert script.startswith('"use strict";')
    for forbidden in ("innerHTML", "eval(", "fetch(", "http:", "https:", "document.write", "import(", "<!--"):
        assert forbidden not in script
    assert not {"link", "img", "iframe"} & {tag for tag, _ in Elements(text).found}


def test_anchors_and_labels_are_whole() -> None:
    found = Elements(sweep_page(SMALL))
    names = [attributes["id"] for _, attributes in found.found if "id" in attributes]
    assert len(set(names)) == len(names)
    linked = {str(attributes["href"]).removeprefix("#") for attributes in found.of("a")}
    assert linked <= set(names)
    assert all(heading["scope"] == "col" for heading in found.of("th"))
    assert sweep_page(SMALL) == sweep_page(SMALL)
