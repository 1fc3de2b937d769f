"""Maps of images whose bytes were counted by hand, or by another tool."""

import shutil
import subprocess
from pathlib import Path

import pytest

from simtiny.board_file import load_board
from simtiny.data import data_path
from simtiny.image import Image, Segment
from simtiny.image_load import load
from simtiny.mlperf.workload import build
from simtiny.profiling.elf_objects import PlacedSection, PlacedSymbol
from simtiny.profiling.memory_map import _each_byte_once, _of_elf, memory_map
from simtiny.profiling.result import MemoryMap, MemoryPart
from simtiny.request import Request
from tests.profiling.compiled import START, linked, needs_gcc

BOARD = load_board("nucleo-l4r5zi")


def by_symbol(found: MemoryMap, memory: str) -> dict[tuple[str, str, str], int]:
    return {(one.section, one.object, one.symbol): one.bytes for one in found.parts if one.memory == memory}


def overlaps(found: MemoryMap) -> list[MemoryPart]:
    upto: dict[str, int] = {}
    wrong = []
    for part in found.parts:
        if part.bytes <= 0 or part.address < upto.get(part.memory, 0):
            wrong.append(part)
        upto[part.memory] = part.address + part.bytes
    return wrong


MAIN = """
int table[16] = {1, 2, 3};
static volatile char buffer[100];
char zeros[40];
static const short constants[10] = {5};
int twice(int);
__attribute__((noipa)) static int helper(int n) { return constants[n] + buffer[n] + zeros[n]; }
void work(void) { table[0] = twice(helper(3)); }
"""
OTHER = """
static volatile char buffer[12];
int elsewhere;
__attribute__((noipa)) static int helper(int n) { return buffer[n] + elsewhere; }
int twice(int n) { return 2 * helper(n); }
"""


@needs_gcc
def test_symbols_are_of_their_files_once_in_each_memory(tmp_path: Path) -> None:
    found = memory_map(
        linked(tmp_path, "-ffunction-sections", "-fdata-sections", main=START + MAIN, other=OTHER), BOARD
    )
    ram, flash = by_symbol(found, "sram1"), by_symbol(found, "flash")
    assert {name: size for name, size in ram.items() if name[2]} == {
        (".data", "main.c", "table"): 64,
        (".bss", "main.c", "buffer"): 100,
        (".bss", "main.c", "zeros"): 40,
        (".bss", "other.c", "buffer"): 12,
        (".bss", "other.c", "elsewhere"): 4,
    }
    assert flash[".data", "main.c", "table"] == 64  # loaded from there
    assert flash[".text", "main.c", "constants"] == 20
    assert flash[".text", "main.c", "vectors"] == 8
    assert {name[2]: name[1] for name in flash if name[2] in ("twice", "work", "reset")} == {
        "twice": "other.c",
        "work": "main.c",
        "reset": "main.c",
    }
    assert {name[1] for name in flash if name[2] == "helper"} == {"main.c", "other.c"}
    assert overlaps(found) == []


@needs_gcc
@pytest.mark.parametrize("strip", ["--strip-debug", "--strip-all"])
def test_the_sums_are_those_of_size(strip: str, tmp_path: Path) -> None:
    """`size` counts text and data of flash, data and bss of RAM."""
    image = linked(tmp_path, "-specs=nano.specs", main=START + MAIN, other=OTHER)
    subprocess.run(["arm-none-eabi-strip", strip, "test.elf"], cwd=tmp_path, check=True)
    said = subprocess.run(["arm-none-eabi-size", "test.elf"], cwd=tmp_path, check=True, capture_output=True, text=True)
    text, data, bss = map(int, said.stdout.splitlines()[1].split()[:3])
    for one in (image, load(tmp_path / "test.elf")):
        found = memory_map(one, BOARD)
        sums = dict.fromkeys(found.sizes, 0)
        for part in found.parts:
            sums[part.memory] += part.bytes
        assert (sums["flash"], sums["sram1"]) == (text + data, data + bss)
        assert overlaps(found) == []


def test_of_a_flat_image_only_segments_are_known() -> None:
    image = Image("test", "", (Segment(0x0800_0000, bytes(100)), Segment(0x0800_1000, bytes(4)), Segment(0, b"1234")))
    found = memory_map(image, BOARD)
    assert found.parts == (
        MemoryPart("flash", "", "", "", 0x0800_0000, 4),  # the last segment, by the alias of the first one's beginning
        MemoryPart("flash", "", "", "", 0x0800_0004, 96),
        MemoryPart("flash", "", "", "", 0x0800_1000, 4),
    )
    assert found.sizes["flash"] == 2 << 20
    assert found.arena_bytes is None


