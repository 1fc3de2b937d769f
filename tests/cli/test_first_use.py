"""What a new user tries: options without effect, names that are nearly right, narrow terminals, bad input."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

import simtiny
from simtiny.cli import main
from simtiny.data import data_path
from simtiny.report.boards_text import board_report, boards_table
from tests.model.official_files import official_file

SHARED = Path(__file__).resolve().parents[2] / "../shared"
FIRMWARE = str(data_path("firmware", "images", "nucleo-l4r5zi-dsp.elf"))
DATA = SHARED / "datasets"


def no_effect() -> Iterator[tuple[list[str], str]]:
    """Options beside another that makes them idle, and what is said."""
    image, model = ["run", "--image", FIRMWARE], ["run", "--model", "net.tflite"]
    for option, value in (("--model", "net.tflite"), ("--weights", "official"), ("--weights", "stand-in")):
        yield [*image, option, value], f"leave {option} out"
    yield [*image, "--kernels", "dsp"], "leave --kernels out"
    yield [*image, "--layers"], "leave it out with --image"
    yield [*image, "--address", "0x08000000"], "leave --address out"
    for weights in ("official", "stand-in"):
        yield [*model, "--weights", weights], "leave --weights out"
    yield ["run", "kws01", "--address", "0x08000000"], "--address is the load address of an --image"
    for mode in ("clocked", "stop2"):
        yield ["run", "kws01", "--sleep", mode], "--sleep goes with --period"
    for option in ("--layers", "--where", "--sources"):
        yield ["run", "kws01", "--json", option], f"{option} adds to what is printed"
    yield ["run", "kws01", "--layers", "--function", "main"], "leave it out with a window of your own"
    yield ["run", "kws01", "--layers", "--from", "main", "--to", "main"], "leave it out with a window of your own"
    yield ["run", "kws01", "--board", "nucleo-g0b1re", "--regulator", "smps"], "has no regulator 'smps'"
    for command in ("accuracy", "serve"):
        rest = ["kws01", "--data", "x"] if command == "accuracy" else ["kws01"]
        yield [command, *rest, "--image", FIRMWARE, "--kernels", "dsp"], "leave --kernels out"
        yield [command, *rest, "--model", "net.tflite", "--weights", "official"], "leave --weights out"
        yield [command, *rest, "--address", "1"], "--address is the load address of an --image"
    yield ["fetch", "models", "--board", "nucleo-l4r5zi"], "choose images, not models"
    yield ["fetch", "models", "--round", "1.2"], "choose images, not models"
    yield ["boards", "--json", "show", "nucleo-l4r5zi"], "--json of one board goes behind its name"


@pytest.mark.parametrize(("arguments", "message"), [*no_effect()])
def test_what_has_no_effect_is_refused(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.tflite").touch()
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err and captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_supply_without_a_power_model_is_not_priced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('board = "disco-f746ng"\n[power]\n')
    for option, value in (("--supply", "3"), ("--period", "1")):
        assert main(["run", "kws01", "--board", str(path), option, value]) == 4
        assert "no power model" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["run", "kws1"], "kws01"),
        (["run", "kws01", "--board", "NUCLEO-L4R5ZI"], "nucleo-l4r5zi"),
        (["run", "kws01", "--kernels", "dps"], "dsp"),
        (["run", "kws01", "--weights", "offical"], "official"),
        (["run", "kws01", "--period", "1", "--sleep", "stop"], "stop2"),
        (["run", "kws01", "--regulator", "lod"], "ldo"),
        (["run", "--image", FIRMWARE, "--function", "timestmp"], "timestamp"),
        (["boards", "show", "disco-f746"], "disco-f746ng"),
        (["schema", "calibrate"], "calibration"),
        (["fetch", "image"], "images"),
        (["crosscheck", "--board", "nucleo-u575zi"], "nucleo-u575zi-q"),
        (["crossceck"], "crosscheck"),
    ],
)
def test_names_that_are_nearly_right(arguments: list[str], meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert re.search(rf"[Dd]id you mean '?{meant}'?\?", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("name", "option"), [("nets/my.tflite", "--model"), ("my.elf", "--image"), ("MY.HEX", "--image")]
)
def test_a_file_in_a_benchmark_s_place(name: str, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", name]) == 2
    article = "an" if option == "--image" else "a"
    assert capsys.readouterr().err == f"error: {name} is no benchmark, but a file: give it as {article} {option}\n"


def test_an_official_network_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = official_file("sww01")
    monkeypatch.setenv("SIMTINY_CACHE", str(tmp_path))
    assert main(["run", "sww01"]) == 2
    assert "the official sww01 is not in the cache yet: run `simtiny fetch models` first" in capsys.readouterr().err
    (tmp_path / "models").mkdir()
    shutil.copy(source, tmp_path / "models")
    result = simtiny.run("sww01")
    assert (result.title, result.benchmark, result.weights) == ("sww01", None, "official (mlcommons/tiny)")
    assert result.recorded.latency_ms is None  # recorded are duty cycles
    model = tmp_path / "models" / "sww01.tflite"
    assert simtiny.run(model=model).identity == result.identity
    assert result.identity.model_sha256 == "3af8550895ba7d5c584277102b5075c52dcfa63ba9d2b2240f37c4e6abd5dd2b"


def test_a_window_is_called_by_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, title in (
        (["--image", FIRMWARE, "--function", "timestamp"], "timestamp"),
        (["kws01", "--image", FIRMWARE, "--function", "timestamp"], "timestamp"),
        (["kws01", "--function", "timestamp"], "timestamp (kws01)"),
    ):
        assert main(["run", *arguments, "--json"]) == 0
        (result,) = json.loads(capsys.readouterr().out)["results"]
        assert (result["title"], result["benchmark"]) == (title, None)
        assert result["weights"] == ("" if "--image" in arguments else result["weights"])
        assert result["identity"]["input_sha256"] is None
    assert main(["run", "--image", FIRMWARE, "--function", "timestamp", "--sources"]) == 0
    assert "weights" not in capsys.readouterr().out


@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared")
def test_data_are_found_where_the_official_runner_has_them(tmp_path: Path) -> None:
    arguments = {"limit": 2, "weights": "stand-in"}
    own = simtiny.accuracy("kws01", DATA / "kws01", **arguments)  # type: ignore[arg-type]
    parent = simtiny.accuracy("kws01", DATA, **arguments)  # type: ignore[arg-type]
    assert own.answers == parent.answers and own.identity == parent.identity
    (tmp_path / "kws01").mkdir()
    (tmp_path / "kws01" / "y_labels.csv").touch()
    with pytest.raises(simtiny.BadInput, match=r"has no y_labels\.csv, .*; of its folders kws01 has one"):
        simtiny.accuracy("ad01", tmp_path)


@pytest.mark.parametrize("width", [60, 70, 80, 100, 120])
def test_boards_at_any_width(width: int) -> None:
    console = Console(width=width)
    with console.capture() as capture:
        console.print(boards_table(simtiny.boards(), console))
    lines = capture.get().splitlines()
    assert max(map(len, lines)) <= width
    assert "…" not in capture.get()
    for board in simtiny.boards():
        (line,) = [line for line in lines if line.startswith(f"│ {board.id} ")]
        cells = [cell.strip() for cell in line.strip("│").split("│")]
        assert cells[2] == f"{board.max_clock_hz / 1e6:g}"
        assert cells[5] == ("yes" if board.has_energy else "no")
        report = board_report(simtiny.board_details(board.id), width)
        assert max(map(len, report.splitlines())) <= width


def python(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "bogus"],
        ["run", "kws01", "--board", "x"],
        ["run", "--image", "nowhere.elf"],
        ["run", "--image", FIRMWARE, "--function", "nothing_like_it"],
        ["run", "--image", FIRMWARE, "--board", "nucleo-g0b1re"],
        ["run", "--model", "nowhere.tflite"],
        ["run", "kws01", "--clock", "1000"],
        ["run", "kws01", "--clock", "80", "--voltage-range", "2"],
        ["run", "kws01", "--clock", "26", "--voltage-range", "2", "--wait-states", "0"],
        ["run", "kws01", "--cache", "3K/2"],
        ["run", "kws01", "--supply", "9"],
        ["run", "kws01", "--period", "1", "--sleep", "x"],
        ["run", "kws01", "--kernels", "dsp", "--board", "nucleo-g0b1re"],
        ["serve", "bogus"],
        ["accuracy", "kws01", "--data", "nowhere"],
        ["calibrate", "--board", "x", "--records", "v1.2"],
        ["calibrate", "--measurements", "nowhere.csv"],
        ["crosscheck", "--board", "x"],
        ["fetch", "images", "--round", "9"],
        ["fetch", "models", "--from", "nowhere"],
        ["boards", "show", "x"],
    ],
)
def test_no_is_said_before_anything_heavy_is_imported(arguments: list[str]) -> None:
    """Of what takes 0.1 s or more: so it takes less than half a second, which a busy machine could not tell."""
    program = f"import sys; from simtiny.cli import main; code = main({arguments!r}); print(code, *sys.modules)"
    code, *modules = python(program).stdout.split()
    assert code == "2"
    assert not set(modules) & {"numpy", "unicorn", "capstone", "rich.console", "multiprocessing.pool"}


def test_a_shell_completes_names() -> None:
    program = "import sys; from simtiny.cli import main; sys.exit(main([]))"

    def completed(line: str) -> set[str]:
        words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
        done = python(program, _SIMTINY_COMPLETE="complete_bash", **words)
        assert (done.returncode, done.stderr) == (0, "")
        return set(done.stdout.split())

    assert {"run", "boards", "schema", "serve"} <= completed("simtiny ")
    assert completed("simtiny run ") == {"kws01", "vww01", "ic01", "ad01", "ic02", "sww01"}
    assert completed("simtiny run kws01 --board nucleo-l") == {"nucleo-l4r5zi", "nucleo-l4r5zi-p"}
    assert completed("simtiny run --kernels d") == {"dsp"}
    assert completed("simtiny accuracy ") == {"kws01", "vww01", "ic01", "ad01"}
    assert completed("simtiny boards show disco") == {"disco-f746ng"}
