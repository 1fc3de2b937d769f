"""Libraries for tests: of a few halfwords, or compiled."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from simtiny.board_file import load_board
from simtiny.calls.firmware import Firmware
from simtiny.image import Image, Segment, Symbol
from simtiny.mlperf.workload import Workload
from simtiny.request import Request

COMPILER = "arm-none-eabi-gcc"
FLASH = 0x0800_0000
CORES = {
    "nucleo-l4r5zi": "-mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16",
    "nucleo-g0b1re": "-mcpu=cortex-m0plus",
    "disco-f746ng": "-mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-sp-d16",
    "nucleo-h7a3zi-q": "-mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16",
    "nucleo-u575zi-q": "-mcpu=cortex-m33 -mfloat-abi=softfp -mfpu=fpv5-sp-d16",
}
LINK = "-nostartfiles -Wl,--entry=0 -Wl,-Ttext=0x08000000 -Wl,-Tdata=0x20000000"


def of_halfwords(*code: int, words: Request | None = None) -> Firmware:
    """A library with one function, `it`, on a NUCLEO-L4R5ZI."""
    symbol = Symbol("it", FLASH, 2 * len(code), "function")
    segment = Segment(FLASH, struct.pack(f"<{len(code)}H", *code))
    image = Image("lib", "", (segment,), symbols={"it": symbol}, functions=(symbol,))
    board = load_board("nucleo-l4r5zi")
    workload = Workload(board, "lib", None, image, "lib", "in the image")
    return Firmware(workload, words or Request(), ram=None, hard_float=True)


def compiled(folder: Path, source: str | Path, flags: str, name: str = "lib.elf") -> Path:
    """An ELF file of C code, as docs/examples/clib/ has it. Skips the test without a compiler."""
    compiler = COMPILER
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    if isinstance(source, str):
        (folder / "lib.c").write_text(source)
        source = folder / "lib.c"
    built = folder / name
    words = [compiler, "-mthumb", "-O2", "-g", *flags.split(), *LINK.split(), "-o", str(built), str(source)]
    subprocess.run(words, check=True, capture_output=True)
    return built
