"""A profile divides up what `simtiny run` finds, to the last cycle and nanojoule."""

import json
from math import ceil
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import simtiny
from simtiny.cli import main
from simtiny.counts import Question, counted
from simtiny.mlperf.workload import build
from simtiny.profiling.result import Paths, ProfileResult
from simtiny.profiling.sums import by_frame, by_instruction
from simtiny.report.profile_document import profile_document
from simtiny.report.profile_text import path_words, tree_lines
from simtiny.report.schema import json_schema
from simtiny.request import Request
from simtiny.timing.effects import Effect


@pytest.fixture(scope="module")
def kws01() -> ProfileResult:
    return simtiny.profile("kws01")


def test_paths_instructions_and_time_sum_up_to_the_run(kws01: ProfileResult) -> None:
    run = simtiny.run("kws01")
    assert kws01.run.cycles == run.cycles
    assert kws01.paths.cycles.sum() == pytest.approx(run.cycles, rel=1e-12)
    assert kws01.instructions.cycles.sum() == pytest.approx(run.cycles, rel=1e-12)
    assert kws01.instructions.by_effect.sum() == pytest.approx(run.cycles, rel=1e-9)
    assert kws01.instructions.runs.sum() == pytest.approx(run.instructions)
    assert run.energy is not None
    assert kws01.paths.energy_nj.sum() == pytest.approx(run.energy.energy_uj * 1e3, rel=1e-9)
    assert kws01.instructions.energy_nj.sum() == pytest.approx(run.energy.energy_uj * 1e3, rel=1e-9)
    workload = build(Request("kws01"))
    counts = counted(Question(workload.flashed), workload.board).measurement.profile
    missed = counts.fetch_misses.sum() + counts.data_reads[:, 1].sum() + counts.ram_misses.sum()
    assert kws01.paths.misses.sum() == pytest.approx(missed)
    assert kws01.instructions.misses.sum() == pytest.approx(missed)
    assert kws01.power is not None
    assert kws01.power.energy_uj.sum() == pytest.approx(run.energy.energy_uj, rel=1e-9)
    assert len(kws01.power.power_mw) == ceil(run.latency_ms * 100)  # 10 us each
    assert kws01.power.power_mw.max() < 1.5 * run.energy.mean_power_mw
    line = kws01.time_line
    assert line.cycles == run.cycles
    seconds = np.diff(np.append(line.power[:, 0], line.cycles)) / run.operating_point.clock_hz
    assert (line.power[:, 1] * seconds).sum() * 1e3 == pytest.approx(run.energy.energy_uj, rel=1e-9)  # mW s in uJ


def test_layers_are_where_the_run_has_them(kws01: ProfileResult) -> None:
    lengths = np.diff(kws01.time_line.layers, axis=1).ravel()
    assert lengths.tolist() == [layer.cycles for layer in kws01.run.layers]


def test_a_recursive_function_counts_once_with_its_calls(calls_profile: ProfileResult) -> None:
    sums = {each.frame.name: each for each in by_frame(calls_profile)}
    fib = sums["fib"]
    assert fib.calls == 1 + 3 + 3 + 4 + 1 + 1  # what is left of fib(6) where GCC makes a loop of one of its two calls
    assert fib.total_cycles == pytest.approx(fib.cycles)
    assert sums["main"].total_cycles < calls_profile.run.cycles
    tail = sums["tail_to"]
    assert tail.total_cycles - tail.cycles == pytest.approx(86)  # leaf(10), which it jumps to


def test_a_placed_function_counts_where_it_is_taken_to_be(calls_elf: Path, calls_profile: ProfileResult) -> None:
    assert calls_profile.regions.keys() == {"flash"}
    placed = simtiny.profile(calls_elf, board="nucleo-l4r5zi", start="main", end="finish", place="leaf=sram1")
    leaf = next(each for each in by_frame(placed) if each.frame.name == "leaf")
    assert placed.regions["sram1"][0] == pytest.approx(leaf.cycles)
    assert placed.regions["sram1"][0] + placed.regions["flash"][0] == pytest.approx(
        placed.run.cycles - placed.run.cycles_by_effect["exception"]
    )


def test_a_tree_of_a_million_paths_takes_no_recursion() -> None:
    count = 1_000_000
    none, ones = np.full(count, -1, np.int64), np.ones(count)
    paths = Paths(np.arange(-1, count - 1), np.zeros(count, np.int64), none, none, ones, ones, ones, ones)
    assert paths.inclusive(paths.cycles)[0] == count


def test_instructions_are_told_by_what_they_wait_for(calls_profile: ProfileResult) -> None:
    hottest = by_instruction(calls_profile)[0]
    assert hottest.frame.name == "leaf"
    assert hottest.text


def test_words_of_a_path_and_of_the_tree(calls_profile: ProfileResult) -> None:
    names = [frame.name for frame in calls_profile.frames]
    path = int(np.flatnonzero(calls_profile.paths.frame == names.index("in_tick"))[0])
    assert path_words(calls_profile, path) == "[SysTick] > SysTick_Handler > in_tick"
    assert any(line.endswith("in_tick  5 x") for line in tree_lines(calls_profile))


def test_the_document_is_what_its_schema_says(calls_profile: ProfileResult) -> None:
    document = json.loads(json.dumps(profile_document([calls_profile])))
    jsonschema.validate(document, json_schema("profile"))
    assert sum(document["results"][0]["paths"]["cycles"]) == pytest.approx(calls_profile.run.cycles)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.elf"], "nothing.elf"),
        (["kws01", "--top", "0"], "--top"),
        (["kws01", "--by", "colour"], "--by"),
        (["results.json"], "results.json"),
        (["kws01,cache=8K/1"], "cache"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_what_is_read_is_not_written_over(calls_elf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", str(calls_elf), "--json", str(calls_elf)]) == 2
    assert "give it a file of its own" in capsys.readouterr().err


def test_every_instruction_is_charged_the_cycle_that_issues_it(kws01: ProfileResult) -> None:
    rows = kws01.instructions
    issued = rows.by_effect[:, Effect.ISSUE]
    is_folded = np.array([text.startswith("it") for text in rows.text])  # into the instruction before: no cycle
    same = np.isclose(issued, rows.runs)[~is_folded]
    assert same.mean() > 0.95  # but in a block whose edges differ by path, with less than the mean of them
    assert (rows.cycles >= issued - 1e-6).all()
