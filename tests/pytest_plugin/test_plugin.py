"""The plugin in a pytest of its own, which it is started in by name: it need not be installed for that."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from simtiny.data import data_path
from tests.calls.libraries import COMPILER, CORES, compiled

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs/examples/clib"
BOARD = "nucleo-l4r5zi"
SLOW, QUICK = "for (volatile int i = 0; i < n; i++);", "(void)n;"
TESTS = """
import pytest
pytestmark = pytest.mark.simtiny("lib.elf", board="nucleo-l4r5zi")

def test_one(simtiny):
    assert simtiny.call("work", 3).value == 3

def test_two(simtiny):
    other = simtiny("lib.elf", clock_hz=80e6)
    other.call("work", 4)
    assert other.call("work", 5, tolerance=0.5).value == 5
"""


def run_pytest(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A pytest of its own in a folder. `-p no:simtiny`: where it is installed it would be there twice."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": "", "COLUMNS": "200"}
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:simtiny",
        "-p",
        "simtiny.pytest_plugin",
        "-p",
        "no:cacheprovider",
    ]
    return subprocess.run([*words, *options], cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def library(folder: Path, work: str = QUICK) -> None:
    compiled(folder, f"int work(int n) {{ {work} return n; }} int data;", CORES[BOARD])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    library(tmp_path)
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    return tmp_path


BASELINE = ("--simtiny-baseline", "costs.json")


@pytest.mark.slow
def test_a_baseline_is_written_held_to_and_fails_what_costs_more(folder: Path) -> None:
    assert run_pytest(folder, *BASELINE).returncode == pytest.ExitCode.USAGE_ERROR
    written = run_pytest(folder, *BASELINE, "--simtiny-update")
    assert written.returncode == 0, written.stdout
    assert "simtiny: 3 calls of 2 tests were written to costs.json" in written.stdout
    document = json.loads((folder / "costs.json").read_text())
    assert document["schema"] == "simtiny.pytest-baseline/1"
    assert list(document["calls"]["test_it.py::test_two"]) == ["work", "work #2"]
    held = run_pytest(folder, *BASELINE)
    assert held.returncode == 0 and "simtiny: 3 calls are held to costs.json" in held.stdout
    library(folder, SLOW)
    failed = run_pytest(folder, *BASELINE, "--junitxml=report.xml")
    assert failed.returncode == 1 and "2 failed" in failed.stdout and "Traceback" not in failed.stdout
    now, was = document["calls"]["test_it.py::test_one"]["work"]["cycles"], None
    said = re.search(r"work costs more than in costs.json: (\d+) cycles, was (\d+) \(\+", failed.stdout)
    assert said is not None
    now, was = int(said[1]), int(said[2])
    assert was == document["calls"]["test_it.py::test_one"]["work"]["cycles"] < now
    case = ElementTree.parse(folder / "report.xml").getroot().find(".//testcase[@name='test_one']")
    assert case is not None
    found = {each.get("name"): each.get("value") for each in case.iter("property")}
    assert found["simtiny.work.cycles"] == str(now) and float(found["simtiny.work.energy_uj"] or 0) > 0


@pytest.mark.slow
def test_processes_of_xdist_write_one_baseline(folder: Path) -> None:
    run_pytest(folder, *BASELINE, "--simtiny-update")
    alone = (folder / "costs.json").read_bytes()
    (folder / "costs.json").unlink()
    spread = run_pytest(folder, *BASELINE, "--simtiny-update", "-n", "2")
    assert spread.returncode == 0, spread.stdout + spread.stderr
    assert (folder / "costs.json").read_bytes() == alone


@pytest.mark.slow
def test_what_did_not_run_keeps_what_it_had_and_what_is_cheaper_is_told(folder: Path) -> None:
    library(folder, SLOW)
    run_pytest(folder, *BASELINE, "--simtiny-update")
    before = json.loads((folder / "costs.json").read_text())["calls"]
    library(folder)
    cheaper = run_pytest(folder, *BASELINE)
    assert cheaper.returncode == 0
    assert re.search(r"3 cost less: test_it.py::test_one work \(\d+ cycles, was \d+\)", cheaper.stdout)
    run_pytest(folder, *BASELINE, "--simtiny-update", "-k", "one")
    after = json.loads((folder / "costs.json").read_text())["calls"]
    assert after["test_it.py::test_two"] == before["test_it.py::test_two"]
    assert after["test_it.py::test_one"] != before["test_it.py::test_one"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"counting_version": "0"}, "another version of simtiny has counted it"),
        ({"schema": "simtiny.pytest-baseline/9"}, "it is of schema 'simtiny.pytest-baseline/9'"),
        ({"calls": 7}, "no baseline of simtiny.pytest-baseline/1: Expected `object`, got `int`"),
    ],
)
def test_a_baseline_that_is_none(folder: Path, change: dict[str, object], message: str) -> None:
    run_pytest(folder, *BASELINE, "--simtiny-update")
    document = json.loads((folder / "costs.json").read_text())
    (folder / "costs.json").write_text(json.dumps({**document, **change}))
    refused = run_pytest(folder, *BASELINE)
    assert refused.returncode == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in refused.stderr.splitlines() if line]
    assert line.startswith("ERROR: --simtiny-baseline: ") and message in line


@pytest.mark.slow
def test_another_board_or_clock_is_not_compared(folder: Path) -> None:
    tests = TESTS.replace(', board="nucleo-l4r5zi"', "").replace("80e6", "16e6")
    (folder / "test_it.py").write_text(tests)
    run_pytest(folder, *BASELINE, "--simtiny-update", "--simtiny-board", BOARD)
    assert run_pytest(folder, *BASELINE, "--simtiny-board", BOARD).returncode == 0
    other = run_pytest(folder, *BASELINE, "--simtiny-board", "nucleo-u575zi-q", "-k", "one")
    assert (
        "work: costs.json has what it cost on nucleo-l4r5zi, which can't be compared with nucleo-u575zi-q"
        in other.stdout
    )
    (folder / "test_it.py").write_text(tests.replace("16e6", "8e6"))
    clock = run_pytest(folder, *BASELINE, "--simtiny-board", BOARD, "-k", "two")
    assert "work: costs.json has what it cost at 16 MHz, 0 flash" in clock.stdout


ERRORS = """
import pytest

