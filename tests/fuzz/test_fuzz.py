"""Damaged and forged inputs: those that were once a fault, a few of each surface, a minute of them by the script."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.attempt import attempt
from tests.fuzz.surfaces import SURFACES, make

ROOT = Path(__file__).parents[2]
FOUND = {path.name: path for path in sorted((Path(__file__).parent / "found").iterdir())}
QUICK = [name for name, surface in SURFACES.items() if surface.share >= 20]


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_before_stays_mended(name: str) -> None:
    """Files are named by surface and fault: `surface-fault`."""
    surface = SURFACES[name.partition("-")[0]]
    assert attempt(surface, FOUND[name].read_bytes()) is None


@pytest.mark.parametrize("name", QUICK)
def test_a_few_of_each_surface(name: str) -> None:
    for number in range(20):
        problem = attempt(SURFACES[name], make(SURFACES[name], f"0 {name} {number}"))
        assert problem is None, f"--seed 0 --surface {name} --only {number}"


def test_the_same_seed_makes_the_same_input() -> None:
    for surface in (SURFACES[name] for name in QUICK):
        assert make(surface, "7 x 1") == make(surface, "7 x 1") != make(surface, "7 x 2")


@pytest.mark.slow
def test_a_minute_finds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "scripts/fuzz.py"), "--seconds", "60", "--save", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
