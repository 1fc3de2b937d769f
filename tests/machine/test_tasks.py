"""Two tasks on a small kernel as common ports are written (programs/tasks.s), with VTOR as each chip has it at reset.

Each task yields five times, and 0 goes on: 10 switches. Then ticks 1 and 3 switch to task 1, which spins, 2 and 4 back
to task 0, which has waited for three: 4 switches more. One SVC, 4 SysTicks and 14 PendSVs are 19 exceptions. The main
stack keeps the frame of the SVC, which returned to a task.

VTOR: flash is seen at 0 on STM32L4 and G0; the others boot by option bytes, or as another core tells them.
"""

import struct

import pytest

from simtiny.board import Board
from simtiny.board_file import load_board
from simtiny.image import Image, Segment
from simtiny.machine.machine import Machine, StopReason
from tests.machine.programs.loader import FLASH, assembled

SVC, PENDSV, SYSTICK = 11, 14, 15
SIZE = 0x1000
VTOR = 0xE000_ED08
PORTS = {"cortex-m0plus": "v6m", "cortex-m4f": "v7m", "cortex-m7": "v7m", "cortex-m33": "v8m"}
AT_RESET = {
    "nucleo-l4r5zi": 0,
    "nucleo-g0b1re": 0,
    "disco-f746ng": 0x0020_0000,
    "nucleo-h7a3zi-q": 0x0800_0000,
    "nucleo-u575zi-q": 0x0800_0000,
    "nucleo-u385rg-q": 0x0800_0000,
    "cy8cproto-062-4343w": 0x1000_2000,
}
BOARDS = [(board, PORTS[load_board(board).core]) for board in AT_RESET] + [("nucleo-l4r5zi", "v6m")]


def ram(board: Board) -> int:
    return next(memory.base for memory in board.memories if memory.kind == "ram" and memory.base >= 0x0800_0000)


def image(board: Board, port: str, base: int) -> Image:
    """The program with its vector table at `base`."""
    symbols, code = assembled("tasks")
    vectors = [ram(board) + SIZE, *[0] * 255]
    handlers = {1: port, SVC: f"{port}_svc", PENDSV: f"{port}_pendsv", SYSTICK: "tick"}
    for number, label in handlers.items():
        vectors[number] = symbols[label] - FLASH + base | 1
    return Image("tasks", "", (Segment(base, struct.pack("<256I", *vectors) + code),))


def results(machine: Machine) -> list[int]:
    return list(struct.unpack("<8I", machine.read_memory(ram(machine.board), 32)))


@pytest.mark.parametrize(("name", "port"), BOARDS)
def test_two_tasks(name: str, port: str) -> None:
    board = load_board(name)
    base = board.vectors_at_reset or FLASH
    machine = Machine(board, image(board, port, base))
    assert word(machine, VTOR) == AT_RESET[name]
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    current, _, _, ticks, first, second, main_stack, switches = results(machine)
    assert (current, ticks, first, second, switches) == (0, 4, 5, 5, 14)
    assert machine.initial_sp == ram(board) + SIZE
    assert main_stack == machine.initial_sp - 32
    assert machine.mark().exceptions == 19


def word(machine: Machine, address: int) -> int:
    return int.from_bytes(machine.read_memory(address, 4), "little")


@pytest.mark.parametrize("name", ["nucleo-l4r5zi", "nucleo-h7a3zi-q"])
def test_an_image_for_a_boot_loader_finds_vtor_at_its_own_table(name: str) -> None:
    board = load_board(name)
    machine = Machine(board, image(board, "v7m", FLASH + 0x8000))
    assert word(machine, VTOR) == FLASH + 0x8000
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    assert results(machine)[7] == 14


def test_a_boot_loader_jumps_to_it() -> None:
    """It sets VTOR and MSP, and enters the application by its reset vector."""
    board = load_board("nucleo-u575zi-q")
    application = image(board, "v8m", FLASH + 0x8000).segments[0]
    code = [  # ldr r0, =VTOR; ldr r1, =application; str r1, [r0]; ldr r0, [r1]; msr msp, r0; ldr r0, [r1, 4]; bx r0
        *(0x4803, 0x4904, 0x6001, 0x6808, 0xF380, 0x8808, 0x6848, 0x4700),
        *struct.unpack("<4H", struct.pack("<2I", VTOR, application.address)),
    ]
    loader = struct.pack(f"<2I{len(code)}H", 0x2000_2000, FLASH + 9, *code)
    machine = Machine(board, Image("both", "", (Segment(FLASH, loader), application)))
    assert word(machine, VTOR) == FLASH
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    assert word(machine, VTOR) == FLASH + 0x8000
    assert results(machine)[7] == 14


def test_system_reset_restores_vtor() -> None:
    board = load_board("nucleo-h7a3zi-q")
    machine = Machine(board, image(board, "v7m", FLASH))
    machine.write_memory(VTOR, struct.pack("<I", 0x2400_0000))
    assert word(machine, VTOR) == 0x2400_0000
    machine.reset()
    assert word(machine, VTOR) == FLASH
