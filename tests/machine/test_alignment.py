"""Addresses that are no multiple of the size. Arm v7-M ARM, A3.2.1; Armv6-M ARM, A3.2; Armv8-M ARM, B5.

Each program makes accesses one behind the other; a handler steps over those that fault, and the notes tell which did.
"""

import pytest

from simtiny.machine.machine import StopReason
from simtiny.notes import NoteKind
from tests.machine.bare import CODE, NOP, WFI, board, literal

M0PLUS, M4, M7, M33 = "nucleo-g0b1re", "nucleo-l4r5zi", "nucleo-h7a3zi-q", "nucleo-u575zi-q"
ODD, EVEN, REGISTER = 0x2000_0101, 0x2000_0102, 0x4000_0001
CCR, CPACR = 0xE000_ED14, 0xE000_ED88
UNALIGN_TRP = 1 << 3
LDR, STR, LDRH, STRH, STM = [0x6801], [0x6001], [0x8801], [0x8001], [0xC006]  # r1, [r0]; r0!, {r1, r2}
LDRD, STRD, STMDB, STREX = [0xE9D0, 0x1200], [0xE9C0, 0x1200], [0xE920, 0x0006], [0xE840, 0x1200]
VSTR, VSTM = [0xED80, 0x0A00], [0xECA0, 0x0A04]
LDA, STL, STLEX = [0xE8D0, 0x1FAF], [0xE8C0, 0x1FAF], [0xE8C0, 0x1FE2]
STRHT = [0xF820, 0x1E00]
LDR_SP, STR_SP = [0xF85D, 0x1CFF], [0xF84D, 0x1CFF]  # ldr or str r1, [sp, -255]
# ldr r2, [sp, 24]; ldrh r3, [r2]; lsrs r3, r3, 11; adds r2, 2; cmp r3, 29; blo 1f; adds r2, 2; 1: str r2, [sp, 24];
# bx lr: an instruction is wide if it begins with 29 or more in its upper five bits.
STEP_OVER = [0x9A06, 0x8813, 0x0ADB, 0x3202, 0x2B1D, 0xD300, 0x3202, 0x9206, 0x4770]


def faults(name: str, address: int, accesses: list[list[int]], ccr: int = 0) -> list[bool]:
    """Which of the accesses fault. ldr r0, =address; b over the literal; the accesses; wfi"""
    code, places = [0x4801, 0xE003, NOP, NOP, *literal(address)], list[int]()
    for access in accesses:
        places.append(CODE + 2 * len(code))
        code += access
    machine = board([*code, WFI], STEP_OVER, name)
    if name != M0PLUS:
        machine.write_memory(CPACR, (0xF << 20).to_bytes(4, "little"))
        machine.write_memory(CCR, ccr.to_bytes(4, "little"))
    assert machine.run() is StopReason.IDLE
    noted = {
        int(note.place, 16) for note in machine.notes if note.kind is NoteKind.FIRMWARE and "multiple" in note.text
    }
    assert noted <= set(places)
    return [place in noted for place in places]


def test_armv6_m_takes_none() -> None:
    assert faults(M0PLUS, ODD, [LDR, STR, LDRH, STRH]) == [True] * 4
    assert faults(M0PLUS, EVEN, [LDR, STR, LDRH, STRH]) == [True, True, False, False]


@pytest.mark.parametrize("name", [M4, M7, M33])
def test_accesses_of_several_words_and_exclusive_ones_always_fault(name: str) -> None:
    accesses = [LDRD, STRD, STM, STMDB, STREX, VSTR, VSTM] + ([LDA, STL, STLEX] if name == M33 else [])
    assert faults(name, EVEN, accesses) == [True] * len(accesses)


@pytest.mark.parametrize("name", [M4, M7, M33])
def test_others_fault_if_they_are_trapped(name: str) -> None:
    accesses = [LDR, STR, STRHT, LDR_SP, STR_SP]
    assert faults(name, ODD, accesses) == [False] * 5
    assert faults(name, ODD, accesses, UNALIGN_TRP) == [True] * 5


@pytest.mark.parametrize(("name", "expected"), [(M4, False), (M7, True), (M33, True)])
def test_registers(name: str, expected: bool) -> None:
    assert faults(name, REGISTER, [LDR, LDRH]) == [expected] * 2


def test_within_an_it_block() -> None:
    """Movs r4, 0; ldr r0, =; movs r2, 0; itt eq; addeq r4, 1; ldmeq r0!, {r1, r2}: the fault is precise, and the other is not done again."""
    machine = board([0x2400, 0x4803, 0x2200, 0xBF04, 0x3401, 0xC806, WFI, NOP, *literal(EVEN)], STEP_OVER)
    assert machine.run() is StopReason.IDLE
    assert machine.register(4) == 1
    assert [int(note.place, 16) for note in machine.notes if "no multiple" in note.text] == [CODE + 10]
    assert machine.register(0) == EVEN
