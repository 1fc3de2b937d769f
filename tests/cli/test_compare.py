"""`simtiny compare` on real runs: kernels, clocks, boards, settings, images and saved results."""

import json
from math import fsum
from pathlib import Path
from typing import Any

import pytest

import simtiny
from simtiny.cli import main
from simtiny.errors import BadInput
from tests.comparison.results import result
from tests.report.test_schema import errors


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(["compare", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_kernels(capsys: pytest.CaptureFixture[str]) -> None:
    """All of the difference is told by effect, by function and by layer, and is that of the two runs."""
    found = document(capsys, "kernels=portable", "kernels=dsp", "--benchmark", "ad01")
    assert errors("compare", found) == []
    (comparison,) = found["comparisons"]
    portable, dsp = (simtiny.run("ad01", kernels=name) for name in ("portable", "dsp"))
    assert comparison["cycles"]["difference"] == dsp.cycles - portable.cycles
    assert (comparison["latency"]["a"], comparison["latency"]["b"]) == (portable.latency_ms, dsp.latency_ms)
    for way in ("latency_parts", "by_function", "by_layer"):
        assert fsum(part["difference_ms"] for part in comparison[way]) == comparison["latency"]["difference"]
    assert portable.energy and dsp.energy
    assert comparison["energy"]["difference"] == pytest.approx(dsp.energy.energy_uj - portable.energy.energy_uj)
    for way in ("energy_parts", "by_function", "by_layer"):
        assert fsum(part["difference_uj"] for part in comparison[way]) == comparison["energy"]["difference"]
    effects = {part["name"]: part["difference_cycles"] for part in comparison["latency_parts"]}
    for name, cycles in dsp.cycles_by_effect.items():
        assert effects.pop(name) == cycles - portable.cycles_by_effect[name]
    assert effects == {"clock": 0}
    assert len(comparison["by_layer"]) == len(dsp.layers) + 1
    assert {"name": "kernels", "a": "portable", "b": "dsp"} in comparison["settings"]


def test_two_clocks_with_the_same_wait_states_differ_by_the_clock_alone() -> None:
    found = simtiny.compare("clock=20", "clock=10", "ad01", wait_states=2, voltage_range=2)
    parts = {part.name: part.difference_ms for part in found.latency_parts if part.difference_ms}
    assert parts == {"clock": found.latency.difference}
    assert found.latency.difference == pytest.approx(found.cycles.a / 20e6 * 1e3, rel=1e-12)
    assert found.words[1].startswith(
        "Of the difference 100 % is the clock, since the clock is 20 MHz in A and 10 MHz in B."
    )


def test_a_cache_that_is_off_is_named_as_the_reason() -> None:
    found = simtiny.compare("icache=on", {"instruction_cache": False}, "ad01")
    assert found.words[0].startswith("B takes ")
    assert "% is waits for instructions from flash, since the instruction cache of B is off" in found.words[1]
    turned = simtiny.compare({"instruction_cache": False}, "icache=on", "ad01")
    assert "since the instruction cache of A is off" in turned.words[1]


def test_a_saved_result_is_as_good_as_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Read back it gives the comparison that the live ones give, byte for byte, but for the names."""
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    assert main(["run", "ad01", "--json", str(before)]) == 0
    assert main(["run", "ad01", "--board", "nucleo-u575zi-q", "--json", str(after)]) == 0
    capsys.readouterr()
    live = document(capsys, "nucleo-l4r5zi", "nucleo-u575zi-q", "--benchmark", "ad01")
    for a, b in ((before, after), (before, "nucleo-u575zi-q"), ("nucleo-l4r5zi", after)):
        found = document(capsys, str(a), str(b))
        for side in ("a", "b"):
            found["comparisons"][0][side]["name"] = live["comparisons"][0][side]["name"]
        assert found == live
    results = [simtiny.run("ad01", board=board) for board in ("nucleo-l4r5zi", "nucleo-u575zi-q")]
    assert simtiny.compare(*results).latency == simtiny.compare(before, after).latency


def test_the_other_side_of_a_saved_result_takes_its_words(tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    assert main(["run", "ad01", "--kernels", "portable", "--clock", "20", "--json", str(before)]) == 0
    found = simtiny.compare(before, "clock=10")
    assert next((setting.name, setting.a, setting.b) for setting in found.settings) == ("clock", "20 MHz", "10 MHz")
    assert not any(setting.name == "kernels" for setting in found.settings)


def test_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "ad01", "ad01,clock=20", "--period", "1"]) == 0
    printed = capsys.readouterr().out
    for text in (
        "A: ad01 (ad01 on nucleo-l4r5zi)\nB: ad01,clock=20 (ad01 on nucleo-l4r5zi)\n",
        "B takes ",
        "note: B: what-if, not what the firmware programs: 20 MHz instead of 120",
        "latency ms",
        "with sleep",
        "What is not the same",
        "Latency from A to B",
        "Energy from A to B",
        "the clock",
        "++++",
        "====",
        "By function",
        "By layer",
        "0 FULLY_CONNECTED 1x128",
    ):
        assert text in printed, text
    assert max(map(len, printed.splitlines()[3:][-60:])) < 100


def test_several_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = {"schema": "simtiny.run/1", "version": "0", "results": [result(), result(title="kws01")]}
    path = tmp_path / "saved.json"
    path.write_text(json.dumps(saved))
    found = document(capsys, str(path), str(path))
    assert [comparison["a"]["title"] for comparison in found["comparisons"]] == ["ad01", "kws01"]
    assert len(document(capsys, str(path), str(path), "--benchmark", "kws01")["comparisons"]) == 1
    with pytest.raises(BadInput, match=r"several can be compared \(ad01, kws01\): name a `benchmark`"):
        simtiny.compare(path, saved)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ad01"], "Missing argument 'B'"),
        (["clock=fast", "clock=80"], "--clock fast: expected a number"),
        (["clock=80", "cache=16K/2"], "--cache: leave that out"),
        (["clock=500", "clock=80", "--benchmark", "ad01"], "clock"),
        (["missing.elf", "other.elf", "--function", "a"], "missing.elf: No such file"),
        (["missing.json", "other.json"], "missing.json: No such file"),
        (["kws01", "nucleo"], "nucleo: no board, no benchmark, no file and no words such as clock=80"),
        (["kws01", "ad01", "--json", "x", "--html", "x"], "two outputs into"),
        (["wait-states=0", "wait-states=5", "--benchmark", "ad01", "--clock", "120"], "wait states"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *arguments]) == 2
    shown = capsys.readouterr()
    assert said in shown.err and shown.err.count("\n") == 1 and shown.out == ""
