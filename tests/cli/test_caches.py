"""`simtiny run --cache` on the real machine."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import simtiny
from simtiny.cli import main
from simtiny.counts import Counts
from simtiny.flash.what_if import parse_caches
from simtiny.mlperf.measure import measure
from simtiny.mlperf.workload import build
from simtiny.notes import texts
from simtiny.pricing import price_run
from simtiny.report.assemble import assemble
from simtiny.report.result import BOARDS_OWN
from simtiny.request import Request

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "json-schema.md"


def test_table_and_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "run.json"
    arguments = ["run", "ad01", "--board", "nucleo-u575zi-q", "--cache", "8K/2", "--cache", "1K/2"]
    assert main([*arguments, "--json", str(target)]) == 0
    (result,) = json.loads(target.read_text())["results"]
    own, same, small = result["caches"]
    assert [row["caches"] for row in (own, same, small)] == [BOARDS_OWN, "8K/2", "1K/2"]
    assert own["latency_ms"] == same["latency_ms"] == result["latency_ms"]
    assert own["change"] == same["change"] == 0
    assert {**same, "caches": BOARDS_OWN} == own
    assert small["code_misses"] > 10 * own["code_misses"]
    assert small["change"] == pytest.approx(small["cycles"] / result["cycles"] - 1)
    printed = capsys.readouterr().out
    (line,) = [line for line in printed.splitlines() if line.startswith("│ 1K/2 ")]
    cells = [cell.strip() for cell in line.strip("│").split("│")]
    assert cells == [
        "1K/2",
        f"{small['code_misses']:,}",
        f"{small['data_misses']:,}",
        f"{small['latency_ms']:.3f}",
        f"{small['change']:+.2%}",
    ]
    assert small["latency_high_ms"] / small["latency_ms"] > own["latency_high_ms"] / own["latency_ms"] > 1
    assert (
        "note: the flash reads ahead: the latency with other caches is an approximation, their misses are counts"
        in " ".join(printed.split())
    )
    schema = SCHEMA.read_text().split("## `simtiny.accuracy/1`")[0]
    for field in small:
        assert f"`{field}`" in schema, field


def test_without_other_caches_there_is_no_table() -> None:
    result = simtiny.run("ad01", caches=())
    assert result.caches == ()


def test_notes_say_what_other_caches_have_no_part_in() -> None:
    request = Request("ad01", "nucleo-l4r5zi")
    workload = build(request)
    found = measure(workload.flashed, caches=(parse_caches("1K/128,256/32", workload.board),))
    priced = price_run(found.profile, workload.board)
    assert not any("other caches" in text for text in texts(assemble(workload, Counts(found, priced), request).notes))
    point = replace(found.profile.operating_point, data_cache=False)
    off = replace(found, profile=replace(found.profile, operating_point=point))
    said = texts(assemble(workload, Counts(off, priced), request).notes)
    assert "the firmware leaves the data cache off, which other caches leave off too" in said


def test_bad_caches_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "ad01", "--cache", "3K/2"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "error: --cache 3K/2: 3K/2 makes no power of two of sets with lines of 8 bytes\n"
