"""Firmware that gets nowhere on Renode, and Renode ended in the middle: one line, the right exit code, nothing left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from simtiny.renode.find import Found
from tests.hostile.programs import CORES, GCC, Program, build, programs

WALL_S = 240
"""With other work beside it. Alone most take 10 s, of which Renode's start takes half."""
SAMPLE = {
    "bkpt-m4": "breakpoint without a debugger, at pc 0x080001c4",
    "udf-m33": "UsageFault: undefined instruction, at pc 0x080001c4",
    "fpu_off-m7": "the FPU is not enabled in CPACR",
    "jump_unmapped-m33": "BusFault: instruction fetch from 0x60000000, where there is no code",
    "jump_even-m7": "branch to an even address (INVSTATE)",
    "recursion-m7": "stack overflow",
    "while_nops-m0": "the firmware loops without end: it loops at 0x080001c",
    "loop-m33": "the firmware loops without end: it loops at 0x080001c",
    "svc_storm-m4": "SVCall was taken",
    "sysreset_storm-m4": "it has reset itself 101 times by SYSRESETREQ",
    "sleep_for_ever-m0": "no interrupt has woken it for 10 s of Renode's time",
    "uart_flood-m4": "in 200,000 characters of output",
    "print_then_fault-m4": "last output 'A'",
    "smc-m7": "breakpoint without a debugger",
    "tz-m33": "no timing for the instruction at 0x080001c4 (sg)",
}
"""Hostile programs, by name and core, with a part of the line that is right."""


class Started:
    """`simtiny run --engine renode` as a process, with a folder of its own for temporary files."""

    def __init__(self, elf: Path, board: str, renode: Path | str, folder: Path) -> None:
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        words = ["run", "--image", str(elf), "--board", board, "--engine", "renode", "--renode", str(renode)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simtiny", *words],
            env={**os.environ, "TMPDIR": str(self.temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(self) -> tuple[int, str]:
        """Its exit code and what it printed."""
        output, _ = self.process.communicate(timeout=WALL_S)
        return self.process.returncode, output

    def renodes(self) -> list[int]:
        """Process numbers of each Renode that works in the folder."""
        return [
            int(entry.parent.name)
            for entry in Path("/proc").glob("[0-9]*/cmdline")
            if int(entry.parent.name) != os.getpid()
            and "Renode" in (words := _text(entry))
            and str(self.temporary) in words
        ]

    def wait_for_renode(self) -> int:
        """Its process number, some time after the firmware has begun to run."""
        deadline = time.monotonic() + WALL_S
        while time.monotonic() < deadline:
            if found := self.renodes():
                time.sleep(10)
                return found[0]
            time.sleep(0.2)
        raise AssertionError("Renode did not start")

    def assert_nothing_is_left(self) -> None:
        assert not list(self.temporary.iterdir())
        deadline = time.monotonic() + 10
        while self.renodes():
            assert time.monotonic() < deadline, "a Renode is left"
            time.sleep(0.2)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


@pytest.fixture
def start(renode: Found, tmp_path: Path) -> Iterator[Callable[[Program], Started]]:
    """Builds a program and starts simtiny with it."""
    if GCC is None or sys.platform != "linux":
        pytest.skip("needs arm-none-eabi-gcc, and /proc")
    started: list[Started] = []

    def begin(program: Program) -> Started:
        started.append(Started(build(program, tmp_path), CORES[program.core].board, renode.command[0], tmp_path))
        return started[-1]

    yield begin
    for each in started:
        each.process.kill()


def _named(name: str) -> Program:
    return next(program for program in programs() if program.id == name)


def _endless() -> Program:
    """It writes to RAM for ever: nothing finds that before the limit of a boot."""
    body = "ldr r0,=0x20000100\n1: adds r1,#1\nstr r1,[r0]\nb 1b\n"
    return replace(_named("loop-m4"), name="writes_for_ever", body=body)


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLE)
def test_it_ends_in_one_line(name: str, start: Callable[[Program], Started]) -> None:
    run = start(_named(name))
    status, output = run.end()
    assert output.startswith("error: ") and output.count("\n") == 1, output
    assert SAMPLE[name] in output
    assert status == _named(name).status
    run.assert_nothing_is_left()


@pytest.mark.slow
def test_renode_is_killed_in_the_middle(start: Callable[[Program], Started]) -> None:
    run = start(_endless())
    os.kill(run.wait_for_renode(), signal.SIGKILL)
    status, output = run.end()
    assert status == 2 and "was ended by SIGKILL" in output and output.count("\n") == 1, output
    run.assert_nothing_is_left()


@pytest.mark.slow
def test_simtiny_is_interrupted_in_the_middle(start: Callable[[Program], Started]) -> None:
    run = start(_endless())
    run.wait_for_renode()
    run.process.send_signal(signal.SIGINT)
    status, output = run.end()
    assert status == 130 and "Traceback" not in output, output
    run.assert_nothing_is_left()


@pytest.mark.slow
def test_simtiny_is_killed_in_the_middle(start: Callable[[Program], Started]) -> None:
    run = start(_endless())
    run.wait_for_renode()
    run.process.kill()
    run.end()
    deadline = time.monotonic() + 20
    while run.renodes():
        assert time.monotonic() < deadline, "a Renode is left"
        time.sleep(0.2)
