"""The commands on the real machine, from arguments to output."""

import json
from pathlib import Path

import pytest

import simtiny
from simtiny.cli import main
from simtiny.data import data_path
from simtiny.errors import BadInput
from simtiny.report.result import RunResult

SHARED = Path(__file__).resolve().parents[2] / "../shared"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared")
FIRMWARE = str(data_path("firmware", "images", "nucleo-l4r5zi-dsp.elf"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user cache of the test's own."""
    monkeypatch.setenv("SIMTINY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def keyword() -> RunResult:
    return simtiny.run("kws01")


def test_the_result_holds_together(keyword: RunResult) -> None:
    assert keyword.benchmark == "kws01"
    assert keyword.macs == 2_656_768
    assert keyword.latency_ms == pytest.approx(keyword.cycles / 120e6 * 1e3, rel=1e-9)
    assert keyword.stopwatch_us == pytest.approx(keyword.latency_ms * 1e3, rel=0.001)
    assert 1.0 < keyword.cpi < 4.0
    assert sum(keyword.cycles_by_effect.values()) == keyword.cycles
    assert sum(layer.share for layer in keyword.layers) == pytest.approx(1.0)
    assert sum(layer.macs for layer in keyword.layers) == keyword.macs
    memory = keyword.memory
    assert memory.flash_bytes == (memory.firmware_bytes or 0) + (memory.plan_bytes or 0)
    assert memory.ram_bytes == sum(part or 0 for part in (memory.arena_bytes, memory.data_bytes, memory.stack_bytes))
    assert keyword.energy.energy_uj == pytest.approx(keyword.energy.mean_power_mw * keyword.latency_ms)
    assert keyword.energy.uncertainty_uj > 0
    assert keyword.recorded.latency_ms is not None and keyword.recorded.latency_ms.count == 20


def test_json_alone_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--json", "ad01"]) == 0
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert document["schema"] == "simtiny.run/1"
    assert [result["benchmark"] for result in document["results"]] == ["ad01"]
    assert captured.err == ""


def test_the_table_and_a_json_file_go_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "run.json"
    assert main(["run", "ad01", "--layers", "--kernels", "portable", "--sources", "--json", str(target)]) == 0
    text = capsys.readouterr().out
    assert "latency ms" in text
    assert "portable kernels" in text
    assert "FULLY_CONNECTED" in text
    assert json.loads(target.read_text())["results"][0]["title"] == "ad01"


def test_the_python_api_gives_what_the_command_prints(capsys: pytest.CaptureFixture[str], keyword: RunResult) -> None:
    assert main(["run", "kws01", "--json"]) == 0
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert (result["latency_ms"], result["cycles"]) == (keyword.latency_ms, keyword.cycles)


def test_a_function_of_an_image(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--image", FIRMWARE, "--function", "timestamp", "--json"]) == 0
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert result["window"] == "one call of timestamp"
    assert result["benchmark"] is None
    assert result["macs"] is None
    line = len("m-lap-us-2431\r\n") * 10 / 115_200 * 120e6  # cycles of what it prints, at 115,200 baud and 120 MHz
    assert 0 < result["cycles"] - line + 10 / 115_200 * 120e6 < 20_000
    (wait,) = result["waits"]
    assert wait["name"] == "LPUART1" and wait["cycles"] == pytest.approx(line, rel=0.1)


@needs_shared
@pytest.mark.parametrize("name", ["sww01", "ic02"])
def test_a_network_that_is_no_benchmark(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--model", str(SHARED / "models" / f"{name}.tflite"), "--json"]) == 0
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert (result["title"], result["benchmark"], result["recorded"]["latency_ms"]) == (name, None, None)
    assert result["macs"] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["kws1"], "unknown benchmark 'kws1'"),
        (["kws01", "--board", "nucleo-l4r5z"], "nucleo-l4r5zi"),
        (["kws01", "--model", "nowhere.tflite"], "nowhere.tflite"),
        (["--image", "nowhere.elf"], "nowhere.elf"),
        (["--image", FIRMWARE], "does not say which benchmark it runs"),
        (["--image", FIRMWARE, "--model", "x.tflite"], "brings its own network"),
        (["--image", FIRMWARE, "kws01", "ad01"], "name one at most"),
        (["--image", FIRMWARE, "--from", "main"], "--from and --to go together"),
        (["--image", FIRMWARE, "--function", "main", "--from", "a", "--to", "b"], "no symbol 'a'"),
        (["--image", FIRMWARE, "--from", "main", "--from", "main", "--to", "main"], "--from and --to go together"),
        (["kws01", "--call", "2"], "--call says which passage"),
        (["--image", FIRMWARE, "--function", "nothing_like_it"], "no symbol 'nothing_like_it'"),
        (["kws01", "--address", "0x08000000"], "load address of an --image"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *arguments]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_official_weights_that_were_not_fetched(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "kws01", "--weights", "official"]) == 2
    assert "simtiny fetch models" in capsys.readouterr().err


@needs_shared
def test_fetch_then_official_weights_then_accuracy(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "models", "--from", str(SHARED / "models")]) == 0
    assert str(cache) in capsys.readouterr().out
    assert main(["run", "ad01", "--weights", "official", "--sources"]) == 0
    assert "weights: official" in capsys.readouterr().out
    data = str(SHARED / "datasets" / "kws01")
    assert main(["accuracy", "kws01", "--data", data, "--limit", "4", "--jobs", "1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["schema"], document["samples"], document["target"]) == ("simtiny.accuracy/1", 4, 0.9)
    assert document["answers"][0]["file"] == "tst_000000_Stop_7.bin"


@needs_shared
def test_stand_in_weights_miss_the_target_and_check_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["accuracy", "kws01", "--data", str(SHARED / "datasets" / "kws01"), "--limit", "8", "--jobs", "1"]
    assert main([*arguments, "--weights", "stand-in"]) == 0
    assert "quality target 0.90" in capsys.readouterr().out
    assert main([*arguments, "--weights", "stand-in", "--check"]) == 1
    assert "below the quality target" in capsys.readouterr().err


def test_missing_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["accuracy", "kws01", "--data", str(tmp_path / "nowhere"), "--weights", "stand-in"]) == 2
    assert "no data directory" in capsys.readouterr().err


def test_boards_lists_the_board_with_its_memories(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["boards"]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if "nucleo-l4r5zi" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")][1:] == [
        "M4F",
        "120",
        "2048",
        "640",
        "yes",
        "77",
        "STM32L4R5ZI",
    ]


def test_the_api_refuses_unknown_words() -> None:
    with pytest.raises(BadInput, match="unknown kernels 'fast': choose from portable, dsp"):
        simtiny.run("kws01", kernels="fast")


@needs_shared
@pytest.mark.slow
@pytest.mark.parametrize("name", ["kws01", "vww01", "ic01", "ad01"])
def test_stand_in_and_official_latency_agree_within_1_percent(name: str, cache: Path) -> None:
    simtiny.fetch_models(SHARED / "models")
    assert simtiny.run(name).latency_ms == pytest.approx(simtiny.run(name, weights="official").latency_ms, rel=0.01)
