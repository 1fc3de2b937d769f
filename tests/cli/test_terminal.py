"""Tables in a real terminal: nothing cut off from 60 columns on."""

import os
import re
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from simtiny.mlperf.tasks import TASKS

pytestmark = pytest.mark.slow
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")
ROOT = Path(__file__).resolve().parents[2]
WIDTHS = (60, 80, 100, 120)
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
CROSSCHECK = """
from simtiny.cli.terminal import console
from simtiny.report.crosscheck_text import crosscheck_report
from tests.report.test_crosscheck import hand_made
console().print(crosscheck_report(hand_made()))
"""


def shown(columns: int, arguments: Sequence[str]) -> str:
    """What a terminal of so many columns is sent."""
    terminal, ours = os.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    with os.fdopen(terminal, "rb", buffering=0) as reader:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=ours,
            stdout=ours,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={**environment, "TERM": "xterm", "PYTHONPATH": str(ROOT)},
        )
        os.close(ours)
        received = b""
        try:
            while part := reader.read(1 << 16):
                received += part
        except OSError:  # how Linux says that nobody writes any more
            pass
    assert process.wait() == 0
    return ESCAPES.sub("", received.decode().replace("\r\n", "\n"))


@pytest.mark.parametrize("columns", WIDTHS)
def test_four_benchmarks(columns: int) -> None:
    text = shown(columns, ["-m", "simtiny", "run"])
    lines = text.splitlines()
    assert max(map(len, lines)) <= columns
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    heading = next(line for line in lines if "kws01" in line)
    assert heading.replace("┃", " ").split() == list(TASKS)
    for label in ("latency ms", "  90 % interval", "  recorded: median", "cycles per MAC", "own record used"):
        (line, *_) = (line for line in lines if line.startswith(f"│ {label}"))
        assert len(line.strip("│").split("│")) == 5 and line.endswith("│")


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_crosscheck(columns: int) -> None:
    text = shown(columns, ["-c", CROSSCHECK])
    assert max(map(len, text.splitlines())) <= columns
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    assert "nucleo-l4r5zi (cortex-m4f)" in text and "v1.2 STMicroelectronics NUCLEO_L4R5ZI" in text
    assert all(heading in text for heading in ("recorded", "predicted", "timer", "interval", "baseline's"))


@pytest.mark.parametrize("columns", WIDTHS)
def test_layers_and_caches(columns: int) -> None:
    board = ("--board", "nucleo-h7a3zi-q")
    text = shown(columns, ["-m", "simtiny", "run", "kws01", *board, "--layers", "--cache", "8K/2,4K/4", "--where"])
    assert max(map(len, text.splitlines())) <= columns
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    assert "320,000" in text and "misses" in text
