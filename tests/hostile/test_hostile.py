"""Hostile and broken firmware ends quickly, in bounded memory, and in one line that is true, with a few
notes behind it.

Each program of `programs.txt` is run as a user would, by the command line in a process of its own.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.hostile.programs import CORES, GCC, Program, build, programs

PROCESSOR_S = 20
"""What a run may take: twice what it may alone, since processes that share a processor slow each other down. Of
processor time, so that waiting for other work does not matter."""
RESIDENT_BYTES = 300 << 20
_MEASURED = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stderr=subprocess.STDOUT).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(status, used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr)
"""
"""A small process in between: Linux counts as a child's memory what its parent had when it was started."""


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
@pytest.mark.skipif(find_spec("resource") is None, reason="memory of a child is not told here")
@pytest.mark.parametrize("program", programs(), ids=lambda program: program.id)
def test_hostile(program: Program, tmp_path: Path) -> None:
    elf = build(program, tmp_path)
    command = [sys.executable, "-m", "simtiny", "run", "--image", str(elf), "--board", CORES[program.core].board]
    measured = [sys.executable, "-c", _MEASURED, *command]
    ended = subprocess.run(measured, capture_output=True, text=True, check=True)
    text = ended.stdout
    status, processor_s, resident = ended.stderr.split()
    assert "Traceback" not in text
    assert int(status) == program.status, text
    first, *notes = text.splitlines()
    assert first.startswith("error: "), text
    assert len(notes) <= 6 and all(note.startswith("note: ") for note in notes), text
    if program.expected != "@ANY":
        assert program.expected in text
    assert float(processor_s) < PROCESSOR_S
    assert int(resident) * (1 if sys.platform == "darwin" else 1024) < RESIDENT_BYTES
