"""The committed images are what the sources give."""

import importlib.util
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from elftools.elf.elffile import ELFFile

from simtiny.board import Board
from simtiny.board_file import load_board
from simtiny.model.plan_c import kernels_h, plan_h
from tests.firmware.support import kernel_sets, with_firmware

ROOT = Path(__file__).parents[2]
KIB = 1024
FIRMWARE_BYTES = 64 * KIB
"""What each linker script leaves to the firmware, from the start of flash; plans go behind it."""
# What of the memory with the arena is not the firmware's: the ROM's own (CY8C624A).
RESERVED_BYTES = {"cy8cproto-062-4343w": 2 * KIB}
NAMES = [f"{board.id}-{kernels}" for board in with_firmware() if not board.firmware for kernels in kernel_sets(board)]


def end_of_ram(board: Board, address: int) -> int:
    """Where the memory that holds `address`, and what adjoins it, ends."""
    while memory := next((m for m in board.memories if m.base <= address < m.base + m.size), None):
        address = memory.base + memory.size
    return address


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


def test_the_committed_headers_are_those_of_the_plans_layout() -> None:
    advice = "run scripts/build_firmware.py"
    assert (ROOT / "firmware/plan.h").read_text(encoding="ascii") == plan_h(), advice
    assert (ROOT / "firmware/kernels/kernels.h").read_text(encoding="ascii") == kernels_h(), advice


ONE_A_KIND = ("nucleo-l4r5zi-dsp", "nucleo-g0b1re-portable")
"""Images whose build stands for all when there is little time."""


@pytest.mark.parametrize(
    "name", [name if name in ONE_A_KIND else pytest.param(name, marks=pytest.mark.slow) for name in NAMES]
)
def test_rebuild_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    module = builder()
    build = next(build for build in module.IMAGES if build.name == name)
    image = module.build_image(build, tmp_path)
    assert image.read_bytes() == (ROOT / f"firmware/images/{name}.elf").read_bytes()


@pytest.mark.slow
def test_every_core_compiles_and_links(tmp_path: Path) -> None:
    module = builder()
    assert {build.core for build in module.CHECKS} >= {board.core for board in with_firmware()}
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
    board = load_board(name.rpartition("-")[0])
    flash = board.main_flash
    assert (symbols["plan_base"], symbols["plan_limit"]) == (flash.base + FIRMWARE_BYTES, flash.base + flash.size)
    reserved = RESERVED_BYTES.get(board.id, 0)
    assert symbols["arena_limit"] == end_of_ram(board, symbols["arena_base"]) - reserved
    assert symbols["arena_base"] % 16 == 0
    assert b"protocol.c" in lines
    assert str(ROOT).encode() not in path.read_bytes()
    assert not any(line.startswith(b"/") for line in lines)
