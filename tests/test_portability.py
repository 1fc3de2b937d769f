"""The core of simtiny where nothing is as POSIX says: see `tests/windows_like/sitecustomize.py`."""

import ast
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simtiny.calibration.observe import read_measurements
from simtiny.cli import main
from simtiny.intelhex import read_hex
from simtiny.mlperf import datasets
from tests.windows_like import absent

ROOT = Path(__file__).resolve().parents[1]
LIKE_WINDOWS = ROOT / "tests" / "windows_like"
POSIX_FILES = {"simtiny/pseudo_terminal.py"}
"""Those that import what there is on POSIX alone. Nothing imports them but `serve` without a port."""
linux = pytest.mark.skipif(sys.platform != "linux", reason="what is taken away is taken away from Linux")


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(LIKE_WINDOWS), str(ROOT)]), **more}


def python(*arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment(**more), capture_output=True, text=True, encoding="utf-8")


def imported(source: str) -> set[str]:
    """The outermost packages that a module imports, wherever it does."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def test_modules_of_posix_are_imported_by_the_pseudo_terminal_alone() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "simtiny").rglob("*.py")
        if imported(path.read_text(encoding="utf-8")) & absent.MODULES
    }
    assert found == POSIX_FILES


@linux
def test_every_other_module_can_be_imported() -> None:
    names = [
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
        for path in (ROOT / "simtiny").rglob("*.py")
        if path.relative_to(ROOT).as_posix() not in POSIX_FILES and path.name != "__main__.py"
    ]
    program = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    done = python("-W", "error", "-c", program, *names)
    assert (done.returncode, done.stderr) == (0, "")


@linux
@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import termios", "ModuleNotFoundError"),
        ("import os; os.fork()", "AttributeError"),
        ("import signal; signal.SIGKILL", "AttributeError"),
        ("from os import geteuid", "ImportError"),
        ("import select; select.select([], [], [], 0)", "OSError"),
        ("from pathlib import Path; f = Path(__file__).open(); Path(__file__).unlink()", "PermissionError"),
    ],
)
def test_what_is_absent_is_absent(source: str, error: str, tmp_path: Path) -> None:
    (tmp_path / "simtiny_like.py").write_text(source)
    done = subprocess.run(
        [sys.executable, "-c", "import simtiny_like"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(LIKE_WINDOWS), str(tmp_path)])},
        capture_output=True,
        text=True,
    )
    assert done.stderr.splitlines()[-1].startswith(error)


def document(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))["results"]


@linux
@pytest.mark.slow
def test_a_run_is_the_same_measured_and_stored_and_files_that_are_there_are_replaced(tmp_path: Path) -> None:
    """In a folder whose name no code page has whole, with the store there as well."""
    folder = tmp_path / "Großer Ordner ☃"
    folder.mkdir()
    files = [folder / name for name in ("run.json", "stored.json")]
    for file in files:
        file.write_text("another")
        done = python(
            "-m", "simtiny", "run", "ad01", "--json", str(file), "--html", str(file.with_suffix(".html")),
            SIMTINY_CACHE=str(folder / "cache"),
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
    assert main(["run", "ad01", "--fresh", "--json", str(tmp_path / "here.json")]) == 0
    measured, stored, here = (document(file) for file in (*files, tmp_path / "here.json"))
    assert [results[0].pop("stored") for results in (measured, stored, here)] == [False, True, False]
    assert measured == stored == here


@linux
@pytest.mark.slow
def test_workers_and_boards(tmp_path: Path) -> None:
    """Processes are started anew, and find what they need."""
    program = tmp_path / "work.py"
    program.write_text(
        "import simtiny\n"
        "from simtiny.workers import pool\n"
        "def latency(board): return simtiny.run('ad01', board=board).latency_ms\n"
        "if __name__ == '__main__':\n"
        "    boards = ['nucleo-l4r5zi', 'nucleo-g0b1re']\n"
        "    with pool(2) as workers: print(list(workers.map(latency, boards)) == [*map(latency, boards)])\n"
    )
    done = python(str(program), SIMTINY_CACHE=str(tmp_path / "cache"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")
    listed = python("-m", "simtiny", "boards")
    assert (listed.returncode, listed.stderr) == (0, "") and "nucleo-l4r5zi" in listed.stdout


@linux
@pytest.mark.slow
def test_a_served_port(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simtiny", "serve", "ad01", "--tcp", "0"]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as served:
        try:
            assert served.stdout is not None and served.stderr is not None
            host, _, port = served.stdout.readline().strip().rpartition(":")
            answer = b""
            with socket.create_connection((host, int(port)), timeout=60) as client:
                client.sendall(b"name%")
                while b"m-name" not in answer:
                    received = client.recv(4096)
                    assert received, answer
                    answer += received
        finally:
            served.send_signal(signal.SIGTERM)
        assert served.wait(60) == 0, served.stderr.read()


@linux
def test_no_pseudo_terminal_is_one_clear_line() -> None:
    done = python("-m", "simtiny", "serve", "ad01")
    assert done.returncode == 2
    assert done.stderr == "error: this system has no pseudo-terminals: use --tcp PORT, without --link\n"


@pytest.mark.parametrize("argument", ["models", "images"])
def test_a_copy_that_is_not_there_is_one_clear_line(argument: str, tmp_path: Path) -> None:
    done = python("-m", "simtiny", "fetch", argument, "--from", str(tmp_path / "fehlt ☃"), PYTHONIOENCODING="utf-8")
    assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert "fehlt ☃" in done.stderr


HEX = ":020000040800F2\n:04000000004000209C\n:00000001FF\n"
MEASURED = 'image,address,supply_v,energy_uj,stack\nad.bin,0x08000000,1.8,300,"two\nlines"\n'


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_end_as_they_like(end: str, tmp_path: Path) -> None:
    """Of Intel HEX, of measurements, of labels; test_board_file has a platform file."""
    segments, _entry = read_hex(HEX.replace("\n", end).encode())
    assert [(segment.address, segment.data) for segment in segments] == [(0x0800_0000, bytes.fromhex("00400020"))]
    (tmp_path / "measured.csv").write_bytes(MEASURED.replace("\n", end).encode())
    (row,) = read_measurements(tmp_path / "measured.csv")
    assert (row.image, row.address, row.energy_uj, row.stack.split()) == (
        "ad.bin",
        0x0800_0000,
        300.0,
        ["two", "lines"],
    )
    (tmp_path / "one.bin").write_bytes(b"\r\n")
    (tmp_path / "y_labels.csv").write_bytes(f"one.bin, 12, 3{end}{end}".encode())
    (sample,) = datasets.load(tmp_path, classes=12)
    assert (sample.path.name, sample.label, sample.content()) == ("one.bin", 3, b"\r\n")


@linux
def test_a_lost_interrupt_comes_again() -> None:
    """`os.kill` is none on Windows: it ends the process at once."""
    program = (
        "import time, types; from simtiny.cli import _unraisable\n"
        "try: _unraisable(types.SimpleNamespace(exc_type=KeyboardInterrupt)); time.sleep(0.5); print('nothing')\n"
        "except KeyboardInterrupt: print('interrupted')"
    )
    done = python("-c", program)
    assert (done.returncode, done.stdout, done.stderr) == (0, "interrupted\n", "")


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.slow
def test_nothing_depends_on_the_encoding_of_the_system(tmp_path: Path) -> None:
    """No text file is opened without naming its encoding, and ASCII alone is enough for the rest."""
    file = tmp_path / "run.json"
    named = ("-X", "warn_default_encoding", "-W", "error::EncodingWarning")
    for arguments in (["run", "ad01", "--layers", "--json", str(file)], ["boards"], ["run", "nosuch"], ["--help"]):
        done = python(*named, "-m", "simtiny", *arguments, SIMTINY_CACHE=str(tmp_path / "cache"), **ASCII)
        assert "Traceback" not in done.stderr and done.returncode == (2 if "nosuch" in arguments else 0), done.stderr
    assert document(file)[0]["title"] == "ad01"
