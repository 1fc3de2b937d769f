"""Settings as the user writes them, and what they are on a board."""

import re
from contextlib import nullcontext
from dataclasses import replace

import pytest

from simtiny.board import CacheGeometry
from simtiny.board_file import load_board
from simtiny.errors import BadInput
from simtiny.flash.what_if import check, is_hypothetical, parse_caches
from simtiny.settings import MemorySettings
from tests.programs import support


def test_one_cache_for_both() -> None:
    caches = parse_caches("16K/4", load_board("nucleo-u575zi-q"))
    assert caches.instruction == CacheGeometry(1024, 16, "what-if", 4)
    assert caches.data is None


def test_two_caches() -> None:
    on = load_board("disco-f746ng")
    caches = parse_caches("8KiB/2, 512/4", on)
    assert caches.instruction == CacheGeometry(256, 32, "what-if", 2, "random")
    assert caches.data == CacheGeometry(16, 32, "what-if", 4, "random")
    assert parse_caches("8k/2", on).data == on.flash.data_cache


def test_where_there_are_no_lines_a_unit_is_one() -> None:
    on = load_board("nucleo-l4r5zi")  # dual-bank: 64 bits a read
    assert parse_caches("1K/128", on).instruction == CacheGeometry(128, 8, "what-if", 128)


@pytest.mark.parametrize(
    ("text", "board", "problem"),
    [
        ("3K/2", "nucleo-u575zi-q", "3K/2 makes no power of two of sets with lines of 16 bytes"),
        ("16/2", "nucleo-u575zi-q", "16/2 makes no power of two of sets with lines of 16 bytes"),
        ("4K/0", "nucleo-u575zi-q", "4K/0 makes no power of two of sets"),
        ("100/1", "disco-f746ng", "makes no power of two of sets with lines of 32 bytes"),
        ("4096K/2", "nucleo-u575zi-q", "4096K/2 is larger than the flash, 2048K"),
        ("4K", "nucleo-u575zi-q", "expected size/ways such as 16K/2, not '4K'"),
        ("4K/2,4K/2", "nucleo-u575zi-q", "has one cache for instructions and data"),
        ("64/4,4K/2", "nucleo-g0b1re", "has no data cache"),
        ("4K/2,x", "disco-f746ng", "not 'x'"),
        ("4K/2,4K/2,4K/2", "disco-f746ng", "expected one cache, or two"),
    ],
)
def test_bad_caches(text: str, board: str, problem: str) -> None:
    with pytest.raises(BadInput, match=rf"^`caches` {re.escape(text)}: .*{re.escape(problem)}"):
        parse_caches(text, load_board(board))


def test_a_board_without_a_cache() -> None:
    on = support.board()
    with pytest.raises(BadInput, match="programs has no cache"):
        parse_caches("4K/2", replace(on, flash=replace(on.flash, instruction_cache=None)))


@pytest.mark.parametrize(
    ("settings", "board", "refused"),
    [
        (MemorySettings(read_width_bits=64), "nucleo-u575zi-q", True),  # half of a line
        (MemorySettings(caches="16K/2/32"), "nucleo-u575zi-q", True),
        (MemorySettings(caches="16K/2/32", read_width_bits=256), "nucleo-u575zi-q", False),
        (MemorySettings(read_width_bits=64), "disco-f746ng", False),  # it fills lines by several reads
        (MemorySettings(read_width_bits=128), "nucleo-l4r5zi", False),  # it has no lines
        (MemorySettings(caches="16K/2/64"), "nucleo-l4r5zi", True),
        (MemorySettings(read_width_bits=128), "nucleo-u575zi-q", False),  # its own
    ],
)
def test_lines_that_take_several_reads_need_a_flash_that_does_so(
    settings: MemorySettings, board: str, refused: bool
) -> None:
    with pytest.raises(BadInput, match="fills a line by one read") if refused else nullcontext():
        check(settings, load_board(board))


def test_what_the_chip_has_is_not_hypothetical() -> None:
    on = load_board("nucleo-u575zi-q")
    assert not is_hypothetical(MemorySettings(prefetch=False, caches="8K/2", read_width_bits=128), on)
    assert is_hypothetical(MemorySettings(caches="8K/4"), on)
    assert not is_hypothetical(MemorySettings(caches="none"), on)
