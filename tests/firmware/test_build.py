"""The committed images are what the sources give."""

import importlib.util
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from elftools.elf.elffile import ELFFile

ROOT = Path(__file__).parents[2]
# Of each board: kernel sets, start and end of the room for plans, end of the arena. 64 KiB of flash are the firmware's.
KIB = 1024
BOTH = ("portable", "dsp")
BOARDS = {
    "nucleo-l4r5zi": (BOTH, 0x0801_0000, 0x0800_0000 + 2048 * KIB, 0x2000_0000 + 640 * KIB),
    "cy8cproto-062-4343w": (BOTH, 0x1001_0000, 0x1000_0000 + 2048 * KIB, 0x0800_0000 + 1022 * KIB),
    "nucleo-g0b1re": (("portable",), 0x0801_0000, 0x0800_0000 + 512 * KIB, 0x2000_0000 + 144 * KIB),
    "disco-f746ng": (BOTH, 0x0801_0000, 0x0800_0000 + 1024 * KIB, 0x2000_0000 + 320 * KIB),
    "nucleo-h7a3zi-q": (BOTH, 0x0801_0000, 0x0800_0000 + 2048 * KIB, 0x2400_0000 + 1024 * KIB),
    "nucleo-u575zi-q": (BOTH, 0x0801_0000, 0x0800_0000 + 2048 * KIB, 0x2000_0000 + 768 * KIB),
    "nucleo-u385rg-q": (BOTH, 0x0801_0000, 0x0800_0000 + 1024 * KIB, 0x2000_0000 + 256 * KIB),
}
NAMES = [f"{board}-{kernels}" for board, (sets, *_) in BOARDS.items() for kernels in sets]


def builder() -> ModuleType:
    """scripts/build_firmware.py, or skip where its compiler is missing or another version."""
    spec = importlib.util.spec_from_file_location("build_firmware", ROOT / "scripts/build_firmware.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if shutil.which(module.COMPILER) is None:
        pytest.skip(f"{module.COMPILER} is not installed")
    version = subprocess.run(
        [module.COMPILER, "-dumpversion"], capture_output=True, text=True, check=True
    ).stdout.strip()
    if version != module.COMPILER_VERSION:
        pytest.skip(f"{module.COMPILER} is {version}; the images were built with {module.COMPILER_VERSION}")
    return module


def test_the_committed_images_are_all_that_is_built() -> None:
    assert sorted(build.name for build in builder().IMAGES) == sorted(NAMES)
    assert sorted(path.name for path in (ROOT / "firmware/images").iterdir()) == sorted(f"{name}.elf" for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_rebuild_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    module = builder()
    build = next(build for build in module.IMAGES if build.name == name)
    image = module.build_image(build, tmp_path)
    assert image.read_bytes() == (ROOT / f"firmware/images/{name}.elf").read_bytes()


def test_every_core_compiles_and_links(tmp_path: Path) -> None:
    module = builder()
    cores = {build.core for build in module.CHECKS}
    assert cores == {"cortex-m0plus", "cortex-m4", "cortex-m7", "cortex-m33"}
    for build in module.CHECKS:
        module.build_image(build, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_image_has_symbols_and_lines_and_no_path_of_the_machine_it_was_built_on(name: str) -> None:
    path = ROOT / f"firmware/images/{name}.elf"
    assert path.stat().st_size < 150_000
    with path.open("rb") as file:
        elf = ELFFile(file)
        table = elf.get_section_by_name(".symtab")
        assert table is not None
        symbols = {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()}
        lines = [unit.get_top_DIE().attributes["DW_AT_name"].value for unit in elf.get_dwarf_info().iter_CUs()]
    _, plan_base, plan_limit, arena_limit = BOARDS[name.rpartition("-")[0]]
    assert (symbols["plan_base"], symbols["plan_limit"]) == (plan_base, plan_limit)
    assert symbols["arena_limit"] == arena_limit
    assert symbols["arena_base"] % 16 == 0
    assert b"protocol.c" in lines
    assert str(ROOT).encode() not in path.read_bytes()
    assert not any(line.startswith(b"/") for line in lines)