def test_symbol(simtiny):
    simtiny("lib.elf", board="nucleo-l4r5zi").call("wrok", 3)

def test_image(simtiny):
    simtiny("other.elf")

def test_mark(simtiny):
    simtiny.call("work", 3)

def test_fault(simtiny):
    firmware = simtiny(IMAGE, board="nucleo-l4r5zi")
    firmware.boot()
    firmware.call("memcpy", 0x90000000, b"1234", 4)

def test_expected(simtiny):
    from simtiny import BadInput
    with pytest.raises(BadInput, match="data"):
        simtiny("lib.elf", board="nucleo-l4r5zi").call("data")
"""


@pytest.mark.slow
def test_errors_are_a_line_with_what_the_firmware_said_behind_it(folder: Path) -> None:
    image = data_path("firmware", "images", f"{BOARD}-dsp.elf")
    (folder / "test_it.py").write_text(f"IMAGE = {str(image)!r}\n{ERRORS}")
    found = run_pytest(folder, "--junitxml=report.xml")
    assert "4 failed, 1 passed" in found.stdout and "def test_symbol" not in found.stdout
    assert "\ntest_it.py:6: lib.elf has no symbol 'wrok' (did you mean work?)\n" in found.stdout
    assert "During handling" not in found.stdout
    assert re.search(r"\ntest_it.py:9: \S+other.elf: No such file or directory\n", found.stdout)
    assert "test_it.py:12: no image: mark the test with @pytest.mark.simtiny(image=…)" in found.stdout
    assert re.search(r"test_it.py:17: BusFault: write to 0x90000000.*\(memcpy", found.stdout)
    assert re.search(r"- simtiny serial port of nucleo-l4r5zi-dsp.elf -+\nm-timestamp", found.stdout)
    case = ElementTree.parse(folder / "report.xml").getroot().find(".//testcase[@name='test_fault']")
    assert case is not None
    properties = {each.get("name"): each.get("value") or "" for each in case.iter("property")}
    assert properties["simtiny.fault"].startswith("BusFault: write to 0x90000000")
    assert "m-ready" in properties[f"simtiny.uart.{BOARD}-dsp.elf"]


def test_an_update_needs_a_file(folder: Path) -> None:
    refused = run_pytest(folder, "--simtiny-update")
    assert refused.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--simtiny-update needs --simtiny-baseline FILE" in refused.stderr


@pytest.mark.slow
def test_the_example_passes(tmp_path: Path) -> None:
    if shutil.which(COMPILER) is None:
        pytest.skip(f"{COMPILER} is not installed")
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    for options in ((*BASELINE, "--simtiny-update"), BASELINE):
        found = run_pytest(tmp_path, *options)
        assert found.returncode == 0 and "8 passed" in found.stdout, found.stdout


def test_who_does_not_use_it_does_not_wait_for_it() -> None:
    program = "import time; start = time.perf_counter(); import simtiny.pytest_plugin, sys; "
    program += "print(time.perf_counter() - start, 'numpy' in sys.modules, 'simtiny.errors' in sys.modules)"
    words = [sys.executable, "-c", f"import pytest; {program}"]
    found = [
        subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split() for _ in range(3)
    ]
    assert min(float(seconds) for seconds, *_ in found) < 0.05
    assert found[0][1:] == ["False", "False"]
