"""Bytes that hand-written programs move, counted by hand."""

from dataclasses import replace

import numpy as np
import pytest

from simtiny.profiles import CodeBlock, OperatingPoint
from simtiny.profiling.traffic import Traffic, traffic
from tests.profiles import profile_of
from tests.programs import support


@pytest.mark.parametrize(
    ("name", "from_flash", "from_ram", "stored"),
    [
        ("load_store_multiple", 0, 12, 16),  # ldm of three, stm of four
        ("push_pop", 0, 16, 12),
        ("load_store_pair", 0, 8 + 4, 8),
        ("exclusive", 0, 4, 4),
        ("fpu_memory", 0, 4 + 4 + 8 + 16 + 24, 4 + 24),
        ("table_branch", 1, 0, 0),  # tbb reads its offset from the code
        ("if_then", 0, 0, 0),
        ("load", 0, 4, 0),
        ("flash_data", 16, 0, 0),
        ("flash_literals", 8, 0, 0),
        ("loads_two_memories", 4, 4, 0),
        ("m0plus_load_store_multiple", 0, 12 + 8, 12 + 12),
        ("m0plus_flash_data", 4 + 1 + 4, 0, 0),
        ("m33_flash_data", 12, 0, 0),
    ],
)
def test_bytes_are_those_counted_by_hand(name: str, from_flash: int, from_ram: int, stored: int) -> None:
    profile, _ = support.run(name)
    found = traffic(profile, support.board_of(name))
    assert (found.flash_loaded, found.ram_loaded, found.ram_stored) == (from_flash, from_ram, stored)


def test_the_array_is_read_by_units() -> None:
    """Of flash_data: 16 bytes of constants are two units of eight; the code from `start` to the branch is two more."""
    profile, _ = support.run("flash_data")
    assert traffic(profile, support.board_of("flash_data")).flash_array == 8 * (2 + int(profile.fetch_misses.sum()))
    assert int(profile.fetch_misses.sum()) == 2


def test_a_load_from_both_memories_is_told_by_how_often_flash_was_read() -> None:
    """Ten times `ldr r0, [r4]; ldrb r0, [sp]`, of which the first read flash four times."""
    block = CodeBlock(0x0800_0100, bytes.fromhex("20689df80000"), frozenset({0x0800_0100}))
    point = OperatingPoint(16e6, 0, False, False, False, "1")
    profile = profile_of(
        (block,), point, edges=np.array([[-1, 0, 10]], np.int64), data_reads=np.array([[4, 1]], np.int64)
    )
    assert traffic(profile, support.board()) == Traffic(16, 24 + 10, 0, 8)


def test_a_literal_that_was_placed_in_ram_is_no_flash() -> None:
    block = CodeBlock(0x0800_0100, bytes.fromhex("0048"), frozenset())  # ldr r0, [pc]
    profile = profile_of(
        (block,), OperatingPoint(16e6, 0, False, False, False, "1"), edges=np.array([[-1, 0, 3]], np.int64)
    )
    assert traffic(profile, support.board()) == Traffic(0, 12, 0, 0)


def test_nothing_that_ran_moves_nothing() -> None:
    empty = profile_of((), OperatingPoint(16e6, 0, False, False, False, "1"))
    assert traffic(empty, support.board()) == Traffic(0, 0, 0, 0)
    assert traffic(replace(empty, cycles=5), support.board_of("m33_load")) == Traffic(0, 0, 0, 0)
