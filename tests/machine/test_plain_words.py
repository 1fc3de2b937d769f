"""Registers that are answered for without a way into Python: no one can tell, but by the time it takes."""

import struct

import pytest

from simtiny.board_file import load_board
from simtiny.image import Image, Segment
from simtiny.machine import effort
from simtiny.machine import machine as machines
from simtiny.machine.machine import Machine, StopReason
from simtiny.machine.peripherals.stm32.usart import CR1_FIFOEN, CR1_RE, IDLE, RXNE, Usart

FLASH, STACK, R1 = 0x0800_0000, 0x2000_8000, 1
BOARD = load_board("nucleo-l4r5zi")
PORT = next(config for config in BOARD.peripherals if config.kind == "stm32-usart")
CR1, ISR, RDR, UE = 0x00, 0x1C, 0x24, 1


def polling(load: int) -> tuple[Machine, Usart]:
    """Firmware that runs one load by r0, the address of a serial port, over and over."""
    code = (0x4801, load, 0xE7FD, 0xBF00)  # ldr r0, [pc, 4]; the load; b to it; nop
    contents = struct.pack("<II", STACK, FLASH + 9) + struct.pack("<4HI", *code, PORT.base)
    board = Machine(BOARD, Image("test", "", (Segment(FLASH, contents),)), serial_takes_time=False)
    port = board.peripherals[PORT.name]
    assert isinstance(port, Usart)
    return board, port


def load_r1(offset: int) -> int:
    return 0x6801 | offset << 4  # ldr r1, [r0, offset]


def seen(board: Machine) -> int:
    """What the firmware reads by now."""
    board.run(limit_cycles=50)
    return board.register(R1)


def test_reads_are_answered_natively_once_published(monkeypatch: pytest.MonkeyPatch) -> None:
    board, port = polling(load_r1(ISR))
    port.send(b"")
    monkeypatch.setattr(port, "read", lambda offset, size: pytest.fail("asked in Python"))
    assert seen(board) == port._status() != 0
    assert port.plain.reads > 3


def test_reads_see_what_changed() -> None:
    board, port = polling(load_r1(ISR))
    port.write(CR1, 4, UE | CR1_RE)
    assert not seen(board) & RXNE
    port.send(b"ab")
    assert seen(board) & RXNE
    port.read(RDR, 4)
    assert seen(board) & RXNE
    port.read(RDR, 4)
    assert not seen(board) & RXNE
    port.write(CR1, 4, 0)
    assert seen(board) == port.read(ISR, 4)


def test_control_registers_read_what_was_written() -> None:
    board, port = polling(load_r1(CR1))
    assert seen(board) == 0
    port.write(CR1, 4, 0xFFFF_FFFF)
    port.write(CR1 + 1, 1, 0)
    assert seen(board) == 0xFFFF_00FF


def test_reads_of_single_bytes_and_of_data_are_asked_for() -> None:
    board, port = polling(0x7F01)  # ldrb r1, [r0, 0x1c]
    port.write(CR1, 4, UE | CR1_RE)
    assert seen(board) == port.read(ISR, 4) & 0xFF
    assert port.plain.reads == 0
    board, port = polling(load_r1(RDR))
    port.write(CR1, 4, UE | CR1_RE)
    port.send(bytes(100))
    seen(board)
    assert port.pending < 99


def test_they_count_as_accesses_but_end_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of firmware that waits for as long as it takes, under a limit of a thousand."""
    monkeypatch.setattr(effort, "ALLOWED", 1_000)
    monkeypatch.setattr(machines, "_HOUSEKEEPING_CYCLES", 1_000)
    board, port = polling(load_r1(ISR))
    port.send(b"")
    board.run(limit_cycles=50)
    board.take_accessed()
    assert board.take_accessed() == set()
    assert board.run(limit_cycles=100_000) is StopReason.LIMIT
    assert board.take_accessed() == {port}
    assert board.take_accessed() == set()


def test_reset_forgets_them() -> None:
    board, port = polling(load_r1(CR1))
    port.write(CR1, 4, 0x1234)
    assert seen(board) == 0x1234
    reads = board._bus.quick_reads
    board.take_accessed()
    board.run(limit_cycles=50)
    board.reset()
    assert seen(board) == 0
    assert board._bus.quick_reads > reads
    assert board.take_accessed() == {board.peripherals[PORT.name]}


def test_bytes_are_handed_out_natively_but_for_the_last_one() -> None:
    board, port = polling(load_r1(RDR))
    port.write(CR1, 4, UE | CR1_RE)
    port.send(bytes(range(1, 201)) * 2)  # more than the queue has room for at first
    taken = []
    while port.pending > 1:
        before = port.plain.reads
        board.run(limit_cycles=1)  # one turn of its loop at most
        taken += [board.register(R1)] * (port.plain.reads - before)
    board.run(limit_cycles=20)
    assert taken == (list(range(1, 201)) * 2)[:399]
    assert port.plain.reads == 399
    assert not port.read(ISR, 4) & RXNE
    assert port.read(ISR, 4) & IDLE


def test_with_the_fifo_on_the_last_eight_tell_in_its_flags() -> None:
    board, port = polling(load_r1(RDR))
    port.write(CR1, 4, UE | CR1_RE | CR1_FIFOEN)
    port.send(bytes(range(20)))
    board.run(limit_cycles=2_000)
    assert port.plain.reads == 20 - 8
    assert port.pending == 0


def test_a_receiver_that_is_off_hands_out_nothing() -> None:
    board, port = polling(load_r1(RDR))
    port.send(b"abc")
    assert seen(board) == 0
    assert port.pending == 3
    assert port.plain.reads == 0
