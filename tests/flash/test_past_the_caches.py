"""Cortex-M7 with a cache off: what it reads past it waits for, by hand. 7 wait states, 6 cycles more to the flash."""

from dataclasses import replace

import numpy as np
import pytest

from simtiny.board import Board, CacheGeometry
from simtiny.estimate import estimate
from simtiny.flash.acceleration import Acceleration, miss_overhead_cycles, ram_miss_cycles, way_cycles
from simtiny.machine.cores import CORES
from simtiny.profiles import Profile
from simtiny.settings import MemorySettings
from simtiny.timing.effects import Effect
from tests.programs import support

# sub sp, 8; ldr r1, [sp]; ldr r2, [sp, 4]; str r1, [sp]; ldr r3, one; ldr r4, two; ldr r5, three; b last;
# one, at 0x40: a word; two: the next one; three: one at 0x60; last: b last
LOADS = (
    "0010002011000008100000086400000882b00099019a0091094b0a4c104d21e0"
    "aff30080aff30080aff30080aff30080aff30080aff30080aff30080aff30080"
    "0100000002000000aff30080aff30080aff30080aff30080aff30080aff3008003000000fee700bf"
)
# Writes 32 NOPs and a BX LR to 0x20000000. Then call: blx r3 to there; b last; last: b last
CODE_IN_RAM = (
    "001000201100000828000008340000084ff000504ff0bf21102202c0013afcd102490160024bffe7984703e07047704701000020fee700bf"
)


def board() -> Board:
    """The programs' board with a Cortex-M7 before a flash as on STM32F7, and with its RAM behind the data cache."""
    found = support.board()
    flash = replace(
        found.flash,
        kind="stm32f7",
        read_width_bits={"one": 256},
        instruction_cache=CacheGeometry(128, 32, "arbitrary", 2),
        data_cache=CacheGeometry(128, 32, "arbitrary", 4),
        miss_overhead_cycles=6,
        ram_miss_cycles=7,
    )
    memories = tuple(replace(memory, cached=memory.kind == "ram") for memory in found.memories)
    return replace(found, core="cortex-m7", flash=flash, memories=memories)


def run(code: str, *, instructions: bool, data: bool) -> Profile:
    """With these caches on or off, forced; the same in a lane beside a run without any."""
    settings = MemorySettings(7, None, instructions, data)
    profile = support.run_code(bytes.fromhex(code), board(), settings)
    (_, lane) = support.run_code_in_lanes(bytes.fromhex(code), board(), (settings,))
    for found in (profile, lane):
        assert estimate(found, CORES["cortex-m7"].timing).cycles == found.cycles
    for name in ("fetch_misses", "data_reads", "ram_misses", "ram_waits", "read_ahead"):
        assert np.array_equal(getattr(lane, name), getattr(profile, name)), name
    assert lane.cycles == profile.cycles
    return profile


def waits(profile: Profile) -> tuple[int, int, int]:
    """Cycles of waits for code in flash, for data there, and for RAM."""
    by_effect = estimate(profile, CORES["cortex-m7"].timing).cycles_by_effect
    return by_effect[Effect.FLASH_CODE], by_effect[Effect.FLASH_DATA], by_effect[Effect.RAM_DATA]


@pytest.mark.parametrize("instructions", [False, True])
def test_each_load_takes_the_way_to_its_memory(instructions: bool) -> None:
    """Two from the stack; then a word of a line that the flash reads, one that it holds, and one of another line."""
    profile = run(LOADS, instructions=instructions, data=False)
    assert waits(profile)[1:] == (13 + 6 + 13, 2 * 7)
    assert profile.data_reads.sum(axis=0).tolist() == [3, 2]


@pytest.mark.parametrize("instructions", [False, True])
def test_with_its_cache_the_stack_costs_nothing(instructions: bool) -> None:
    assert waits(run(LOADS, instructions=instructions, data=True))[1:] == (13 + 0 + 13, 0)


@pytest.mark.parametrize("data", [False, True])
def test_code_in_ram(data: bool) -> None:
    """Lines of 16 NOPs, 8 cycles: the first one 7 cycles from the call, each next one 3 + 7 behind it, so 2 late.

    Through the cache, misses in sequence wait 7 less the 4 that the core has fetched ahead. The way back, which
    nothing foresees, waits 13 cycles for the flash, from when the line of BX LR is whole, 2 cycles later.
    """
    assert waits(run(CODE_IN_RAM, instructions=False, data=data)) == (2 + 13, 0, 7 + 2 + 2)
    assert waits(run(CODE_IN_RAM, instructions=True, data=data))[2] == 7 + 3 + 3


def test_a_bus_at_half_the_cores_clock() -> None:
    """Wait states and the way take twice as long, but for the one cycle that is the core's own."""
    half = Acceleration(wait_states=4, bus_ratio=2)
    assert 4 + miss_overhead_cycles(board(), half) == 2 * (4 + 5) + 1
    assert (way_cycles(board(), half), ram_miss_cycles(board(), half)) == (2 * 5 + 1, 2 * 6 + 1)
    same = Acceleration(wait_states=4)
    assert (miss_overhead_cycles(board(), same), way_cycles(board(), same), ram_miss_cycles(board(), same)) == (6, 6, 7)
