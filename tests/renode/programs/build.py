"""The program of kernel.c, an ELF file for each core, and where it is built anew:

python -m tests.renode.programs.build
"""

import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parent
COMPILER, COMPILER_VERSION = "arm-none-eabi-gcc", "12.2.1"
CORES = {
    "cortex-m0plus": ("-mcpu=cortex-m0plus",),
    "cortex-m4": ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
    "cortex-m33": ("-mcpu=cortex-m33", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
    "cortex-m7": ("-mcpu=cortex-m7", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
}
BOARDS = {
    "nucleo-g0b1re": "cortex-m0plus",
    "nucleo-l4r5zi": "cortex-m4",
    "nucleo-u575zi-q": "cortex-m33",
    "nucleo-h7a3zi-q": "cortex-m7",
    "disco-f746ng": "cortex-m7",
}
"""Boards that it runs on, with flash and RAM where its linker script has them."""
_OPTIONS = (
    "-mthumb",
    "-masm-syntax-unified",
    "-O2",
    "-Wall",
    "-Wextra",
    "-ffreestanding",
    "-fno-ident",
    "-nostdlib",
    "-Wl,--build-id=none",
    "-n",
)


def kernel(core: str) -> Path:
    """The committed file."""
    return FOLDER / f"kernel-{core}.elf"


def why_not_built() -> str | None:
    """Why this computer can't build the committed files, None where it can."""
    if shutil.which(COMPILER) is None:
        return f"{COMPILER} is not installed"
    version = subprocess.run([COMPILER, "-dumpversion"], capture_output=True, text=True, check=True).stdout.strip()
    return None if version == COMPILER_VERSION else f"{COMPILER} is {version} instead of {COMPILER_VERSION}"


def build(core: str, out: Path) -> None:
    sources = ("-T", "kernel.ld", "kernel.c")
    subprocess.run([COMPILER, *CORES[core], *_OPTIONS, *sources, "-o", str(out.absolute())], cwd=FOLDER, check=True)


if __name__ == "__main__":
    for each in CORES:
        build(each, kernel(each))
