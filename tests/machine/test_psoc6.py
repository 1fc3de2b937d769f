"""The CY8CPROTO-062-4343W as a machine: where its second core starts, its cycle counter and its one bus for loads."""

import struct
from dataclasses import replace

import pytest

from simtiny.board import Board
from simtiny.board_file import load_board
from simtiny.errors import BadInput
from simtiny.estimate import estimate
from simtiny.image import Image
from simtiny.image_load import check_fits, parse
from simtiny.machine.machine import Machine
from simtiny.timing.cortex_m4 import CortexM4
from simtiny.timing.effects import Effect

FLASH, CM4 = 0x1000_0000, 0x2000
BRANCH_TO_SELF = 0xE7FE


def image(*code: int) -> Image:
    """A raw binary: the Cortex-M0+'s vector table, and 8 KB behind it that of the Cortex-M4 with its code."""
    first = struct.pack("<II", 0x0800_2000, FLASH + 0x101).ljust(CM4, b"\0")
    table = struct.pack("<II", 0x0800_4000, FLASH + CM4 + 9)
    return parse("test.bin", first + table + struct.pack(f"<{len(code)}H", *code), address=FLASH)


@pytest.fixture
def board() -> Board:
    return load_board("cy8cproto-062-4343w")


def test_starts_at_the_second_vector_table(board: Board) -> None:
    # movs r2, #42
    machine = Machine(board, image(0x222A, BRANCH_TO_SELF))
    assert machine.initial_sp == 0x0800_4000
    machine.run(limit_cycles=100)
    assert machine.register(2) == 42


def test_image_without_a_second_table_is_refused(board: Board) -> None:
    only_first = parse("test.bin", struct.pack("<II", 0x0800_2000, FLASH + 9) + b"\xfe\xe7", address=FLASH)
    with pytest.raises(BadInput, match="no vector table at 0x10002000"):
        check_fits(only_first, board)


@pytest.mark.parametrize("trace_enabled", [True, False])
def test_cycle_counter_runs_behind_a_debug_probe(board: Board, trace_enabled: bool) -> None:
    # r0 = 0xE0001000; DWT_CTRL = 1; r2 = CYCCNT; four NOPs; r3 = CYCCNT
    code = (0x20E0, 0x0600, 0x2101, 0x0309, 0x1840, 0x2101, 0x6001, 0xE7FF, 0x6842)
    code += (0xE7FF, 0xBF00, 0xBF00, 0xBF00, 0xBF00, 0xE7FF, 0x6843, BRANCH_TO_SELF)
    machine = Machine(replace(board, trace_enabled=trace_enabled), image(*code))
    machine.run(limit_cycles=300)
    counted = machine.register(3) - machine.register(2)
    assert (counted > 4) == trace_enabled


def test_loads_from_flash_and_ram_share_a_bus(board: Board) -> None:
    """Two loads in a row take three cycles if the second's address phase overlaps the first: one for memory."""
    # r0 = 0x10000000, r1 = 0x08000000; ldr r2, [r0]; ldr r3, [r1]
    machine = Machine(board, image(0x2001, 0x0700, 0x2101, 0x06C9, 0x6802, 0x680B, BRANCH_TO_SELF))
    start = machine.mark()
    machine.run(limit_cycles=200)
    profile = machine.profile(start, machine.mark())
    result = estimate(profile, CortexM4())
    assert result.cycles_by_effect[Effect.MEMORY] == 1
    assert result.cycles == profile.cycles