def test_what_lies_outside_of_all_memories_is_left_out() -> None:
    image = Image("test", "", (Segment(0x9000_0000, bytes(100)), Segment(0x081F_FFFE, bytes(6))))
    assert memory_map(image, BOARD).parts == (MemoryPart("flash", "", "", "", 0x081F_FFFE, 2),)


def claimed(section: PlacedSection, *symbols: PlacedSymbol) -> list[tuple[str, int, int]]:
    found = _each_byte_once(list(_of_elf((section,), symbols)))
    return [(one.symbol or one.object, one.start, one.end - one.start) for one in found]


def test_each_byte_has_one_owner() -> None:
    """An alias, one inside of another, one that is too large, one before and one without a size."""
    section = PlacedSection(".data", 1000, 100, None, ())
    found = claimed(
        section,
        PlacedSymbol("outer", 1000, 40, 0, ""),
        PlacedSymbol("alias", 1000, 40, 0, ""),
        PlacedSymbol("inner", 1010, 10, 0, ""),
        PlacedSymbol("huge", 1030, 0xFFFF_FFFF, 0, ""),
        PlacedSymbol("outside", 2000, 8, 0, ""),
        PlacedSymbol("before", 990, 14, 0, ""),
        PlacedSymbol("unsized", 1050, 0, 0, ""),
        PlacedSymbol("next", 1060, 4, 0, ""),
    )
    assert found == [
        ("before", 1000, 4),
        ("outer", 1004, 6),
        ("inner", 1010, 10),
        ("outer", 1020, 20),
        ("huge", 1040, 10),
        ("unsized", 1050, 10),
        ("next", 1060, 4),
        ("huge", 1064, 36),
    ]


def test_what_no_symbol_holds_is_of_its_file() -> None:
    section = PlacedSection(".rodata", 1000, 30, None, ((1000, "a.c"), (1010, "b.c"), (1020, "")))
    assert claimed(section, PlacedSymbol("text", 1012, 4, 0, "b.c")) == [
        ("a.c", 1000, 10),
        ("b.c", 1010, 2),
        ("text", 1012, 4),
        ("b.c", 1016, 4),
        ("", 1020, 10),
    ]


@pytest.mark.parametrize("board", ["nucleo-l4r5zi", "nucleo-h7a3zi-q", "disco-f746ng", "cy8cproto-062-4343w"])
def test_the_built_in_firmware_has_its_plan_and_its_arena(board: str) -> None:
    workload = build(Request("ad01", board))
    plan = workload.plan
    assert plan is not None
    found = memory_map(workload.image, workload.board, plan)
    totals: dict[str, int] = {}
    for part in found.parts:
        totals[part.section] = totals.get(part.section, 0) + part.bytes
    assert (totals["plan"], totals["arena"], totals[".stack"]) == (len(plan.data), plan.arena_bytes, 4096)
    assert found.arena_bytes == plan.arena_bytes
    assert totals[".text"] == workload.image.size - totals.get(".first_core", 0)
    assert overlaps(found) == []


@pytest.mark.skipif(shutil.which("arm-none-eabi-strip") is None, reason="needs binutils for Arm")
def test_a_stripped_image_has_sections(tmp_path: Path) -> None:
    path = tmp_path / "stripped.elf"
    source = data_path("firmware", "images", "nucleo-l4r5zi-dsp.elf")
    subprocess.run(["arm-none-eabi-strip", "-s", "-o", path, source], check=True)
    found = memory_map(load(path), BOARD)
    assert [(part.section, part.symbol) for part in found.parts] == [(".text", ""), (".stack", ""), (".bss", "")]


def test_damaged_files_have_what_can_be_read(tmp_path: Path) -> None:
    """A byte of every header changed at a time: no error, and no byte twice."""
    content = data_path("firmware", "images", "nucleo-l4r5zi-dsp.elf").read_bytes()
    image = load(data_path("firmware", "images", "nucleo-l4r5zi-dsp.elf"))
    headers = int.from_bytes(content[32:36], "little")
    for at in range(headers, len(content), 23):
        damaged = bytearray(content)
        damaged[at] ^= 0xFF
        found = memory_map(Image(image.name, "", image.segments, elf=bytes(damaged)), BOARD)
        assert overlaps(found) == []
