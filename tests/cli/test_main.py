"""The frame of the command line: exit codes, one-line errors, the optional value of --json, start-up time."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simtiny import errors
from simtiny.cli import main, terminal, with_json_value
from simtiny.cli.outputs import Output, json_text, outputs


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["run", "--json"], ["run", "--json=-"]),
        (["run", "--json", "kws01"], ["run", "--json=-", "kws01"]),
        (["run", "--json", "--layers"], ["run", "--json=-", "--layers"]),
        (["run", "--json", "out.json", "kws01"], ["run", "--json", "out.json", "kws01"]),
        (["run", "--json", "-"], ["run", "--json", "-"]),
        (["run", "--json=out.json"], ["run", "--json=out.json"]),
        (["run", "--json", "sww01"], ["run", "--json=-", "sww01"]),
        (["boards", "--json"], ["boards", "--json=-"]),
        (["compare", "--json", "kws01", "ad01"], ["compare", "--json=-", "kws01", "ad01"]),
        (["compare", "--json", "nucleo-l4r5zi", "x"], ["compare", "--json=-", "nucleo-l4r5zi", "x"]),
        (["compare", "--json", "clock=80", "clock=26"], ["compare", "--json=-", "clock=80", "clock=26"]),
        (["compare", "a.json", "b.json", "--json", "c.json"], ["compare", "a.json", "b.json", "--json", "c.json"]),
        (["boards", "show", "--json", "nucleo-l4r5zi"], ["boards", "show", "--json=-", "nucleo-l4r5zi"]),
        (["boards", "show", "--json", "my.toml"], ["boards", "show", "--json=-", "my.toml"]),
        (["boards", "show", "x", "--json", "x.json"], ["boards", "show", "x", "--json", "x.json"]),
        ([], []),
    ],
)
def test_json_without_a_file_means_standard_output(given: list[str], expected: list[str]) -> None:
    assert with_json_value(given) == expected


@pytest.mark.parametrize(
    ("error", "code"), [(errors.GateFailed, 1), (errors.BadInput, 2), (errors.FirmwareFault, 3), (errors.Unpriced, 4)]
)
def test_each_error_has_its_exit_code_and_one_line(
    error: type[errors.SimtinyError], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*possible: Output[object], inputs: object) -> None:
        raise error("first line\n  second line")

    monkeypatch.setattr("simtiny.cli.run.outputs", fail)
    assert main(["run", "kws01"]) == code
    captured = capsys.readouterr()
    assert captured.err == "error: first line second line\n"
    assert captured.out == ""


def test_interrupt_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*possible: Output[object], inputs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("simtiny.cli.run.outputs", interrupt)
    assert main(["run"]) == 130


@pytest.mark.parametrize(
    "arguments",
    [["run", "--no-such-option"], ["no-such-command"], ["run", "--kernels", "fast"], ["accuracy"], ["fetch", "boards"]],
)
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(r"error: .*\(see `simtiny( \w+)? --help`\)\n", captured.err)


def test_no_command_asks_for_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "accuracy" in capsys.readouterr().out


def test_a_message_with_control_characters_stays_one_harmless_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--json", str(tmp_path / "no\nwhere\x1b[2J" / "x.json")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "\x1b" not in error


@pytest.mark.parametrize(
    ("shell", "expected"),
    [("simtiny boards | true; exit ${PIPESTATUS[0]}", 141), ("simtiny boards >&-", 0), ("simtiny boards x 2>&-", 2)],
)
def test_closed_streams_are_no_reason_for_a_traceback(shell: str, expected: int) -> None:
    done = subprocess.run(
        ["bash", "-c", shell.replace("simtiny", f"{sys.executable} -m simtiny")],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (expected, "", "")


def run_python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    path = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, env={**os.environ, "PYTHONPATH": path, **environment}
    )


def test_a_terminal_without_unicode_gets_what_it_can_show() -> None:
    program = (
        "import sys; from simtiny.cli import app, main; from simtiny.cli.outputs import Output, json_text, outputs;"
        "write = outputs(Output('--json', '-', json_text));"
        "app.command('show')(lambda: print('1 \\u00b5W \\udcff') or write({'unit': '\\u00b5W'}));"
        "sys.exit(main(['show']))"
    )
    done = run_python("-c", program, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    shown, document = done.stdout.split(b"\n", 1)
    assert shown == b"1 ?W ?" and json.loads(document) == {"unit": "\u00b5W"}


def test_an_interrupt_that_python_drops_comes_again() -> None:
    program = (
        "import sys, ctypes, time; from simtiny.cli import app, main\n"
        "@ctypes.CFUNCTYPE(None)\n"
        "def callback(): raise KeyboardInterrupt\n"
        "@app.command('wait')\n"
        "def wait(): callback(); time.sleep(60)\n"
        "sys.exit(main(['wait']))"
    )
    done = run_python("-c", program)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_an_interrupt_while_the_command_line_loads_is_quiet() -> None:
    program = (
        "import runpy, sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'simtiny.cli': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "runpy.run_module('simtiny', run_name='__main__')"
    )
    done = run_python("-c", program)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_a_log_file_has_no_width_and_a_terminal_at_least_that_of_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    assert terminal.console().width > 1000
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    assert terminal.console().width == 60
    monkeypatch.setenv("COLUMNS", "132")
    assert terminal.console().width == 132


def test_version_and_help_end_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("simtiny 0.")
    assert all(command in text for command in ("run", "boards", "fetch", "accuracy"))


@pytest.mark.parametrize("address", ["twelve", "-1", "0x100000000"])
def test_bad_address(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", f"--address={address}"]) == 2
    assert "expected a 32-bit address" in capsys.readouterr().err


def test_json_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    assert main(["run", "--json", str(tmp_path / "nowhere" / "out.json")]) == 2
    assert time.monotonic() - started < 1.0
    assert "no file can be written there" in capsys.readouterr().err


def test_json_file_appears_whole_with_the_usual_rights(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    outputs(Output("--json", str(target), json_text))({"schema": "test/1", "value": 0.1, "boards": ["a\udcff.toml"]})
    assert json.loads(target.read_text()) == {"schema": "test/1", "value": 0.1, "boards": ["a\\udcff.toml"]}
    plain = tmp_path / "plain"
    plain.touch()
    assert target.stat().st_mode == plain.stat().st_mode
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.json", "plain"]


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(errors.BadInput, match="No space left on device"):
        outputs(Output("--json", str(tmp_path / "out.json"), json_text))({})
    assert list(tmp_path.iterdir()) == []


def test_progress_is_silent_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.progress_bar("work") as progress:
        progress(1, 2)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_help_imports_nothing_heavy() -> None:
    check = "import sys; from simtiny.cli import main; main(['--help']); print(*sys.modules, sep='\\n')"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, env=environment, check=True)
    modules = set(done.stdout.split())
    assert not modules & {"numpy", "unicorn", "capstone", "elftools", "multiprocessing.pool"}
