"""STM32F7's second window onto its flash: the ART accelerator and its prefetch serve it, the core's caches don't."""

import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from simtiny import image_load
from simtiny.board import as_counted
from simtiny.board_file import load_board
from simtiny.bounds import Bounds
from simtiny.estimate import estimate
from simtiny.machine.cores import CORES
from simtiny.mlperf.measure import measure
from simtiny.mlperf.measurement import Flashed
from simtiny.settings import MemorySettings
from simtiny.timing.effects import Effect

AXI, ITCM = 0x0800_0000, 0x0020_0000
BOARD = as_counted(load_board("disco-f746ng"))
PREFETCH, ART = 1 << 8, 1 << 9
GCC = shutil.which("arm-none-eabi-gcc")
pytestmark = pytest.mark.skipif(GCC is None, reason="no arm-none-eabi-gcc")
# Eight lines of 32 bytes, in which two NOPs issue a cycle; the loads are of two lines.
SOURCE = """
    .syntax unified
    .cpu cortex-m7
    .thumb
    .section .vectors, "a"
    .word 0x20001000, reset + 1
    .text
    .type reset, %function
    .type straight, %function
    .size straight, 256
    .type again, %function
    .type loads, %function
    .thumb_func
reset:
    ldr r0, =0x40023C00
    ldr r1, =SETTING
    str r1, [r0]
    ldr r0, =0xE000ED14
    ldr r1, =CACHES
    str r1, [r0]
    dsb
    isb
    bl straight
    bl again
    bl loads
    b .
    .pool
    .balign 32
    .thumb_func
again:
    push {r4, lr}
    bl straight
    pop {r4, pc}
    .balign 32
    .thumb_func
straight:
    .rept 127
    nop
    .endr
    bx lr
    .balign 32
    .thumb_func
loads:
    adr r0, table
    ldr r1, [r0]
    ldr r2, [r0, #4]
    ldr r3, [r0, #32]
    bx lr
    .balign 32
table:
    .word 1, 2, 3, 4, 5, 6, 7, 8, 9
"""


@cache
def flashed(folder: Path, window: int, setting: int, caches: bool) -> Flashed:
    """The program, linked for one of the two windows; its bytes and its vector table are where the core boots."""
    name = f"{window:x}-{setting:x}-{caches}"
    source, script, image = (folder / f"{name}.{kind}" for kind in ("s", "ld", "elf"))
    source.write_text(
        SOURCE.replace("SETTING", f"{setting:#x}").replace("CACHES", f"{0x30200 if caches else 0x200:#x}")
    )
    script.write_text(
        "SECTIONS {\n"
        f"  .vectors {AXI:#x} : {{ *(.vectors) }}\n"
        f"  .text {window + 64:#x} : AT({AXI + 64:#x}) {{ *(.text) }}\n}}\nENTRY(reset)\n"
    )
    options = ["-nostdlib", "-Wl,--build-id=none", "-Wl,--no-warn-rwx-segments", "-T", script]
    subprocess.run([GCC or "", "-mcpu=cortex-m7", "-mthumb", *options, source, "-o", image], check=True)
    return Flashed(BOARD, "test", image_load.load(image), (), True, None, None, None)


def waits(flashed: Flashed, function: str, settings: MemorySettings | None = None) -> tuple[int, int]:
    """Cycles that one call of the function waits for code and for data. The hooks and the estimate agree on them."""
    profile = measure(flashed, Bounds(function, None), settings or MemorySettings()).profile
    found = estimate(profile, CORES[BOARD.core].timing)
    assert found.cycles == profile.cycles
    return found.cycles_by_effect[Effect.FLASH_CODE], found.cycles_by_effect[Effect.FLASH_DATA]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("windows")


@pytest.mark.parametrize("setting", [7, 7 | PREFETCH | ART])
def test_over_axi_a_line_takes_six_cycles_more_and_art_changes_nothing(folder: Path, setting: int) -> None:
    """13 cycles for the line behind the call, and of 7 in sequence 13 less the 4 that the core has fetched ahead.

    Past the cache, the first line was asked for before the call. Each line runs for 8 cycles. The second one was asked
    for when the first began; the others when that before was there, its last double word 3 cycles behind its first.
    """
    assert waits(flashed(folder, AXI, setting, True), "straight") == (13 + 7 * 9, 0)
    assert waits(flashed(folder, AXI, setting, False), "straight") == ((13 - 8) + 6 * (3 + 13 - 8), 0)


