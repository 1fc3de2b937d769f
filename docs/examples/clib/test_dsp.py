"""Unit tests of dsp.c, which run and are priced on an emulated Cortex-M4. No board, no main, no startup code.

pytest --simtiny-baseline costs.json --simtiny-update    writes what the calls cost
pytest --simtiny-baseline costs.json                     fails where one costs more
"""

import ctypes
import shutil
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
BUILD = (
    "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -O2 -g "
    "-nostartfiles -Wl,--entry=0 -Wl,-Ttext=0x08000000 -Wl,-Tdata=0x20000000"
)

pytestmark = pytest.mark.simtiny(board="nucleo-l4r5zi", clock_hz=80e6)


class Range(ctypes.Structure):
    _fields_ = [("minimum", ctypes.c_float), ("maximum", ctypes.c_float)]


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    built = tmp_path_factory.mktemp("build") / "dsp.elf"
    subprocess.run([*BUILD.split(), "-o", built, HERE / "dsp.c"], check=True)
    return built


@pytest.fixture
def dsp(simtiny, library):
    return simtiny(library)


def test_dot(dsp):
    a, b = np.arange(64, dtype=np.int16), np.full(64, -3, np.int16)
    result = dsp.call("dot", a, b, 64)
    assert result.value == -3 * 63 * 64 // 2
    assert result.cycles < 1000 and result.energy_uj < 1


def test_energy_has_64_bits(dsp):
    assert dsp.call("energy", np.full(8, -32768, np.int16), 8).value == 8 << 30


def test_rms_of_a_sine(dsp):
    sine = np.sin(np.linspace(0, 2 * np.pi, 256, endpoint=False)).astype(np.float32)
    assert dsp.call("rms", sine, 256).value == pytest.approx(0.5**0.5)


def test_range_returns_a_struct(dsp):
    found = dsp.call("range", np.array([2, -1, 7], np.float32), 3, returns=Range).value
    assert (found.minimum, found.maximum) == (-1, 7)


def test_scale_works_in_place(dsp):
    samples = np.array([1, -2, 3], np.float32)
    dsp.call("scale", samples, 3, 2.5)
    assert samples.tolist() == [2.5, -5, 7.5]


def test_fir_keeps_its_state(dsp):
    fir = dsp.alloc(16)
    dsp.call("fir_init", fir, dsp.alloc(np.array([16384, 8192], np.int16)), dsp.alloc(4), 2)
    assert [dsp.call("fir_step", fir, sample).value for sample in (100, 200, 300)] == [50, 125, 200]


@pytest.mark.parametrize("text", [b"", b"123456789"])
def test_checksum(dsp, text):
    first, second = (dsp.call("checksum", text, len(text)) for _ in range(2))
    assert first.value == second.value == zlib.crc32(text)
    assert second.cycles < first.cycles  # the first call makes the table
