"""Caches as the user writes them, and what their misses cost."""

import re
from dataclasses import replace

import numpy as np
import pytest

from simtiny.board import CacheGeometry
from simtiny.board_file import load_board
from simtiny.errors import BadInput
from simtiny.estimate import cycles_with, estimate
from simtiny.flash.what_if import parse_caches
from simtiny.machine.cores import CORES
from simtiny.profile import CacheMisses
from simtiny.timing.effects import Effect
from tests.programs import support


def test_one_cache_for_both() -> None:
    caches = parse_caches("16K/4", load_board("nucleo-u575zi-q"))
    assert caches.instruction == CacheGeometry(1024, 16, "what-if", 4)
    assert caches.data is None
    assert caches.name == "16K/4"


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


def test_what_misses_cost_by_hand() -> None:
    """At 5 wait states 10 branch misses wait 50 cycles, 4 sequential ones with 2 cycles hidden 12, 8 data misses 40."""
    profile, _ = support.run("data_processing")
    core, nothing = CORES["cortex-m4f"].timing, np.zeros(len(profile.blocks), np.int64)
    hidden = np.zeros(32, np.int64)
    hidden[2] = 4
    fetches, reads, ahead, ram = (np.zeros_like(array) for array in (*[profile.fetch_misses] * 3, nothing))
    fetches[0], reads[0], ram[0] = (10, 4), (20, 8), 3
    point = replace(profile.operating_point, wait_states=5, ram_miss_cycles=7)
    window = replace(
        profile,
        fetch_misses=fetches,
        hidden=hidden,
        data_reads=reads,
        read_ahead=ahead,
        ram_misses=ram,
        operating_point=point,
    )
    before = estimate(window, core)
    assert before.cycles_by_effect[Effect.FLASH_CODE] == 62
    assert before.cycles_by_effect[Effect.FLASH_DATA] == 40
    own, more = CacheMisses("", 10, 4, 12, 8, 3), CacheMisses("", 20, 6, 24, 12, 5)
    assert cycles_with(own, window, before) == before.cycles
    # 20 * 5 + 24 - 62 for code, 4 * 5 for data, 2 * 7 for RAM
    assert cycles_with(more, window, before) == before.cycles + 62 + 20 + 14
    # The flash reads ahead: waits for code are half as long again (93 for 62), those for data a quarter shorter.
    ahead[0] = (31, -10)
    window = replace(window, read_ahead=ahead)
    before = estimate(window, core)
    assert cycles_with(own, window, before) == before.cycles
    assert cycles_with(more, window, before) == before.cycles + 93 + 15 + 14
    # Without a miss of the board's own, a miss takes what it takes.
    none = replace(window, fetch_misses=0 * fetches, hidden=0 * hidden, data_reads=0 * reads, read_ahead=0 * ahead)
    before = estimate(none, core)
    assert cycles_with(more, none, before) == before.cycles + 124 + 60 + 14
