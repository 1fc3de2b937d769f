"""`simtiny export renode`: the folder is complete, tells what it leaves out, and takes nothing of the user's away."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from simtiny import api
from simtiny.board_file import board_names, load_board
from simtiny.cli import main
from simtiny.errors import BadInput
from simtiny.renode import robot
from simtiny.renode.export import export
from simtiny.renode.find import Found
from simtiny.renode.script import absolute
from simtiny.report.schema import json_schema

BOARD = "nucleo-l4r5zi"
PLUGINS = {"registers.cs", "simtiny.cs"}


@pytest.mark.parametrize("name", board_names())
def test_each_board_has_its_folder(name: str, tmp_path: Path) -> None:
    result = export(load_board(name), tmp_path / "out")
    own = {f"{name}.repl", f"{name}.resc", f"{name}.robot", "README.txt"}
    assert set(result.files) == own | PLUGINS == {path.name for path in (tmp_path / "out").iterdir()}
    assert result.clocks_from == "the data sheet's limit"
    script = (tmp_path / "out" / f"{name}.resc").read_text()
    assert script.startswith(
        "$image ?= $ORIGIN/firmware.elf\ninclude $ORIGIN/registers.cs\ninclude $ORIGIN/simtiny.cs\n"
    )
    assert "sysbus LoadELF $image\n" in script
    energy = "Energy Should Be Below" in (tmp_path / "out" / f"{name}.robot").read_text()
    assert energy == (load_board(name).power is not None)


def test_with_a_benchmark_the_firmware_is_in_it_and_sets_the_clocks(tmp_path: Path) -> None:
    result = api.export_renode(tmp_path / "a folder", "kws01", board=BOARD)
    assert {f"{BOARD}.elf", f"{BOARD}-08010000.bin"} < set(result.files)
    assert (result.clocks_from, result.clock_hz["core"]) == ("the firmware", 120e6)
    script = (tmp_path / "a folder" / f"{BOARD}.resc").read_text()
    assert f"sysbus LoadELF $ORIGIN/{BOARD}.elf\nsysbus LoadBinary $ORIGIN/{BOARD}-08010000.bin 0x08010000\n" in script
    test = (tmp_path / "a folder" / f"{BOARD}.robot").read_text()
    assert "${START}            reset_handler\n${END}              main\n" in test


def test_a_raw_image_goes_where_its_segments_stand(tmp_path: Path) -> None:
    # A stack at the end of SRAM1, and a reset handler that branches to itself (Thumb E7FE).
    image = bytes.fromhex("0000032009000008fee7fee7")
    (tmp_path / "own.bin").write_bytes(image)
    result = api.export_renode(tmp_path / "out", image=tmp_path / "own.bin", board=BOARD)
    assert (tmp_path / "out" / f"{BOARD}-08000000.bin").read_bytes() == image
    assert result.clock_hz["core"] == 4e6  # what the chip starts with: MSI at 4 MHz
    assert "cpu PerformanceInMips 4\n" in (tmp_path / "out" / f"{BOARD}.resc").read_text()


def test_an_image_that_ends_in_a_fault_is_exported_all_the_same(tmp_path: Path) -> None:
    # The reset handler is an undefined instruction (UDF #0, DE00), and there is no handler for it.
    (tmp_path / "own.bin").write_bytes(bytes.fromhex("000003200900000800de00de"))
    result = api.export_renode(tmp_path / "out", image=tmp_path / "own.bin", board=BOARD)
    assert result.clocks_from == "the data sheet's limit"


def test_files_of_other_content_stay(tmp_path: Path) -> None:
    board = load_board(BOARD)
    export(board, tmp_path)
    export(board, tmp_path)  # the same once more
    (tmp_path / "mine.txt").write_text("kept")
    (tmp_path / "README.txt").write_text("mine")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(BadInput, match=r"files of other content, README\.txt: `force` replaces them"):
        export(board, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    export(board, tmp_path, replace=True)
    assert (tmp_path / "README.txt").read_text().startswith(BOARD)
    assert (tmp_path / "mine.txt").read_text() == "kept"


def test_a_folder_in_a_files_place_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "README.txt").mkdir()
    with pytest.raises(BadInput, match=r"README\.txt there is a folder"):
        export(load_board(BOARD), tmp_path, replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["README.txt"]


def test_where_no_folder_can_be_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("x" * 300)):
        assert main(["export", "renode", "--board", BOARD, "--output", str(place)]) == 2
        captured = capsys.readouterr()
        assert captured.err.startswith("error: cannot write ") and captured.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_board_of_any_name_has_files_of_plain_names(tmp_path: Path) -> None:
    result = export(replace(load_board(BOARD), id="../a b;c"), tmp_path / "out")
    assert "___a_b_c.repl" in result.files
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_json_is_as_its_schema_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "renode", "--board", BOARD, "--output", str(tmp_path / "out"), "--json", "-"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json_schema("export"))
    assert document["schema"] == "simtiny.export/1"
    assert document["serial"] == "sysbus.lpuart1"
    acting = next(entry["what"] for entry in document["not_modelled"] if "by a table" in entry["how"])
    assert {"rtc", "iwdg", "exti", "rng", "flash"} <= {name.split("_")[0] for name in acting.split(", ")}


def test_words_that_change_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="`clock_hz` has no effect on a board for Renode"):
        api.export_renode(tmp_path / "out", "kws01", clock_hz=1e6)  # type: ignore[call-arg]
    with pytest.raises(BadInput, match="`kernels` has no effect on a board without firmware"):
        api.export_renode(tmp_path / "out", kernels="dsp")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("text", "energy_uj"), [("250 uJ", 250.0), ("1.5 mJ", 1500.0), ("0.1J", 1e5)])
def test_a_limit_has_a_unit(text: str, energy_uj: float) -> None:
    assert robot.energy_uj(text) == pytest.approx(energy_uj)


@pytest.mark.parametrize("text", ["250", "uJ", "1e3 uJ x", "-1 uJ", "1..2 uJ", ""])
def test_a_limit_without_one_fails_the_test(text: str) -> None:
    with pytest.raises(AssertionError, match="is no energy"):
        robot.energy_uj(text)


@pytest.mark.slow
def test_what_has_no_price_fails_the_robot_test_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"nosuch\.stream: No such file or directory") as caught:
        robot.price(str(tmp_path / "nosuch.stream"), BOARD, None)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("name", board_names())
def test_the_built_in_firmware_boots_on_each_board(name: str, renode: Found, tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    result = api.export_renode(folder, "kws01", board=name)
    commands = (
        f"include {absolute(folder / f'{name}.resc')}",
        f"{result.serial} CreateFileBackend {absolute(tmp_path / 'serial.log')} true",
        'emulation RunFor "0.002"',
        *(f"{result.serial} WriteChar {byte}" for byte in b"name%"),
        'emulation RunFor "0.002"',
        "quit",
    )
    subprocess.run(
        [
            *(*renode.command, "--disable-gui", "--plain", "--console", "--config", str(tmp_path / "config")),
            *(word for command in commands for word in ("-e", command)),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
        check=False,
    )
    lines = (tmp_path / "serial.log").read_text().split()
    assert lines[-4:] == ["m-init-done", "m-ready", "m-name-dut-[simtiny]", "m-ready"]


@pytest.mark.slow
def test_the_robot_test_passes_in_renode(renode: Found, tmp_path: Path) -> None:
    """By Renode's own `renode-test`, in a folder with a blank and a quote in its name."""
    pytest.importorskip("robot", reason="Robot Framework is not installed")
    pytest.importorskip("simtiny.cli.price")
    home = Path(renode.command[0]).resolve().parent
    runner, server = home / "tests" / "run_tests.py", home / "bin"
    if not runner.is_file() or not (server / "Renode.exe").is_file():
        pytest.skip(f"{home}: not a Renode whose renode-test can be run by Mono")
    folder = tmp_path / "it's mine"
    api.export_renode(folder, "kws01", board=BOARD)
    done = subprocess.run(
        [
            *(sys.executable, str(runner), f"--robot-framework-remote-server-full-directory={server}"),
            *(
                "--runner=mono",
                f"--css-file={home / 'tests' / 'robot.css'}",
                "-r",
                str(tmp_path),
                str(folder / f"{BOARD}.robot"),
            ),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "Tests finished successfully" in done.stdout, done.stdout + done.stderr
