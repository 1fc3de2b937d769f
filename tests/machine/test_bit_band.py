"""Bit-band aliases of Cortex-M3 and M4: alias = base + 0x2000000 + 32 * byte + 4 * bit. Arm v7-M ARM, B3.1."""

import pytest

from simtiny.board_file import load_board
from simtiny.errors import FirmwareFault
from simtiny.machine.bit_band import Bit, bit, is_in
from simtiny.machine.machine import Machine, StopReason
from tests.machine.bare import WFI, board, literal

RAM, AHB2ENR = 0x2000_1003, 0x4002_104C
STRB, STRH, STR, LDRB, LDRH, LDR = 0x7001, 0x8001, 0x6001, 0x7801, 0x8801, 0x6801  # of r1, [r0]


def alias(address: int, number: int) -> int:
    return (address & 0xFFF0_0000) + 0x200_0000 + (address & 0xF_FFFF) * 32 + number * 4


def access(where: int, instruction: int, value: int = 0, name: str = "nucleo-l4r5zi") -> Machine:
    """Ldr r0, =where; movs r1, value; the instruction; wfi"""
    return board([0x4801, 0x2100 | value, instruction, WFI, *literal(where)], [WFI], name)


@pytest.mark.parametrize(
    ("address", "size", "found"),
    [
        (0x2200_0000, 4, Bit(0x2000_0000, 4, 0)),
        (0x23FF_FFFC, 4, Bit(0x200F_FFFC, 4, 31)),  # bit 7 of the byte at 0x200FFFFF
        (0x2200_001C, 1, Bit(0x2000_0000, 1, 7)),
        (0x4200_0064, 2, Bit(0x4000_0002, 2, 9)),  # bit 1 of the byte at 0x40000003
    ],
)
def test_which_bit(address: int, size: int, found: Bit) -> None:
    assert bit(address, size) == found


@pytest.mark.parametrize("instruction", [STRB, STRH, STR])
@pytest.mark.parametrize(("value", "after"), [(1, 0xAD), (0xFE, 0xA5)])  # bit 0 alone counts
def test_a_write_to_ram(instruction: int, value: int, after: int) -> None:
    machine = access(alias(RAM, 3), instruction, value)
    machine.write_memory(RAM - 1, b"\x11\xa5\x22")
    if value & 1:
        machine.write_memory(RAM, b"\xa5")
    else:
        machine.write_memory(RAM, b"\xad")
    assert machine.run() is StopReason.IDLE
    assert machine.read_memory(RAM - 1, 3) == bytes([0x11, after, 0x22])


@pytest.mark.parametrize("instruction", [LDRB, LDRH, LDR])
@pytest.mark.parametrize(("number", "value"), [(2, 1), (3, 0)])
def test_a_read_of_ram(instruction: int, number: int, value: int) -> None:
    machine = access(alias(RAM, number), instruction)
    machine.write_memory(RAM, b"\xa5")
    assert machine.run() is StopReason.IDLE
    assert machine.register(1) == value


def test_a_register_keeps_its_other_bits() -> None:
    machine = access(alias(AHB2ENR, 2), STR, 1)
    machine.write_memory(AHB2ENR, b"\x81\0\0\0")
    assert machine.run() is StopReason.IDLE
    assert machine.read_memory(AHB2ENR, 4) == b"\x85\0\0\0"
    assert machine.notes == ()


def test_where_there_is_no_ram() -> None:
    with pytest.raises(FirmwareFault, match="BusFault: write to 0x23fffffc, where nothing is mapped"):
        access(0x23FF_FFFC, STR, 1).run()


@pytest.mark.parametrize("name", ["nucleo-h7a3zi-q", "nucleo-u575zi-q", "nucleo-g0b1re"])
def test_other_cores_have_none(name: str) -> None:
    with pytest.raises(FirmwareFault, match="write to 0x22020070, where nothing is mapped"):
        access(0x2202_0070, STR, 1, name).run()
    assert access(alias(0x4002_1000, 0), STR, 1, name).run() is StopReason.IDLE  # a register that is not there


def test_boards_that_have_it() -> None:
    assert is_in(load_board("nucleo-l4r5zi"))
    assert not is_in(load_board("cy8cproto-062-4343w"))  # it has peripherals where the aliases would be
