"""The two low bits of a stack pointer are zero whatever is written to it. Arm v7-M ARM, B1.4.1; Armv6-M ARM, B1.4.1."""

import struct

import pytest

from simtiny.board_file import load_board
from simtiny.image import Image, Segment
from simtiny.image_load import check_fits
from simtiny.machine.machine import Machine, StopReason
from tests.machine.bare import FLASH, NOP, WFI, board, literal

ODD = 0x2000_4FFF
MOV, MSR_PSP, MRS_PSP = [0x4685, 0x4669], [0xF380, 0x8809], [0xF3EF, 0x8209]  # mov sp, r0; mov r1, sp; mrs r2, psp


@pytest.mark.parametrize("name", ["nucleo-g0b1re", "nucleo-l4r5zi", "nucleo-h7a3zi-q", "nucleo-u575zi-q"])
def test_by_a_register(name: str) -> None:
    """Ldr r0, =; mov sp, r0; mov r1, sp; msr psp, r0; mrs r2, psp; wfi"""
    machine = board([0x4803, *MOV, *MSR_PSP, *MRS_PSP, WFI, *literal(ODD)], name=name)
    assert machine.run() is StopReason.IDLE
    assert [machine.register(number) for number in (1, 2, 13)] == [ODD & ~3] * 3


def test_by_a_load() -> None:
    """ldr.w sp, [pc, 4]; wfi"""
    machine = board([0xF8DF, 0xD004, WFI, NOP, *literal(ODD)])
    assert machine.run() is StopReason.IDLE
    assert machine.register(13) == ODD & ~3


def test_in_an_it_block() -> None:
    """Ldr r0, =; movs r1, 0; ite eq; moveq sp, r0; movne r1, 1; wfi"""
    machine = board([0x4802, 0x2100, 0xBF0C, 0x4685, 0x2101, WFI, *literal(ODD)])
    assert machine.run() is StopReason.IDLE
    assert (machine.register(13), machine.register(1)) == (ODD & ~3, 0)


def test_at_reset() -> None:
    """Linker scripts of older ST tools put it on the last byte of RAM."""
    image = Image("x", "", (Segment(FLASH, struct.pack("<2I4H", ODD, FLASH + 9, WFI, WFI, WFI, WFI)),))
    check_fits(image, load_board("nucleo-l4r5zi"))
    machine = Machine(load_board("nucleo-l4r5zi"), image)
    assert machine.initial_sp == machine.register(13) == ODD & ~3
