"""Build the reference firmware with arm-none-eabi-gcc: the same bytes wherever and whenever it runs.

It writes the headers that `simtiny.model.plan_layout` declares and rebuilds firmware/images/*.elf, an image for each
board of platforms/ and each kernel set that its core can run. `--output DIR` builds them somewhere else, `--check` also
compiles and links the firmware for every supported core, `--headers` writes the headers only.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from simtiny.board import Board
from simtiny.board_file import board_names, load_board
from simtiny.model.plan_c import kernels_h, plan_h
from simtiny.options import Kernels

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"
COMPILER = "arm-none-eabi-gcc"
OBJCOPY = "arm-none-eabi-objcopy"
COMPILER_VERSION = "12.2.1"  # Debian 12: another version gives other bytes

WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wno-sign-conversion", "-Werror")
LANGUAGE = ("-std=c11", "-ffreestanding", "-fno-common", "-ffunction-sections", "-fdata-sections", "-ffp-contract=off")
# Without the last one the compiler turns memcpy's own loop into a call of memcpy.
OPTIMISATION = ("-O2", "-falign-loops=4", "-fno-tree-loop-distribute-patterns")
# Lines and functions, no variables: small images
DEBUG = ("-g1", "-gdwarf-4", "-fno-var-tracking", "-fno-record-gcc-switches")
LINK = (
    "-nostdlib", "-static", "-Wl,--gc-sections", "-Wl,--build-id=none", "-Wl,--fatal-warnings", "-Wl,--emit-relocs",
)  # fmt: skip
# Of the relocations that are kept, those of debug information go again: half of the file, and nobody needs them.
WITHOUT_DEBUG_RELOCATIONS = ("--remove-section=.rel.debug*",)


@dataclass(frozen=True)
class Core:
    """How to compile for a core, and the kernel sets that it can run."""

    flags: tuple[str, ...]
    kernels: tuple[Kernels, ...] = tuple(Kernels)


# Under the names of the platform files.
CORES = {
    "cortex-m0plus": Core(("-mcpu=cortex-m0plus", "-mthumb", "-mfloat-abi=soft"), (Kernels.PORTABLE,)),
    "cortex-m4f": Core(("-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard")),
    "cortex-m7": Core(("-mcpu=cortex-m7", "-mthumb", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard")),
    "cortex-m33": Core(("-mcpu=cortex-m33", "-mthumb", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard")),
}
GENERIC = "generic"


@dataclass(frozen=True)
class Build:
    """One image: for a board of platforms/, or GENERIC for a core without one."""

    board: str
    core: str
    kernels: Kernels
    shared: tuple[str, ...] = ()
    """Files in boards/ beside the board's own."""

    @property
    def name(self) -> str:
        return f"generic-{self.core}-{self.kernels}" if self.board == GENERIC else f"{self.board}-{self.kernels}"


def stem(board: str) -> str:
    """Name of a board's files in boards/ and linker/."""
    return board.replace("-", "_")


def builds(board: Board) -> Iterator[Build]:
    """The images of a board; none for one without a file in boards/, be it that it runs another board's."""
    if (FIRMWARE / "boards" / f"{stem(board.id)}.c").is_file():
        shared = ("stm32",) if board.soc.startswith("STM32") else ()
        yield from (Build(board.id, board.core, kernels, shared) for kernels in CORES[board.core].kernels)


IMAGES = tuple(build for name in board_names() for build in builds(load_board(name)))
CHECKS = tuple(Build(GENERIC, name, kernels) for name, core in CORES.items() for kernels in core.kernels)


def sources(build: Build) -> list[Path]:
    """Every C file of an image, sorted. The SIMD set keeps the portable kernels for the shapes that it can't take."""
    dsp = build.kernels is Kernels.DSP
    chosen = [
        *FIRMWARE.glob("*.c"),
        *(FIRMWARE / "boards" / f"{name}.c" for name in (stem(build.board), *build.shared)),
    ]
    chosen += FIRMWARE.glob("kernels/common/*.c")
    chosen += (path for path in FIRMWARE.glob("kernels/portable/*.c") if not (dsp and path.name == "kernel_set.c"))
    if dsp:
        chosen += FIRMWARE.glob("kernels/dsp/*.c")
    return sorted(path.relative_to(FIRMWARE) for path in chosen)


