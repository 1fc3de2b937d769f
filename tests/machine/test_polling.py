"""Loops that wait for a register: what is skipped of them counts as if it had been run."""

from dataclasses import fields, replace

import numpy as np
import pytest

from simtiny.counting.counters import Mark
from simtiny.isa.decode import decode
from simtiny.machine.machine import Machine, StopReason
from simtiny.machine.polled_bits import bits_text, polled_bits
from simtiny.settings import MemorySettings
from tests.machine.bare import CODE, HERE, NOP, board, literal

SYSTICK, USART2 = 0xE000_E010, 0x4000_4400
RELOAD = 50_000 - 1
# ldr r0, =SYSTICK; ldr r1, =RELOAD; str r1, [r0, 4]; movs r1, 5; str r1, [r0]; b over the literals
_TIMER = [0x4802, 0x4903, 0x6041, 0x2105, 0x6001, 0xE003, *literal(SYSTICK), *literal(RELOAD)]
_AGAIN = [0x3B01, 0xD1FA]  # subs r3, 1; bne back over four halfwords: the rounds
TIMER_WAIT = [*_TIMER, 0x2314, 0x6801, 0x03C9, 0xD5FC, *_AGAIN, HERE]
"""movs r3, 20; ldr r1, [r0]; lsls r1, r1, 15; bpl to the load; twenty times; b ."""
STORING_WAIT = [*_TIMER, NOP, 0x6801, 0xB402, 0xBC02, 0x03C9, 0xD5FA, HERE]
"""The same once, with push {r1} and pop {r1} in the loop."""
LONG_WAIT = [*_TIMER, 0x2314, 0x6801, 0x03C9, *[NOP] * 36, 0xD5D8, *_AGAIN[:1], 0xD1D6, HERE]
"""TIMER_WAIT with 72 bytes more in the loop: its units of flash put each other out of a cache of one."""
# ldr r0, =USART2; ldr r1, =35; str r1, [r0, 12]; movs r1, 13; str r1, [r0]; b over the literals
_PORT = [0x4802, 0x4903, 0x60C1, 0x210D, 0x6001, 0xE003, *literal(USART2), *literal(35)]
PORT_WAIT = [*_PORT, 0x2314, 0x8501, 0x69C1, 0x0609, 0xD5FC, 0x3B01, 0xD1F9, 0x69C1, 0x0649, 0xD5FC, HERE]
"""Twenty times strh r1, [r0, 40] and a wait for TXE, then one for TC: at 4 MHz / 35 baud."""


def marked(code: list[int], skips: bool, lanes: int = 0, calls: bool = False) -> tuple[Machine, Mark, StopReason]:
    """What is counted until the firmware loops without end."""
    plain = board(code)
    others = tuple(MemorySettings(wait_states=states) for states in (3, 5)[:lanes])
    machine = Machine(plain.board, plain.image, lanes=others, calls=calls)
    machine._polling.skip(skips)
    reason = machine.run(limit_cycles=1_500_000)
    return machine, machine.mark(), reason


@pytest.mark.parametrize("code", [TIMER_WAIT, STORING_WAIT, PORT_WAIT])
@pytest.mark.parametrize(("lanes", "calls"), [(0, False), (2, False), (0, True)])
def test_what_is_skipped_counts_to_the_bit(code: list[int], lanes: int, calls: bool) -> None:
    (skipping, found, why), (running, expected, why_too) = (
        marked(code, skips, lanes, calls) for skips in (True, False)
    )
    assert skipping._polling.skipped > 0 == running._polling.skipped
    assert (skipping.cycles, why, skipping.waits()) == (running.cycles, why_too, running.waits())
    for field in fields(Mark):
        one, other = getattr(found, field.name), getattr(expected, field.name)
        if field.name == "lanes":
            assert [lane.ahead for lane in one] == [lane.ahead for lane in other]
            assert all(
                (a.blocks == b.blocks).all() and (a.hidden == b.hidden).all() for a, b in zip(one, other, strict=True)
            )
        elif field.name != "calls":
            assert np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other
    if calls:
        begin = replace(found, cycles=0).calls
        assert begin is not None
        trees = [machine.call_tree(mark, machine.mark()) for machine, mark in ((skipping, found), (running, expected))]
        assert np.array_equal(trees[0].cell_cycles, trees[1].cell_cycles)


def test_caches_that_are_off_draw_for_what_is_skipped() -> None:
    """Those of a Cortex-M7, which replace at random: what they draw is the same behind the wait."""
    found = []
    for skips in (True, False):
        machine = board(LONG_WAIT, name="disco-f746ng")
        machine._polling.skip(skips)
        machine.run(limit_cycles=1_500_000)
        assert (machine._polling.skipped > 0) == skips
        code = machine._counters.memories._caches[0]
        found.append((machine.cycles, machine.waits(), int(code["random"]), int(code["draws"])))
    assert found[0] == found[1]
    assert found[0][-1] > 20_000


def test_twenty_periods_of_systick_are_waited_for() -> None:
    machine, _, _ = marked(TIMER_WAIT, skips=True)
    assert machine.waits()["SysTick"] == pytest.approx(20 * 50_000, rel=0.001)
    assert machine._polling.skipped > 0.95 * 20 * 50_000


def test_twenty_characters_take_their_time() -> None:
    """Ten bits of 35 cycles each, the first from the moment when it was written."""
    machine, _, _ = marked(PORT_WAIT, skips=True)
    assert machine.waits()["USART2"] == pytest.approx(20 * 350, rel=0.05)  # less two turns each
    instant = board(PORT_WAIT)
    instant = Machine(instant.board, instant.image, serial_takes_time=False)
    instant.run(limit_cycles=1_500_000)
    assert "USART2" not in instant.waits()


def test_a_firmware_without_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simtiny.machine.standstill.STALL_CYCLES", 2_000)
    # adds r2, 1 behind each wait for the flag, for ever
    plain = board([*_TIMER, NOP, 0x6801, 0x03C9, 0xD5FC, 0x3201, 0xE7FA])
    machine = Machine(plain.board, plain.image, patience_s=1.0)
    assert machine.run(limit_cycles=100_000_000) is StopReason.NO_PROGRESS
    assert machine.explanation.endswith("polling SysTick for 100% of it: it polls SYST_CSR (0xe000e010) bit 16")
    assert machine.elapsed_s == pytest.approx(1.1, abs=0.2)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("0168 0906 fcd5", " bit 7"),  # ldr r1, [r0]; lsls r1, r1, 24; bpl
        ("0168 1942 fcd0", " bits 0x00000300"),  # ldr r1, [r0]; tst r1, r3; beq
        ("0168 11f0800f fbd0", " bit 7"),  # ldr r1, [r0]; tst.w r1, 0x80; beq
        ("0168 c1f34111 fbd0", " bits 0x00000060"),  # ldr r1, [r0]; ubfx r1, r1, 5, 2; beq
        ("0168 0029 fcd0", ""),  # ldr r1, [r0]; cmp r1, 0; beq
    ],
)
def test_the_bits_that_a_loop_looks_at(code: str, text: str) -> None:
    loop = decode(bytes.fromhex(code), CODE)
    assert bits_text(polled_bits(loop, lambda number: 0x300 if number == 3 else 0)) == text
