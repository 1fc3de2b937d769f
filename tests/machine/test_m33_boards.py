"""The boards with a Cortex-M33: exceptions as Armv8-M has them, and what their platform files must get right."""

import pytest

from simtiny.board_file import load_board
from simtiny.machine.machine import Machine, StopReason
from tests.machine.programs.loader import STACK, image, results

SVC = 11
BOARDS = ("nucleo-u575zi-q", "nucleo-u385rg-q")


def kilobytes(name: str, kind: str) -> list[int]:
    return [memory.size // 1024 for memory in load_board(name).memories if memory.kind == kind]


def test_memories() -> None:
    assert kilobytes("nucleo-u575zi-q", "flash") == [2048]
    assert kilobytes("nucleo-u575zi-q", "ram") == [192, 64, 512, 16]
    assert kilobytes("nucleo-u385rg-q", "flash") == [1024]
    assert kilobytes("nucleo-u385rg-q", "ram") == [192, 64]


@pytest.mark.parametrize("name", BOARDS)
def test_one_cache_of_8_kb_for_code_and_data(name: str) -> None:
    flash = load_board(name).flash
    cache = flash.instruction_cache
    assert cache is not None
    assert (cache.lines * cache.line_bytes, cache.line_bytes, cache.ways, flash.unified) == (8192, 16, 2, True)


@pytest.mark.parametrize(("entry", "exc_return"), [("svc_main_stack", 0xFFFF_FFB8), ("svc_process_stack", 0xFFFF_FFBC)])
def test_exception_return_values_have_no_secure_bits(entry: str, exc_return: int) -> None:
    """Armv8-M ARM, EXC_RETURN: without the Security Extension S and ES are zero; 0xFFFFFFF9 and FD on Armv7-M."""
    machine = Machine(load_board("nucleo-u575zi-q"), image("exceptions", entry, {SVC: "keep_frame"}))
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    assert results(machine, 1)[0] == exc_return
    assert results(machine, 2)[1] == (STACK - 32 if entry == "svc_main_stack" else STACK)
