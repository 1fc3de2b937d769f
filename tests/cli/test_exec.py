"""`simtiny exec` as its users call it."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from simtiny.cli import main
from simtiny.cli.console_filter import ConsoleFilter
from simtiny.cli.options import ConsoleChoice
from simtiny.exec.consoles import Console
from simtiny.report.schema import json_schema
from tests.exec.firmware import BKPT, BOARD, HERE, OWN, program, writes


def exits_with(status: int) -> list[int]:
    """SYS_EXIT_EXTENDED by a block behind the code: adr r1; movs r0, 0x20; bkpt 0xAB; b ."""
    return [0xA101, 0x2020, 0xBEAB, HERE, 0x0026, 0x0002, status, 0]


def run(capfdbinary: Any, *arguments: object) -> tuple[int, bytes, str]:
    code = main(["exec", *map(str, arguments)])
    out, err = capfdbinary.readouterr()
    return code, out, err.decode()


def test_output_on_standard_output_and_the_summary_on_standard_error(capfdbinary: Any) -> None:
    code, out, err = run(capfdbinary, OWN, "--board", BOARD)
    assert code == 0
    assert out.startswith(b"own: ready\r\n")
    assert out.endswith(b"own: goodbye\n")
    lines = err.splitlines()
    assert lines[:2] == [f"{BOARD}: own.elf", "ended: it has exited by semihosting, with status 0"]
    assert [line.partition(":")[0] for line in lines[2:7]] == ["time", "energy", "clock", "polled", "stack"]


@pytest.mark.parametrize(
    ("code", "options", "status", "error"),
    [
        (exits_with(7), (), 7, ""),
        (writes(b"PASSED\n"), ("--until", "PASSED"), 0, ""),
        (writes(b"PASSED\n"), ("--until", "FAILED"), 1, "error: the firmware has not printed 'FAILED': it loops at"),
        ([BKPT], (), 3, "error: breakpoint without a debugger, at pc"),
        ([HERE], ("--for", "x"), 2, "error: --for x: expected a time such as 2s"),
        ([HERE], ("--pin", "PA0=2"), 2, "error: --pin PA0=2: expected a pin"),
    ],
)
def test_exit_codes(
    code: list[int], options: tuple[str, ...], status: int, error: str, tmp_path: Path, capfdbinary: Any
) -> None:
    found, _, err = run(capfdbinary, program(tmp_path, code), "--board", BOARD, *options)
    assert found == status
    assert error in err
    assert "Traceback" not in err


def test_json_alone_is_the_document(capfdbinary: Any) -> None:
    code, out, _ = run(capfdbinary, OWN, "--board", BOARD, "--json")
    document = json.loads(out)
    assert code == 0
    assert document["result"]["output"].endswith("own: goodbye\n")
    schema = json_schema("exec")
    assert list(Draft202012Validator(schema).iter_errors(document)) == []
    assert set(document["result"]) == set(schema["$defs"]["ExecObject"]["properties"])
    described = (Path(__file__).parents[2] / "docs/json-schema.md").read_text()
    part = described.split("## `simtiny.exec/1`")[1].split("\n## ")[0]
    assert [field for field in document["result"] if f"`{field}`" not in part] == []


def test_the_choices_are_those_there_are() -> None:
    assert list(map(str, ConsoleChoice)) == list(map(str, Console))


def test_a_terminal_is_not_taken_over() -> None:
    file = io.BytesIO()
    shown = ConsoleFilter(file, is_terminal=True)
    for piece in (
        b"\x1b[31mred\x1b",
        b"[0m\t",
        b"\x1b]0;title\x07",
        b"\xc2\x9b\x7f\x00a\xc3\xa4\r\n",
        b"\x1b[6n",
        b"end",
    ):
        shown.write(piece)
    shown.end()
    assert file.getvalue() == b"\x1b[31mred\x1b[0m\t?]0;title\x07\xc2\xbf??a\xc3\xa4\r\n?end\n"
    file = io.BytesIO()
    shown = ConsoleFilter(file, is_terminal=False)
    shown.write(b"\x1b]0;x\x07")
    shown.end()
    assert file.getvalue() == b"\x1b]0;x\x07"


@pytest.mark.slow
def test_ctrl_c_ends_with_the_summary(tmp_path: Path) -> None:
    """Adds r0, 1; str r0, [sp, -4]...: a loop that changes RAM; what it prints first tells that it runs."""
    path = program(tmp_path, writes(b"running\n", 0x3001, 0x9000, 0xE7FC))
    words = [sys.executable, "-m", "simtiny", "exec", str(path), "--board", BOARD, "--for", "1000s"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None and running.stderr is not None
        assert running.stdout.readline() == b"running\n"
        os.kill(running.pid, signal.SIGINT)
        assert b"ended: it was interrupted" in running.stderr.read()
        assert running.wait(60) == 130
