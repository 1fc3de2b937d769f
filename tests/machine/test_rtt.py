"""SEGGER's RTT as a probe serves it, with a control block laid out by hand (SEGGER_RTT.h)."""

import struct

import pytest

from simtiny.machine.machine import Machine
from simtiny.machine.rtt import IDENTIFIER, Rtt
from tests.machine.bare import HERE, board

BLOCK, UP, DOWN = 0x2000_1000, 0x2000_2000, 0x2000_3000
UP_BUFFER, DOWN_BUFFER = BLOCK + 24, BLOCK + 48
WRITE_OFFSET, READ_OFFSET = 12, 16


@pytest.fixture
def machine() -> Machine:
    return board([HERE])


def lay_out(machine: Machine, up: tuple[int, int, int], down: tuple[int, int, int] = (8, 0, 0)) -> None:
    """A block with one buffer each way: size, write and read offset."""
    buffers = struct.pack("<6I", 0, UP, *up, 0) + struct.pack("<6I", 0, DOWN, *down, 0)
    machine.write_memory(BLOCK, IDENTIFIER + struct.pack("<2i", 1, 1) + buffers)


def word(machine: Machine, address: int) -> int:
    return int.from_bytes(machine.read_memory(address, 4), "little")


def probe(machine: Machine) -> tuple[Rtt, bytearray]:
    found, rtt = bytearray(), Rtt(machine, machine.host_calls.memory)
    rtt.write = found.extend
    return rtt, found


def test_nothing_is_there_before_the_firmware_has_made_it(machine: Machine) -> None:
    rtt, found = probe(machine)
    assert not rtt.serve()
    assert not found


def test_what_was_written_is_taken_once_and_the_buffer_is_empty(machine: Machine) -> None:
    machine.write_memory(UP, b"abcdefgh")
    lay_out(machine, (8, 5, 2))
    rtt, found = probe(machine)
    assert rtt.serve() and rtt.serve()
    assert found == b"cde"
    assert word(machine, UP_BUFFER + READ_OFFSET) == 5


def test_a_buffer_is_a_ring(machine: Machine) -> None:
    machine.write_memory(UP, b"abcdefgh")
    lay_out(machine, (8, 2, 6), down=(8, 6, 6))
    rtt, found = probe(machine)
    typed = bytearray(b"0123456789")
    asked: list[int] = []

    def read(most: int) -> bytes:
        asked.append(most)
        taken = bytes(typed[:most])
        del typed[:most]
        return taken

    rtt.read = read
    rtt.serve()
    assert found == b"ghab"
    assert asked == [7]  # one place of a full ring stays empty
    assert machine.read_memory(DOWN, 8)[6:] + machine.read_memory(DOWN, 5) == b"0123456"
    assert word(machine, DOWN_BUFFER + WRITE_OFFSET) == 5
    rtt.serve()
    assert asked == [7, 0]


@pytest.mark.parametrize("up", [(8, 9, 0), (8, 0, 9), (0, 0, 0), (0xFFFF_FFFF, 0x7FFF_FFFF, 0)])
def test_damaged_offsets_are_left_alone(machine: Machine, up: tuple[int, int, int]) -> None:
    lay_out(machine, up)
    rtt, found = probe(machine)
    rtt.serve()
    assert not found
    assert word(machine, UP_BUFFER + READ_OFFSET) == up[2]


def test_any_number_of_buffers_is_no_reason_to_read_beyond(machine: Machine) -> None:
    lay_out(machine, (8, 5, 2))
    machine.write_memory(BLOCK + 16, struct.pack("<2i", -1, 1 << 30))
    rtt, found = probe(machine)
    rtt.serve()
    assert not found
