"""What is priced as if it lay elsewhere: hand-worked programs less their waits, and programs linked there."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from simtiny import image_load
from simtiny.board import as_counted
from simtiny.board_file import load_board
from simtiny.bounds import Bounds
from simtiny.estimate import estimate
from simtiny.image import Move
from simtiny.machine.cores import CORES
from simtiny.mlperf.measure import measure
from simtiny.mlperf.measurement import Flashed
from simtiny.profiles import Profile
from simtiny.settings import MemorySettings
from tests.programs import support
from tests.programs.support import FLASH

SRAM = 0x2000_0000
TABLE_BYTES = 17 * 4  # of flash_data.s, its end
GCC = shutil.which("arm-none-eabi-gcc")
needs_gcc = pytest.mark.skipif(GCC is None, reason="no arm-none-eabi-gcc")


def placed(name: str, *moves: Move) -> Profile:
    on = support.board_of(name)
    profile = support.run_code(support.assembled(name), on, moves=moves)
    assert estimate(profile, CORES[on.core].timing).cycles == profile.cycles
    return profile


def test_a_table_of_flash_in_ram_waits_for_nothing() -> None:
    """21 cycles of the program, less 8 of waits for its data."""
    end = FLASH + len(support.assembled("flash_data"))
    profile = placed("flash_data", Move(end - TABLE_BYTES, end, SRAM + 0x1000))
    assert profile.cycles == 21 - 8
    assert profile.data_reads.sum() == 0
    assert all(not block.flash_loads for block in profile.blocks)


def test_a_part_of_a_table() -> None:
    """The first of its two reads of eight bytes."""
    start = FLASH + len(support.assembled("flash_data")) - TABLE_BYTES
    assert placed("flash_data", Move(start, start + 8, SRAM)).cycles == 21 - 4


def test_code_of_flash_in_ram_waits_for_nothing() -> None:
    """24 cycles of the program, less 10 of waits for its code."""
    code = support.assembled("flash_sequential")
    profile = placed("flash_sequential", Move(FLASH, FLASH + len(code), SRAM + 0x1000))
    assert profile.cycles == 24 - 10
    assert profile.fetch_misses.sum() == 0


def test_data_of_ram_in_flash_are_read_from_there() -> None:
    assert placed("load").data_reads.sum() == 0
    profile = placed("load", Move(SRAM, SRAM + 0x1000, FLASH + 0x8000))
    assert profile.data_reads.sum(axis=0).tolist() == [1, 1]


def test_lanes_see_what_was_placed_there_too() -> None:
    """With 3 wait states, where the program sets 4: a cycle less for each of two reads of data and two of code."""
    code, lane = support.assembled("flash_data"), MemorySettings(wait_states=3)
    end = FLASH + len(code)
    move = Move(end - TABLE_BYTES, end, SRAM)
    on = support.board_of("flash_data")
    assert [found.cycles for found in support.run_code_in_lanes(code, on, (lane,))] == [21, 21 - 4]
    assert [found.cycles for found in support.run_code_in_lanes(code, on, (lane,), (move,))] == [13, 13 - 2]


# --- programs, linked in both ways ------------------------------------------------------------------------------------

SOURCE = r"""
#include <stdint.h>
#define AT(name) __attribute__((section(name), aligned(64)))
AT(".table") const uint32_t table[1024] = {1, 2, 3, 5, 8, 13};
uint32_t sums[16];
volatile uint32_t out;
AT(".kernel") __attribute__((noinline)) uint32_t kernel(const uint32_t *from, uint32_t count) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) sum = (sum ^ from[i * 7 & 1023]) * 0x01000193u + sums[i & 15];
    for (uint32_t i = 0; i < 16; i++) sums[i] += sum >> i;
    return sum;
}
uint32_t (*volatile call)(const uint32_t *, uint32_t) = kernel;
__attribute__((noinline)) void work(void) { for (uint32_t i = 0; i < 5; i++) out += call(table, 300); }
void reset(void) {
    call = kernel;
    *(volatile uint32_t *)ACR = SETTING;
    work();
    for (;;) {}
}
extern uint32_t top[];
__attribute__((section(".vectors"), used)) static void *const vectors[16] = {top, reset};
"""
# As the boards' flash controllers have it: wait states, and prefetch and caches where they are there.
CONTROLS = {"nucleo-l4r5zi": (0x4002_2000, 0x705), "disco-f746ng": (0x4002_3C00, 7)}
CORES_BY_BOARD = {"nucleo-l4r5zi": "cortex-m4", "disco-f746ng": "cortex-m7"}


@cache
def linked(board: str, folder: Path, table: int, kernel: int) -> Flashed:
    """The program with its table and its kernel at these addresses. Code and variables are the same bytes otherwise."""
    acr, setting = CONTROLS[board]
    script, source, image = (folder / f"{board}-{table:x}-{kernel:x}.{kind}" for kind in ("ld", "c", "elf"))
    script.write_text(
        "SECTIONS {\n"
        "  .text 0x08000000 : { KEEP(*(.vectors)) *(.text*) }\n"
        f"  .table {table:#x} : {{ *(.table) }}\n  .kernel {kernel:#x} : {{ *(.kernel) }}\n"
        "  .bss 0x20008000 (NOLOAD) : { *(.bss*) *(.data*) }\n  top = 0x2000A000;\n}\nENTRY(reset)\n"
    )
    source.write_text(SOURCE)
    core = [f"-mcpu={CORES_BY_BOARD[board]}", "-mthumb", "-O2", "-ffreestanding", "-nostdlib", "-fno-unroll-loops"]
    numbers = [f"-DACR={acr:#x}", f"-DSETTING={setting:#x}"]
    command = [GCC or "", *core, *numbers, "-T", script, "-Wl,--build-id=none", "-Wl,--no-warn-rwx-segments"]
    subprocess.run([*command, source, "-o", image], check=True)
    on = as_counted(load_board(board))
    return Flashed(on, "test", image_load.load(image), (), True, None, None, None)


def work(flashed: Flashed, *place: str) -> Profile:
    return measure(flashed, Bounds("work", None), MemorySettings(place=place)).profile


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("linked")


FAR, FARTHER = 0x0802_0000, 0x0804_0000
RAMS = {"nucleo-l4r5zi": ("sram2", 0x2003_0000), "disco-f746ng": ("dtcm", 0x2000_0000)}


@needs_gcc
@pytest.mark.parametrize("board", CONTROLS)
def test_a_placed_table_is_one_that_was_linked_there(board: str, folder: Path) -> None:
    memory, address = RAMS[board]
    in_flash = linked(board, folder, FAR, FARTHER)
    there = work(linked(board, folder, address, FARTHER))
    assert there.cycles < work(in_flash).cycles
    for what in ("table", ".table", f"{FAR:#x}:{FAR + 4096}"):
        taken = work(in_flash, f"{what}={memory}")
        assert taken.cycles == there.cycles
        assert (taken.data_reads.sum(axis=0) == there.data_reads.sum(axis=0)).all()


@needs_gcc
@pytest.mark.parametrize("board", CONTROLS)
def test_a_placed_function_is_one_that_was_linked_there(board: str, folder: Path) -> None:
    memory, address = RAMS[board]
    in_flash, in_ram = (linked(board, folder, FAR, kernel) for kernel in (FARTHER, address))
    assert work(in_ram).cycles < work(in_flash).cycles
    assert work(in_flash, f"kernel={memory}").cycles == work(in_ram).cycles
    assert work(in_flash, f".KERNEL={memory}".lower(), f"table={memory}").cycles < work(in_ram).cycles


@needs_gcc
def test_code_and_data_of_ram_in_flash(folder: Path) -> None:
    """They go behind what is there: the units of flash are others than those of the program that was linked there."""
    board = "nucleo-l4r5zi"
    _, address = RAMS[board]
    in_flash = work(linked(board, folder, FAR, FARTHER))
    both = work(linked(board, folder, address, address + 0x1000), "kernel=flash", "table=flash")
    assert both.cycles == in_flash.cycles
    assert both.fetch_misses.sum() == in_flash.fetch_misses.sum() > 0


@needs_gcc
def test_a_table_behind_the_data_cache(folder: Path) -> None:
    """Of SRAM1: as one that is linked at its start, where a placed one goes."""
    in_flash = linked("disco-f746ng", folder, FAR, FARTHER)
    there = work(linked("disco-f746ng", folder, 0x2001_0000, FARTHER))
    assert work(in_flash, "table=SRAM1").cycles == there.cycles
