"""Hostile and broken firmware ends quickly, in bounded memory, and in one line that is true.

Each program of `programs.txt` is run as a user would, by the command line in a process of its own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.programs import CORES, GCC, Program, build, programs

PROCESSOR_S = 10
"""What a run may take. Of processor time, so that other work on the machine does not matter."""
RESIDENT_BYTES = 300 << 20


def test_there_are_300() -> None:
    names = [program.id for program in programs()]
    assert len(names) == len(set(names))
    assert len(names) >= 300


def test_every_program_says_what_is_right() -> None:
    for program in programs():
        assert program.status in (3, 4)
        assert program.expected


@pytest.mark.slow
@pytest.mark.skipif(GCC is None, reason="needs arm-none-eabi-gcc")
@pytest.mark.skipif(not hasattr(os, "wait4"), reason="memory of a child is not told here")
@pytest.mark.parametrize("program", programs(), ids=lambda program: program.id)
def test_hostile(program: Program, tmp_path: Path) -> None:
    elf = build(program, tmp_path)
    command = [sys.executable, "-m", "simtiny", "run", "--image", str(elf), "--board", CORES[program.core].board]
    with (tmp_path / "out").open("w+") as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    assert "Traceback" not in text
    assert child.returncode == program.status, text
    assert text.startswith("error: ") and text.count("\n") == 1, text
    if program.expected != "@ANY":
        assert program.expected in text
    assert usage.ru_utime + usage.ru_stime < PROCESSOR_S
    assert usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) < RESIDENT_BYTES