@pytest.mark.parametrize("caches", [False, True])
def test_the_cores_caches_do_not_serve_the_second_window(folder: Path, caches: bool) -> None:
    """With 7 wait states: 7 and 7 times 3, the second time, too. `again` and the way back to it are two lines more."""
    own = flashed(folder, ITCM, 7, caches)
    assert waits(own, "straight") == (7 + 7 * 3, 0)
    assert waits(own, "again") == (7 + 7 + 7 * 3 + 7, 0)


@pytest.mark.parametrize("caches", [False, True])
def test_art_holds_what_was_read(folder: Path, caches: bool) -> None:
    """The second time there is only `again` to be read."""
    own = flashed(folder, ITCM, 7 | ART, caches)
    assert waits(own, "straight") == (7 + 7 * 3, 0)
    assert waits(own, "again") == (7, 0)


def test_prefetch_reads_the_next_line_while_this_one_is_run(folder: Path) -> None:
    """Of 32 bytes of NOPs, which take 8 cycles, 7 wait states later the next ones are there."""
    assert waits(flashed(folder, ITCM, 7 | PREFETCH, False), "straight") == (7, 0)


def test_data_of_the_second_window(folder: Path) -> None:
    """Two lines, and that of the function; over AXI the data cache's lines take 6 cycles more each."""
    assert waits(flashed(folder, ITCM, 7 | ART, True), "loads") == (7, 2 * 7)
    assert waits(flashed(folder, ITCM, 7, True), "loads") == (7, 2 * 7)
    assert waits(flashed(folder, AXI, 7, True), "loads") == (13, 2 * 13)


def test_other_wait_states(folder: Path) -> None:
    assert waits(flashed(folder, ITCM, 7, True), "straight", MemorySettings(wait_states=5)) == (5 + 7 * 1, 0)


ART_AND_PREFETCH = 7 | PREFETCH | ART
PLACED = MemorySettings(place=("straight=art",))


def test_a_function_that_is_placed_there(folder: Path) -> None:
    """With ART and its prefetch off as programmed. Of `again` there is its own line over AXI; `straight` is held."""
    own = flashed(folder, AXI, 7, True)
    assert waits(own, "straight", PLACED) == (7, 0)
    assert waits(own, "again", PLACED) == (13, 0)


def test_a_table_that_is_placed_there(folder: Path) -> None:
    """Its two lines of 7 wait states; the function's own is read over AXI."""
    own = flashed(folder, AXI, 7, True)
    table = own.image.symbols["table"].address
    assert waits(own, "loads", MemorySettings(place=(f"{table:#x}:{table + 36:#x}=ART",))) == (13, 2 * 7)


@pytest.mark.parametrize("function", ["straight", "again", "loads"])
def test_a_program_that_is_placed_there_is_one_that_was_linked_there(folder: Path, function: str) -> None:
    linked = waits(flashed(folder, ITCM, ART_AND_PREFETCH, True), function)
    for window in (AXI, ITCM):
        assert waits(flashed(folder, window, 7, True), function, MemorySettings(place=(".text=art",))) == linked


def test_a_lane_sees_what_was_placed_there(folder: Path) -> None:
    """With 9 wait states a line is one cycle late behind the 8 that the one before takes, 7 times."""
    lane = replace(PLACED, wait_states=9)
    found = measure(flashed(folder, AXI, 7, True), Bounds("straight", None), PLACED, (lane,))
    assert found.lanes[0].profile.cycles - found.profile.cycles == 9 + 7 - 7
    assert waits(flashed(folder, AXI, 7, True), "straight", lane) == (9 + 7, 0)


def test_a_flash_without_such_a_cache_is_one_memory(folder: Path) -> None:
    """As an alias is elsewhere."""
    board = replace(BOARD, flash=replace(BOARD.flash, alias_cache=None))
    own = replace(flashed(folder, ITCM, 7, True), board=board)
    assert waits(own, "straight") == (13 + 7 * 9, 0)
