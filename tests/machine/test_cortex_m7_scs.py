"""Cortex-M7's cache and MPU registers. Figures: Arm Cortex-M7 TRM, table of CCSIDR encodings."""

import pytest

from simtiny.board_file import load_board
from simtiny.machine.machine import Machine, StopReason
from tests.machine.programs.loader import board, image, results


def run(board_name: str, entry: str) -> Machine:
    machine = Machine(load_board(board_name), image("cortex_m7", entry))
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    return machine


@pytest.mark.parametrize(
    ("name", "data", "instruction", "lines"),
    [("disco-f746ng", 0xF003E019, 0xF007E009, 128), ("nucleo-h7a3zi-q", 0xF00FE019, 0xF01FE009, 512)],
)
def test_caches_by_their_identification_registers(name: str, data: int, instruction: int, lines: int) -> None:
    machine = run(name, "enable_caches")
    assert results(machine, 3) == [data, instruction, lines]
    point = machine.operating_point()
    assert (point.instruction_cache, point.data_cache) == (True, True)


def test_caches_are_off_at_reset() -> None:
    point = Machine(load_board("disco-f746ng"), image("cortex_m7", "enable_caches")).operating_point()
    assert (point.instruction_cache, point.data_cache) == (False, False)


def test_cortex_m4_has_none_of_it() -> None:
    machine = Machine(board(), image("cortex_m7", "enable_caches"))
    before = machine.operating_point()
    machine.run(limit_cycles=100_000)
    assert results(machine, 2) == [0, 0]
    assert machine.operating_point() == before


def test_mpu_regions_read_back() -> None:
    machine = run("nucleo-h7a3zi-q", "mpu_regions")
    assert results(machine, 2) == [0x20010003, 0x03080025]


def test_double_precision_in_it_blocks() -> None:
    """1.5 + 1.5 = 3.0; the instruction behind it in the block ran; the block whose condition fails changed nothing."""
    machine = run("nucleo-h7a3zi-q", "doubles_in_it_blocks")
    assert results(machine, 3) == [0, 0x40080000, 7]
