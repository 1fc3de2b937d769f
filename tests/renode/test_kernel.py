"""A kernel with two tasks (programs/kernel.c): what it computes, and how often it switched, by hand.

A and B take turns; T is the number of ticks. A task that yields while the other sleeps goes on: no switch.

    T = 0   idle to A; A yields to B; B yields to A; A sleeps 2, to B; B sleeps 3, to idle       5 switches,  5 calls
    T = 2   A wakes, yields to itself, sleeps 2                                                 2            2
    T = 3   B wakes, yields to itself, sleeps 3                                                 2            2
    T = 4   A wakes, yields to itself, sleeps 2                                                 2            2
    T = 6   both wake; idle to B; B yields to A; A sleeps 1, to B, which computes alone         3            2
    T = 7   A preempts B, and sleeps 1                                                          2            1
    T = 8   A preempts B, and sleeps 1                                                          2            1
    T = 9   A preempts B, stops the ticks and sleeps for ever                                   2            1

That makes 20 switches and 16 calls (SVC). PendSV runs after each call and at each of the 7 ticks that wake a task: 23
times, always tail-chained. So there are 9 + 16 + 23 = 48 exceptions.

A computes three times ten steps of a = 3 a + i from a = 1: each ten make 3^10 a + (3^10 - 21) / 4. B adds up thrice
a quarter of 1 to 20, and tells it in quarters: 3 x 210. Alone it adds up 12,000 quarters.
"""

import struct
from pathlib import Path

import pytest

from simtiny.board_file import load_board
from simtiny.image_load import load
from simtiny.machine.machine import Machine, StopReason
from tests.renode.programs.build import BOARDS, CORES, build, kernel, why_not_built

RESULTS = 0x2000_0000
COUNT = 8
TICK_CYCLES = 10_000


def _a() -> int:
    a = 1
    for _ in range(3):
        a = (59_049 * a + 14_757) % 2**32
    return a


TICKS, SWITCHES, CALLS, SCHEDULES = 9, 20, 16, 23
EXPECTED = (_a(), 630, 12_000, TICKS, SWITCHES, CALLS, SCHEDULES, 1)


@pytest.mark.parametrize("board", BOARDS)
def test_results_and_exceptions(board: str) -> None:
    image = load(kernel(BOARDS[board]))
    machine = Machine(load_board(board), image)
    first, alone = (image.symbols[name].address & ~1 for name in ("main", "alone"))
    marks = [machine.mark()]
    for address in (first, alone):
        machine.watch(address, lambda: marks.append(machine.mark()))
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    assert struct.unpack(f"<{COUNT}I", machine.read_memory(RESULTS, 4 * COUNT)) == EXPECTED
    _, begin, alone_begins = marks
    (whole,) = machine.profiles(begin, machine.mark())
    assert whole.exceptions == TICKS + CALLS + SCHEDULES
    (together,) = machine.profiles(begin, alone_begins)
    assert together.exceptions == 6 + 13 + (13 + 4)  # ticks, calls, and a PendSV for each call and for T = 2, 3, 4, 6
    assert 6 * TICK_CYCLES < together.cycles < 6 * TICK_CYCLES + 2_500
    assert together.sleep_cycles > 6 * TICK_CYCLES * 0.7  # each tick found it asleep
    (by_itself,) = machine.profiles(alone_begins, machine.mark())
    assert by_itself.cycles > 4 * TICK_CYCLES  # so A preempts B three times on a faster core, too


@pytest.mark.parametrize("core", CORES)
def test_the_committed_files_are_what_the_source_gives(core: str, tmp_path: Path) -> None:
    if why := why_not_built():
        pytest.skip(why)
    build(core, tmp_path / "kernel.elf")
    assert (tmp_path / "kernel.elf").read_bytes() == kernel(core).read_bytes()
