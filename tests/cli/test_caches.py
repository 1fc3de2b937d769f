"""`simtiny run --cache` on the real machine."""

import json
from pathlib import Path

import pytest

import simtiny
from simtiny.cli import main
from simtiny.notes import texts
from simtiny.report.result import BOARDS_OWN

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
    schema = SCHEMA.read_text().split("## `simtiny.accuracy/1`")[0]
    for field in small:
        assert f"`{field}`" in schema, field


def test_without_other_caches_there_is_no_table() -> None:
    result = simtiny.run("ad01", caches=())
    assert result.caches == ()


def test_notes_say_what_other_caches_have_no_part_in() -> None:
    off = simtiny.run("ad01", data_cache=False, caches=("1K/128,256/32",))
    assert "the data cache of the chip is off: so are others in place" in texts(off.notes)
    assert not any("others in place" in text for text in texts(simtiny.run("ad01", caches=("1K/128,256/32",)).notes))


def test_all_caches_off_is_what_it_is_with_each_off() -> None:
    tried = simtiny.run("ad01", caches=("none",)).caches[1]
    off = simtiny.run("ad01", instruction_cache="off", data_cache="off")
    assert tried.cycles == off.cycles > 1.5 * simtiny.run("ad01").cycles
    assert off.energy is not None and tried.energy_uj == off.energy.energy_uj
    assert texts(off.notes)[0] == (
        "what-if, not what the firmware programs: instruction cache off instead of on, data cache off instead of on"
    )
    assert off.latency_high_ms / off.latency_ms > tried.latency_high_ms / tried.latency_ms * 0.999


def test_caches_are_tried_where_the_window_is_priced() -> None:
    """At another clock and its wait states, and the point is the same as with these settings alone."""
    slow = simtiny.run("ad01", board="nucleo-u575zi-q", clock_hz=32e6, caches=("1K/2",))
    own, small = slow.caches
    assert own.cycles == slow.cycles
    assert slow.operating_point.wait_states == 0
    assert small.cycles > own.cycles


def test_bad_caches_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "ad01", "--cache", "3K/2"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "error: --cache 3K/2: 3K/2 makes no power of two of sets with lines of 8 bytes\n"
