"""What loads meet on Cortex-M7: lines under way, a cache that replaces at random, addresses that are not aligned."""

from dataclasses import replace

import numpy as np
import pytest

from simtiny.board_file import load_board
from simtiny.counting import layout
from simtiny.estimate import estimate, without
from simtiny.flash.acceleration import line_reads
from simtiny.flash.line_fill import LINE_FILL
from simtiny.machine.cores import CORES
from tests.flash.native import NativeFlash, touch
from tests.programs import support

# mov.w r0, 0x20000000; ldr r1, [r0, 1]; ldrh r1, [r0, 1]; ldrh r1, [r0, 3]; ldrb r1, [r0, 1]; ldrh r1, [r0, 2];
# ldr r1, [r0, 4]; b last; last: b last
UNALIGNED = "001000201100000814000008280000084ff00050d0f80110b0f80110b0f80310417841884168ffe7fee7"


def narrow_flash() -> NativeFlash:
    """Lines of 32 bytes by reads of 16."""
    native = NativeFlash(LINE_FILL, miss_cycles=12, unit_shift=5, bus_ratio=1)
    native.own.cycles, native.own.part_shift = 8, 4
    return native


def test_a_miss_waits_for_the_rest_of_the_line_before() -> None:
    """Here 12 cycles to the word that is waited for, then 8 in which the flash reads the other half of its line."""
    native = narrow_flash()
    assert native.call("read_line", 0x40, 1000) == 0
    assert native.call("read_line", 0x64, 1016) == 4  # the flash is free at 1020, and then busy until 1040
    assert native.call("read_line", 0x90, 1050) == 0  # until 1070, with the upper half of its line first


def test_a_hit_waits_for_the_other_half_of_a_line_under_way() -> None:
    native = narrow_flash()
    native.call("read_line", 0x54, 1000)
    assert native.call("rest_of_line", 0x5C, 1013) == 0  # the half that came first
    assert native.call("rest_of_line", 0x40, 1013) == 7
    assert native.call("rest_of_line", 0x40, 1025) == 0
    assert native.call("rest_of_line", 0x60, 1013) == 0  # another line


@pytest.mark.parametrize(("entry", "cycles"), [(1, 17), (2, 16), (3, 15)])
def test_a_turn_of_a_loop_that_reads_on_into_the_next_line(entry: int, cycles: int) -> None:
    """As measured on an STM32F767 at 0 wait states, the loop in the last double words of its line: see line_fill.py."""
    native = NativeFlash(LINE_FILL, unit_shift=5, bus_ratio=1)
    native.own.one_by_one, begun = 1, 1000
    native.own.free, native.own.wrong = begun + 3 - entry, 1
    assert native.call("wait_for_line", entry, begun + 4, 6, 0) == cycles - 4
    assert native.own.free == begun + cycles + 3 - entry


def test_lines_past_the_instruction_cache() -> None:
    """13 cycles to a line's first double word, 3 more to its last."""
    native = NativeFlash(LINE_FILL, unit_shift=5, bus_ratio=1)
    native.own.one_by_one, native.own.free = 1, 1000
    assert native.call("wait_for_line", 0, 1005, 13, 0) == 8  # foreseen: asked for at 1000
    assert native.own.free == 1016
    native.own.late = 1
    assert native.call("wait_for_line", 2, 1014, 13, 0) == 2 + 13  # behind the line before, at 1016
    assert native.call("wait_for_line", 0, 1080, 13, 0) == 0  # asked for at 1030, and there since 1043
    assert native.own.free == 1080


def test_lines_on_a_bus_that_takes_several_requests() -> None:
    native = NativeFlash(LINE_FILL, unit_shift=5, bus_ratio=2)
    native.own.free = 1000
    assert native.call("wait_for_line", 0, 1005, 13, 0) == 8
    assert native.own.free == 1013
    native.own.wrong = native.own.late = 1
    assert native.call("wait_for_line", 0, 1020, 13, 0) == 13  # whatever is under way


@pytest.mark.parametrize(
    ("board", "reads"),
    [("nucleo-h7a3zi-q", 2), ("disco-f746ng", 1), ("nucleo-l4r5zi", 1)],  # 128 and 256 bits; no lines
)
def test_reads_of_flash_that_fill_a_line(board: str, reads: int) -> None:
    assert line_reads(load_board(board)) == reads


def test_random_replacement() -> None:
    """Five units in turn in a set of four: just one is out, and the next one out is one to four steps ahead.

    So it misses every 2.5 accesses; replacing the unit used longest ago, each of them would miss.
    """
    arrays = np.zeros((3, 8), np.int64)
    caches = np.zeros(1, layout.CACHE.dtype)
    caches[0] = (0, *(array.ctypes.data for array in arrays), 4, 0, 1, 0)
    misses = sum(not touch(caches, access % 5) for access in range(10_000))
    assert misses == pytest.approx(4000, rel=0.05)
    assert np.count_nonzero(arrays[0]) == 4


@pytest.mark.parametrize(
    ("core", "cycles"),
    [
        ("cortex-m7", 3 * 3),  # the word and both halfwords at odd addresses
        ("cortex-m33", 2 * 1),  # not the halfword at address 1, within a word
    ],
)
def test_unaligned_loads(core: str, cycles: int) -> None:
    profile = support.run_code(bytes.fromhex(UNALIGNED), replace(support.board(), core=core))
    timing = CORES[core].timing
    assert estimate(profile, timing).cycles == profile.cycles
    assert profile.cycles - estimate(profile, without(timing, "unaligned_load")).cycles == cycles
