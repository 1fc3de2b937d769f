"""Build the reference firmware with arm-none-eabi-gcc: the same bytes wherever and whenever it runs.

Without options it rebuilds firmware/images/*.elf. `--output DIR` builds them somewhere else, `--check` also compiles
and links the firmware for every supported core.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"
COMPILER = "arm-none-eabi-gcc"
STRIP = "arm-none-eabi-objcopy"
COMPILER_VERSION = "12.2.1"  # Debian 12: another version gives other bytes

WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wno-sign-conversion", "-Werror")
LANGUAGE = ("-std=c11", "-ffreestanding", "-fno-common", "-ffunction-sections", "-fdata-sections", "-ffp-contract=off")
# Without the last one the compiler turns memcpy's own loop into a call of memcpy.
OPTIMISATION = ("-O2", "-falign-loops=4", "-fno-tree-loop-distribute-patterns")
# Lines and functions, no variables: small images
DEBUG = ("-g1", "-gdwarf-4", "-fno-var-tracking", "-fno-record-gcc-switches")
LINK = ("-nostdlib", "-static", "-Wl,--gc-sections", "-Wl,--build-id=none", "-Wl,--fatal-warnings")

CORES = {
    "cortex-m0plus": ("-mcpu=cortex-m0plus", "-mthumb", "-mfloat-abi=soft"),
    "cortex-m4": ("-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
    "cortex-m7": ("-mcpu=cortex-m7", "-mthumb", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
    "cortex-m33": ("-mcpu=cortex-m33", "-mthumb", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
}
WITHOUT_DSP = ("cortex-m0plus",)


@dataclass(frozen=True)
class Build:
    """One image. `board` names its files in boards/ and linker/, `shared` the files in boards/ that it shares."""

    board: str
    core: str
    kernels: str
    shared: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        board = f"generic-{self.core}" if self.board == GENERIC else self.board.replace("_", "-")
        return f"{board}-{self.kernels}"


GENERIC = "generic"
STM32 = ("stm32",)
BOARDS = (
    ("nucleo_l4r5zi", "cortex-m4", STM32),
    ("cy8cproto_062_4343w", "cortex-m4", ()),
    ("nucleo_g0b1re", "cortex-m0plus", STM32),
    ("disco_f746ng", "cortex-m7", STM32),
    ("nucleo_h7a3zi_q", "cortex-m7", STM32),
    ("nucleo_u575zi_q", "cortex-m33", STM32),
    ("nucleo_u385rg_q", "cortex-m33", STM32),
)


def kernel_sets(core: str) -> tuple[str, ...]:
    return ("portable",) if core in WITHOUT_DSP else ("portable", "dsp")


IMAGES = tuple(Build(board, core, kernels, shared) for board, core, shared in BOARDS for kernels in kernel_sets(core))
CHECKS = tuple(Build(GENERIC, core, kernels) for core in CORES for kernels in kernel_sets(core))


def sources(build: Build) -> list[Path]:
    """Every C file of an image, sorted. The SIMD set keeps the portable kernels for the shapes that it can't take."""
    dsp = build.kernels == "dsp"
    chosen = [*FIRMWARE.glob("*.c"), *(FIRMWARE / "boards" / f"{name}.c" for name in (build.board, *build.shared))]
    chosen += FIRMWARE.glob("kernels/common/*.c")
    chosen += (path for path in FIRMWARE.glob("kernels/portable/*.c") if not (dsp and path.name == "kernel_set.c"))
    if dsp:
        chosen += FIRMWARE.glob("kernels/dsp/*.c")
    return sorted(path.relative_to(FIRMWARE) for path in chosen)


def ask_compiler(*options: str) -> str:
    return subprocess.run([COMPILER, *options], check=True, capture_output=True, text=True).stdout.strip()


def compile_flags(build: Build) -> list[str]:
    flags = [*CORES[build.core], *WARNINGS, *LANGUAGE, *OPTIMISATION, *DEBUG]
    headers = ask_compiler("-print-file-name=include")
    flags += [f"-ffile-prefix-map={FIRMWARE}=firmware", f"-ffile-prefix-map={headers}=gcc"]
    if build.kernels == "dsp":
        flags.append("-DKERNELS_WITH_DSP")
    return flags


def compile_one(source: Path, target: Path, flags: Sequence[str]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([COMPILER, *flags, "-c", str(source), "-o", str(target)], check=True, cwd=FIRMWARE)


def compiler_library(build: Build, folder: Path) -> Path:
    """The compiler's own functions, without debug information: it names paths of where the compiler was built."""
    library = ask_compiler(*CORES[build.core], "-print-libgcc-file-name")
    subprocess.run([STRIP, "--strip-debug", library, str(folder / "libgcc.a")], check=True)
    return Path("libgcc.a")


def build_image(build: Build, output: Path) -> Path:
    """Compile and link one image to `output`/NAME.elf. Objects get fixed relative names, for they end up in it."""
    output.mkdir(parents=True, exist_ok=True)
    image = output.resolve() / f"{build.name}.elf"
    with tempfile.TemporaryDirectory() as work:
        objects = [source.with_suffix(".o") for source in sources(build)]
        for source, target in zip(sources(build), objects, strict=True):
            compile_one(source, Path(work) / target, compile_flags(build))
        script = ["-L", str(FIRMWARE / "linker"), "-T", f"{build.board}.ld"]
        library = compiler_library(build, Path(work))
        command = [COMPILER, *CORES[build.core], *LINK, *script, *map(str, objects), str(library), "-o", str(image)]
        subprocess.run(command, check=True, cwd=work)
    image.chmod(0o644)
    return image


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the reference firmware.")
    parser.add_argument("--output", type=Path, default=FIRMWARE / "images", help="folder for the images")
    parser.add_argument("--check", action="store_true", help="also compile and link for every supported core")
    parser.add_argument("names", nargs="*", metavar="IMAGE", help="these images only, such as nucleo-l4r5zi-dsp")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - {build.name for build in IMAGES}
    if unknown:
        parser.error(f"unknown images: {', '.join(sorted(unknown))}")
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
