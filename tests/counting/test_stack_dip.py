"""How deep a block reaches below its stack pointer, worked out by hand from the instructions' encodings."""

import struct

import pytest

from simtiny.counting.stack_dip import StackDip, stack_dip
from simtiny.isa.decode import decode

AT = 0x0800_0000


def dip(*halfwords: int) -> StackDip:
    return stack_dip(decode(struct.pack(f"<{len(halfwords)}H", *halfwords), AT))


@pytest.mark.parametrize(
    ("halfwords", "expected"),
    [
        ((0xBF00,), (0, -1)),  # nop
        ((0xB510,), (8, AT)),  # push {r4, lr}
        ((0xB510, 0xB084), (24, AT + 2)),  # push {r4, lr}; sub sp, #16
        ((0xB510, 0xBD10), (8, AT)),  # push {r4, lr}; pop {r4, pc}
        ((0xB510, 0xBC10, 0xB410), (8, AT)),  # push {r4, lr}; pop {r4}; push {r4}: no deeper than before
        ((0xB002, 0xB510), (0, -1)),  # add sp, #8; push {r4, lr}
        ((0xE92D, 0x41F0), (24, AT)),  # push.w {r4-r8, lr}
        ((0xF84D, 0x4D08), (8, AT)),  # str r4, [sp, #-8]!
        ((0xF84D, 0x4D08, 0xF85D, 0x4B08, 0xB401), (8, AT)),  # ...; ldr r4, [sp], #8; push {r0}
        ((0xF84D, 0x4C0C), (12, AT)),  # str r4, [sp, #-12]: below the stack, which stays where it is
        ((0xE96D, 0x4504), (16, AT)),  # strd r4, r5, [sp, #-16]!
        ((0xED2D, 0x8B04), (16, AT)),  # vpush {d8-d9}
        ((0xED2D, 0x8A01, 0xECBD, 0x8A01), (4, AT)),  # vpush {s16}; vpop {s16}
        ((0xF5AD, 0x5D80), (4096, AT)),  # sub.w sp, sp, #4096
        ((0xF2AD, 0x0D64), (100, AT)),  # subw sp, sp, #100
        ((0xAF02,), (0, -1)),  # add r7, sp, #8
        ((0x9001,), (0, -1)),  # str r0, [sp, #4]
        ((0xBF08, 0xB401, 0xB401), (8, AT + 4)),  # it eq; pusheq {r0}; push {r0}
        ((0xB510, 0xBF08, 0xBC10, 0xB410), (12, AT + 6)),  # push {r4, lr}; it eq; popeq {r4}; push {r4}
    ],
)
def test_a_dip_is_that_worked_out_by_hand(halfwords: tuple[int, ...], expected: tuple[int, int]) -> None:
    assert dip(*halfwords) == StackDip(*expected, moves_sp=False)


@pytest.mark.parametrize(
    "moves",
    [
        (0x46BD,),  # mov sp, r7
        (0x449D,),  # add sp, r3
        (0xEBAD, 0x0D03),  # sub.w sp, sp, r3
        (0xF380, 0x8808),  # msr msp, r0
        (0xF380, 0x8809),  # msr psp, r0
        (0xF380, 0x8814),  # msr control, r0
        (0xF8D0, 0xD000),  # ldr.w sp, [r0]
        (0xF8DD, 0xD000),  # ldr.w sp, [sp]
    ],
)
def test_what_the_code_does_not_tell_ends_the_search(moves: tuple[int, ...]) -> None:
    assert dip(0xB401, *moves, 0xB510, 0xB510) == StackDip(4, AT, moves_sp=True)


def test_other_special_registers_do_not_move_it() -> None:
    assert dip(0xF380, 0x8810, 0xF3EF, 0x8008) == StackDip(0, -1, moves_sp=False)  # msr primask, r0; mrs r0, msp
