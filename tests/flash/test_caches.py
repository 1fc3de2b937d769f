"""Set-associative and unified caches, RAM behind a cache, branch prediction: counted by hand and against a model."""

import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtiny.board import Board, CacheGeometry
from simtiny.board_file import load_board
from simtiny.counting import layout
from simtiny.estimate import estimate
from simtiny.flash.acceleration import Acceleration, Shape, miss_overhead_cycles, shape, unit_bytes
from simtiny.image import Image, Segment
from simtiny.machine.cores import CORES
from simtiny.machine.machine import Machine
from simtiny.profiles import Profile
from tests.flash.native import touch
from tests.programs import support

# movs r3, 2; first: mov.w r0, 0x20000000; movs r1, 8; loop: ldr r2, [r0]; adds r0, 16; subs r1, 1; bne loop;
# subs r3, 1; bne first; last: b last
TWO_PASSES = "0010002011000008120000082400000802234ff000500821026810300139fbd1013bf6d1fee7"
# mov.w r0, 0x20000000; movs r1, 4; nop; first: str r1, [r0, 8]; ldr r2, [r0]; adds r0, 16; subs r1, 1; bne first;
# last: b last
STORE_FIRST = "001000201100000818000008220000084ff00050042100bf8160026810300139fad1fee7"
# movs r3, 4; nop; first: movs r1, 3; inner: subs r1, 1; bne inner; subs r3, 1; bne first; last: b last
NESTED_LOOPS = "0010002011000008140000081e000008042300bf03210139fdd1013bfad1fee7"


def board(data_lines: int, data_ways: int, unified: bool = False) -> Board:
    """The programs' board with caches of 16-byte lines, and with its RAM behind the data cache."""
    found = support.board()
    flash = replace(
        found.flash,
        instruction_cache=CacheGeometry(64, 16, "arbitrary", 2),
        data_cache=CacheGeometry(data_lines, 16, "arbitrary", data_ways),
        unified=unified,
        miss_overhead_cycles=3,
        ram_miss_cycles=7,
    )
    memories = tuple(replace(memory, cached=memory.kind == "ram") for memory in found.memories)
    return replace(found, flash=flash, memories=memories)


def run(code: str, on: Board) -> Profile:
    profile = support.run_code(bytes.fromhex(code), on)
    assert estimate(profile, CORES[on.core].timing).cycles == profile.cycles
    return profile


@pytest.mark.parametrize(
    ("lines", "ways", "misses"),
    [
        (8, 2, 8),  # lines 0 to 7 in four sets of two: all held, the second pass hits
        (8, 1, 8),  # eight sets of one
        (4, 2, 16),  # two sets of two: four lines take turns in each, none is held long enough
        (16, 16, 8),
    ],
)
def test_cached_ram(lines: int, ways: int, misses: int) -> None:
    profile = run(TWO_PASSES, board(lines, ways))
    assert profile.ram_misses.sum() == misses
    assert profile.operating_point.ram_miss_cycles == 7


def test_ram_without_a_cache_never_misses() -> None:
    on = board(4, 2)
    on = replace(on, memories=tuple(replace(memory, cached=False) for memory in on.memories))
    assert run(TWO_PASSES, on).ram_misses.sum() == 0


def test_a_store_brings_its_line_in_without_waiting() -> None:
    profile = run(STORE_FIRST, board(8, 2))
    assert profile.ram_misses.sum() == 0


def test_branch_prediction() -> None:
    # The inner branch goes back, so it is predicted taken; it is wrong at each of its four ends. The outer one is wrong
    # at its end, which lies behind the window.
    assert run(NESTED_LOOPS, board(8, 2)).mispredicts.sum() == 0  # a core that doesn't predict
    core = CORES["cortex-m4f"]
    predicting = replace(core, timing=replace(core.timing, operands=replace(core.timing.operands, mispredict=5)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(CORES, "cortex-m4f", predicting)
        profile = run(NESTED_LOOPS, board(8, 2))
    assert profile.mispredicts.sum() == 4


def test_a_unified_cache_holds_code_and_data() -> None:
    code = struct.pack("<4I6H", 0x2000_1000, 0x0800_0011, 0x0800_0012, 0x0800_0016, 0x4900, 0xE000, 0, 0xE7FE, 0, 0)
    # ldr r1, [pc, 0]; b last; the literal; last: b last: all in one line, which the fetch has brought
    for unified, reads in ((True, 0), (False, 1)):
        machine = Machine(board(8, 2, unified), Image("program", "", (Segment(support.FLASH, code),)))
        machine.set_flash_acceleration(wait_states=2, instruction_cache=True, data_cache=True)
        start = machine.mark()
        machine.run(limit_cycles=10)
        profile = machine.profile(start, machine.mark())
        assert profile.data_reads.sum(axis=0).tolist() == [1, reads]


def test_shapes() -> None:
    geometry = CacheGeometry(512, 16, "arbitrary", 2)
    assert shape(geometry, True, 16) == Shape(256, 2)
    assert shape(geometry, True, 16, ways=1) == Shape(512, 1)
    assert shape(geometry, False, 16) == Shape(1, 1)
    assert shape(CacheGeometry(32, 32, "arbitrary"), True, 8) == Shape(1, 128)
    assert unit_bytes(board(8, 2)) == 16


@settings(deadline=None)  # the first call loads the library
@given(
    st.lists(st.integers(0, 40), max_size=200),
    st.sampled_from([(1, 1), (1, 4), (4, 1), (4, 2), (8, 4)]),
)
def test_replacement_is_least_recently_used(units: list[int], sets_and_ways: tuple[int, int]) -> None:
    sets, ways = sets_and_ways
    arrays = np.zeros((3, 64), np.int64)
    caches = np.zeros(1, layout.CACHE.dtype)
    caches[0] = (0, *(array.ctypes.data for array in arrays), ways, sets - 1, 0, 0)
    model: list[list[int]] = [[] for _ in range(sets)]  # each set's units, the one used longest ago first
    for unit in units:
        held = model[unit % sets]
        assert touch(caches, unit) == (unit in held)
        if unit in held:
            held.remove(unit)
        held.append(unit)
        del held[:-ways]


def test_loads_wait_for_ram_with_wait_states() -> None:
    """Twice 8 loads of a word, 3 cycles each; stores and code wait for none. A board without any: 48 cycles less."""
    on = board(8, 2)
    memories = tuple(replace(memory, cached=False) for memory in on.memories)
    slow = tuple(replace(memory, wait_states=3 if memory.kind == "ram" else 0) for memory in memories)
    plain, waiting = (run(TWO_PASSES, replace(on, memories=these)) for these in (memories, slow))
    assert waiting.ram_waits.sum() == 2 * 8 * 3
    assert waiting.cycles == plain.cycles + 48
    assert run(STORE_FIRST, replace(on, memories=slow)).ram_waits.sum() == 4 * 3


def test_past_its_cache_stm32u5_reads_flash_without_the_cycles_of_a_refill():
    """RM0456 8.4.6: the bypass does not increase the latency of the access. On others nothing is known of it."""
    for name, cycles in (("nucleo-u575zi-q", [3, 0]), ("cy8cproto-062-4343w", [4, 4])):
        on_and_off = (Acceleration(4, instruction_cache=on) for on in (True, False))
        assert [miss_overhead_cycles(load_board(name), now) for now in on_and_off] == cycles
