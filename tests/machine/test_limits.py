"""What must not go wrong when programs are large or odd: tables that fill up, aliases, code that changes."""

import contextlib
import struct

import pytest

from simtiny.board_file import load_board
from simtiny.counting import counters
from simtiny.errors import FirmwareFault, Unpriced
from simtiny.image import Image, Segment
from simtiny.machine.machine import Machine, StopReason

FLASH, STACK = 0x0800_0000, 0x2000_8000
NOP, HERE = 0xBF00, 0xE7FE  # nop; b .
LDR_R0_R1 = 0x6808  # ldr r0, [r1]
MOVS_R1_0 = 0x2100


def machine(halfwords: list[int], extra: tuple[tuple[int, bytes], ...] = ()) -> Machine:
    """A board whose reset handler is this code."""
    image = struct.pack("<II", STACK, FLASH + 9) + struct.pack(f"<{len(halfwords)}H", *halfwords)
    return Machine(load_board("nucleo-l4r5zi"), Image("test", "", (Segment(FLASH, image),)), extra)


def test_too_many_loads_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "_MAX_OPERATIONS", 100)
    with pytest.raises(Unpriced, match="99 different loads"):
        machine([MOVS_R1_0] + [LDR_R0_R1] * 200 + [HERE]).run(limit_cycles=10_000)


def test_divide_by_the_stack_pointer_is_unpredictable_and_harmless() -> None:
    board = machine([0xFBB1, 0xF0FD, HERE])  # udiv r0, r1, sp
    with contextlib.suppress(FirmwareFault):  # the emulator may refuse it
        assert board.run(limit_cycles=100) is StopReason.LIMIT


def test_a_load_past_the_end_of_flash_touches_no_cache_unit_behind_it() -> None:
    # ldr r1, [pc, 4]; ldm r1, {r2-r7}; b . ; the literal: four bytes before the end of flash
    code = [0x4901, 0xC9FC, HERE, NOP]
    board = machine([*code, *struct.unpack("<2H", struct.pack("<I", FLASH + 0x20_0000 - 4))])
    with pytest.raises(FirmwareFault, match="BusFault"):
        board.run(limit_cycles=1_000)
    units = 0x20_0000 // 8
    assert board._counters.memories._cache_arrays[1][1].max() < units


def test_code_in_ram_is_priced_alike_through_both_of_its_addresses() -> None:
    # r1 = 0 (flash at its alias), two divides and two loads from flash, then the end
    routine = struct.pack("<9H", MOVS_R1_0, LDR_R0_R1, 0xFBB0, 0xF2F0, LDR_R0_R1, 0xFBB0, 0xF3F0, NOP, HERE)
    counts = []
    for address in (0x2003_0000, 0x1000_0000):
        # ldr r4, [pc, 0]; bx r4; the literal
        jump = [0x4C00, 0x4720, *struct.unpack("<2H", struct.pack("<I", address + 1))]
        board = machine(jump, ((0x2003_0000, routine),))
        start = board.mark()
        board.run(limit_cycles=200)
        profile = board.profile(start, board.mark())
        counts.append((int(profile.divides.sum()), int(profile.data_reads[:, 0].sum())))
    assert counts == [(2, 3), (2, 3)]  # the literal too


def test_a_change_of_wait_states_within_the_window_is_refused() -> None:
    # ldr r0, =FLASH_ACR; movs r1, 3; str r1, [r0]; b .
    code = [0x4801, 0x2103, 0x6001, HERE, *struct.unpack("<2H", struct.pack("<I", 0x4002_2000))]
    board = machine(code)
    start = board.mark()
    board.run(limit_cycles=100)
    end = board.mark()
    with pytest.raises(Unpriced, match="wait states"):
        board.profile(start, end)
    assert end.operating_point.wait_states == 3
    board.run(limit_cycles=100)
    assert board.profile(end, board.mark()).cycles == 100