def ask_compiler(*options: str) -> str:
    return subprocess.run([COMPILER, *options], check=True, capture_output=True, text=True).stdout.strip()


def compile_flags(build: Build) -> list[str]:
    flags = [*CORES[build.core].flags, *WARNINGS, *LANGUAGE, *OPTIMISATION, *DEBUG]
    headers = ask_compiler("-print-file-name=include")
    flags += [f"-ffile-prefix-map={FIRMWARE}=firmware", f"-ffile-prefix-map={headers}=gcc"]
    if build.kernels is Kernels.DSP:
        flags.append("-DKERNELS_WITH_DSP")
    return flags


def compile_one(source: Path, target: Path, flags: Sequence[str]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([COMPILER, *flags, "-c", str(source), "-o", str(target)], check=True, cwd=FIRMWARE)


def compiler_library(build: Build, folder: Path) -> Path:
    """The compiler's own functions, without debug information: it names paths of where the compiler was built."""
    library = ask_compiler(*CORES[build.core].flags, "-print-libgcc-file-name")
    subprocess.run([OBJCOPY, "--strip-debug", library, str(folder / "libgcc.a")], check=True)
    return Path("libgcc.a")


def build_image(build: Build, output: Path) -> Path:
    """Compile and link one image to `output`/NAME.elf. Objects get fixed relative names, for they end up in it."""
    output.mkdir(parents=True, exist_ok=True)
    image = output.resolve() / f"{build.name}.elf"
    with tempfile.TemporaryDirectory() as work:
        objects = [source.with_suffix(".o") for source in sources(build)]
        for source, target in zip(sources(build), objects, strict=True):
            compile_one(source, Path(work) / target, compile_flags(build))
        library = compiler_library(build, Path(work))
        script = ["-L", str(FIRMWARE / "linker"), "-T", f"{stem(build.board)}.ld"]
        inputs = [*map(str, objects), str(library)]
        command = [COMPILER, *CORES[build.core].flags, *LINK, *script, *inputs, "-o", str(image)]
        subprocess.run(command, check=True, cwd=work)
    subprocess.run([OBJCOPY, *WITHOUT_DEBUG_RELOCATIONS, str(image)], check=True)
    image.chmod(0o644)
    return image


def write_headers() -> None:
    """The parts of the sources that come from the layout of a plan."""
    (FIRMWARE / "plan.h").write_text(plan_h(), encoding="ascii")
    (FIRMWARE / "kernels/kernels.h").write_text(kernels_h(), encoding="ascii")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the reference firmware.")
    parser.add_argument("--output", type=Path, default=FIRMWARE / "images", help="folder for the images")
    parser.add_argument("--check", action="store_true", help="also compile and link for every supported core")
    parser.add_argument("--headers", action="store_true", help="write plan.h and kernels/kernels.h, build nothing")
    parser.add_argument("names", nargs="*", metavar="IMAGE", help="these images only, such as nucleo-l4r5zi-dsp")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - {build.name for build in IMAGES}
    if unknown:
        parser.error(f"unknown images: {', '.join(sorted(unknown))}")
    write_headers()
    if options.headers:
        return 0
    for build in IMAGES:
        if options.names and build.name not in options.names:
            continue
        image = build_image(build, options.output)
        print(f"{image.name}: {image.stat().st_size} bytes")
    if options.check:
        with tempfile.TemporaryDirectory() as scratch:
            for build in CHECKS:
                build_image(build, Path(scratch))
                print(f"{build.name}: compiles and links")
    return 0


if __name__ == "__main__":
    sys.exit(main())
