"""The program of tests/counting/calls, and its profile."""

import shutil
import subprocess
from pathlib import Path

import pytest

import simtiny
from simtiny.profiling.result import ProfileResult

GCC = shutil.which("arm-none-eabi-gcc")
FOLDER = Path(__file__).parent.parent / "counting" / "calls"
CPU = ("-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard")


@pytest.fixture(scope="session")
def calls_elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if GCC is None:
        pytest.skip("no arm-none-eabi-gcc")
    out = tmp_path_factory.mktemp("calls") / "calls.elf"
    flags = (*CPU, "-nostartfiles", "-ffunction-sections", "-g", "-w", "-O2", "-T", str(FOLDER / "link.ld"))
    subprocess.run([GCC, *flags, str(FOLDER / "start.c"), str(FOLDER / "calls.c"), "-o", str(out)], check=True)
    return out


@pytest.fixture(scope="session")
def calls_profile(calls_elf: Path) -> ProfileResult:
    return simtiny.profile(calls_elf, board="nucleo-l4r5zi", start="main", end="finish")
