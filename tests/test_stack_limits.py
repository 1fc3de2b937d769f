"""Which address a stack may reach, of images made by hand and of linked ones."""

from dataclasses import replace

import pytest

from simtiny.board import Memory
from simtiny.board_file import load_board
from simtiny.data import data_path
from simtiny.image import Image, Segment, Symbol
from simtiny.image_load import load
from simtiny.stack_limits import stack_limit

BOARD = load_board("nucleo-l4r5zi")  # RAM from 0x20000000, 640 KiB
TOP = 0x2000_8000


def image(*symbols: Symbol) -> Image:
    return Image("test", "", (Segment(0x0800_0000, b"\0" * 64),), symbols={one.name: one for one in symbols})


def label(name: str, address: int) -> Symbol:
    return Symbol(name, address, 0, "label")


def thing(name: str, address: int, size: int) -> Symbol:
    return Symbol(name, address, size, "object")


STACK_A, STACK_B = thing("stack_a", 0x2000_1000, 512), thing("stack_b", 0x2000_1200, 512)


@pytest.mark.parametrize("is_main", [False, True])
@pytest.mark.parametrize(
    ("sp", "limit", "by"),
    [
        (0x2000_1200, 0x2000_1000, "stack_a, of 512 bytes"),  # right behind it, where the next one begins
        (0x2000_11F8, 0x2000_1000, "stack_a, of 512 bytes"),
        (0x2000_1204, 0x2000_1200, "stack_b, of 512 bytes"),
        (0x2000_1400, 0x2000_1200, "stack_b, of 512 bytes"),
    ],
)
def test_an_object_that_holds_the_stack_tells(sp: int, limit: int, by: str, is_main: bool) -> None:
    assert stack_limit(image(STACK_A, STACK_B), BOARD, sp, is_main) == (limit, by)


def test_the_smallest_object_counts() -> None:
    everything = thing("ram", 0x2000_0000, 0x1_0000)
    assert stack_limit(image(everything, STACK_A), BOARD, 0x2000_1200, False)[0] == 0x2000_1000


@pytest.mark.parametrize("name", ["ucHeap", "tx_byte_pool_buffer", "kheap__system_heap"])
def test_a_heap_does_not_tell(name: str) -> None:
    limit, by = stack_limit(image(thing(name, 0x2000_0000, 0x4000)), BOARD, 0x2000_2000, False)
    assert (limit, by) == (None, f"it was allocated from {name}, which does not tell where it ends")


@pytest.mark.parametrize(
    ("base", "top"),
    [
        ("stack_base", "stack_top"),
        ("__StackLimit", "__StackTop"),
        ("_sstack", "_estack"),
        ("_estack", "_sstack"),  # of some Rust scripts: no range, so the limit is static data or the memory's beginning
        ("CSTACK$$Base", "CSTACK$$Limit"),
        ("Image$$ARM_LIB_STACK$$ZI$$Base", "Image$$ARM_LIB_STACK$$ZI$$Limit"),
    ],
)
def test_labels_of_linker_scripts_tell(base: str, top: str) -> None:
    found = stack_limit(image(label(base, 0x2000_7000), label(top, TOP)), BOARD, TOP, True)
    if base == "_estack":
        assert found[0] == 0x2000_0000
    else:
        assert found == (0x2000_7000, base)


def test_a_thread_may_run_on_a_stack_with_labels() -> None:
    chibios = image(
        label("__main_stack_base__", 0x2000_0000),
        label("__main_stack_end__", 0x2000_0400),
        label("__process_stack_base__", 0x2000_0400),
        label("__process_stack_end__", 0x2000_0800),
    )
    assert stack_limit(chibios, BOARD, 0x2000_0400, True) == (0x2000_0000, "__main_stack_base__")
    assert stack_limit(chibios, BOARD, 0x2000_0800, False) == (0x2000_0400, "__process_stack_base__")
    assert stack_limit(chibios, BOARD, 0x2000_4000, False) == (None, "no symbol or section holds it")


def test_the_pico_sdk_calls_the_heaps_end_stack_limit() -> None:
    pico = image(label("__StackBottom", 0x2000_7800), label("__StackLimit", 0x2000_7000), label("__StackTop", TOP))
    assert stack_limit(pico, BOARD, TOP, True) == (0x2000_7800, "__StackBottom")


def test_a_label_that_is_not_below_tells_nothing() -> None:
    """CMSIS scripts without a stack section: __StackLimit is __StackTop."""
    found = stack_limit(image(label("__StackLimit", TOP), label("__StackTop", TOP)), BOARD, TOP, True)
    assert found == (0x2000_0000, "the beginning of sram1")


def test_else_static_data_ends_it() -> None:
    found = image(thing("buffer", 0x2000_0100, 0x900), thing("behind", 0x2000_9000, 16), label("_end", 0x2000_0A08))
    assert stack_limit(found, BOARD, TOP, True) == (0x2000_0A08, "_end")
    assert stack_limit(image(thing("buffer", 0x2000_0100, 0x900)), BOARD, TOP, True) == (
        0x2000_0A00,
        "the end of buffer",
    )


def test_what_st_reserves_at_the_least_is_no_limit() -> None:
    st = (label("_estack", TOP), label("_Min_Stack_Size", 0x400), label("_end", 0x2000_0A08))
    assert stack_limit(image(*st), BOARD, TOP, True) == (0x2000_0A08, "_end")


@pytest.mark.parametrize("sp", [0, 2, 0x0800_1000, 0x2000_0000, 0x4000_0000, 0xFFFF_FFFF])
def test_outside_of_ram_there_is_no_stack(sp: int) -> None:
    assert stack_limit(image(), BOARD, sp, True) == (None, "the stack pointer is outside of RAM")


def test_ram_that_goes_on_without_a_gap_is_one() -> None:
    board = replace(
        BOARD,
        memories=(
            BOARD.main_flash,
            Memory("dtcm", "ram", 0x2000_0000, 0x1_0000),
            Memory("sram1", "ram", 0x2001_0000, 0x1_0000),
            Memory("apart", "ram", 0x3000_0000, 0x1_0000),
        ),
    )
    data = image(thing("buffer", 0x2000_0000, 0x100))
    assert stack_limit(data, board, 0x2002_0000, True) == (0x2000_0100, "the end of buffer")
    assert stack_limit(data, board, 0x3001_0000, True)[0] == 0x3000_0000


def test_the_built_in_firmware_has_four_kibibytes() -> None:
    path = data_path("firmware", "images", "nucleo-l4r5zi-dsp.elf")
    found = load(path)
    assert stack_limit(found, BOARD, found.symbols["stack_top"].address, True) == (0x2000_0000, "stack_base")
    stripped = replace(found, symbols={})
    no_symbols, by = stack_limit(stripped, BOARD, 0x2000_1000, True)
    assert (no_symbols, by) == (0x2000_0000, "section .stack")
