"""Bits of SCR, CCR and SHCSR that change what the core does. Arm v7-M ARM, B3.2.7, B3.2.8, B3.2.13, B1.5.18 and 19."""

import pytest

from simtiny.errors import FirmwareFault
from simtiny.machine.machine import Machine, StopReason
from simtiny.notes import NoteKind
from tests.machine.bare import NOP, RETURN, WFI, board, literal

SYST_CSR, SYST_RVR, SCR, CCR, SHCSR = 0xE000_E010, 0xE000_E014, 0xE000_ED10, 0xE000_ED14, 0xE000_ED24
SLEEPONEXIT, SEVONPEND, BFHFNMIGN = 1 << 1, 1 << 4, 1 << 8
WFE, CPSID_F, COUNT, HERE = 0xBF20, 0xB671, 0x3401, 0xE7FE  # adds r4, 1
TIM2 = 28


def poke(machine: Machine, *words: tuple[int, int]) -> Machine:
    for address, word in words:
        machine.write_memory(address, word.to_bytes(4, "little"))
    return machine


@pytest.mark.parametrize(("scr", "thread", "ticks"), [(SLEEPONEXIT, 0, 10), (0, 1, 10)])
def test_sleep_on_exit(scr: int, thread: int, ticks: int) -> None:
    """SysTick every 1,000 cycles: movs r4, 0; wfi; adds r4, 1; b ."""
    machine = poke(board([0x2400, WFI, COUNT, HERE], [RETURN]), (SYST_RVR, 999), (SYST_CSR, 7), (SCR, scr))
    assert machine.run(limit_cycles=10_500) is StopReason.LIMIT
    mark = machine.mark()
    assert (machine.register(4), mark.exceptions) == (thread, ticks)
    assert (mark.sleep_cycles > 9_500) is bool(scr)


def test_sleep_on_exit_behind_the_handler_of_a_supervisor_call() -> None:
    """Svc 0; adds r4, 1; wfi: nothing wakes it."""
    machine = poke(board([0x2400, 0xDF00, COUNT, WFI], [RETURN]), (SCR, SLEEPONEXIT))
    assert machine.run() is StopReason.IDLE
    assert machine.register(4) == 0


@pytest.mark.parametrize(("scr", "count"), [(SEVONPEND, 1), (0, 0)])
@pytest.mark.parametrize("at", [1_000, 2])
def test_an_interrupt_that_is_not_enabled_is_an_event(scr: int, count: int, at: int) -> None:
    """Movs r4, 0; nop five times; wfe; adds r4, 1; wfi. It pends while the core sleeps, or before."""
    machine = poke(board([0x2400, *[NOP] * 5, WFE, COUNT, WFI], [RETURN]), (SCR, scr))
    machine.schedule(at, lambda: machine.set_irq(TIM2, True, "test"))
    assert machine.run() is StopReason.IDLE
    assert machine.register(4) == count


@pytest.mark.parametrize(
    ("probe", "count"), [([0x6801, COUNT], 1), ([0xBF04, 0x6801, COUNT], 1), ([0xBF0C, 0x6801, COUNT], 0)]
)
def test_probing_an_address(probe: list[int], count: int) -> None:
    """Cpsid f; movs r4, 0; ldr r0, =0x60000000; ldr r1, [r0]; adds r4, 1. In IT blocks as well: itt eq, ite eq."""
    code = [CPSID_F, 0x2400, 0x4802, *probe, WFI, *[NOP] * (4 - len(probe)), *literal(0x6000_0000)]
    machine = poke(board(code, [WFI]), (CCR, BFHFNMIGN))
    assert machine.run() is StopReason.IDLE
    assert machine.register(4) == count
    assert machine.fault_registers() == {"CFSR": 0x8200, "HFSR": 0, "BFAR": 0x6000_0000}
    (note,) = [note.text for note in machine.notes if note.kind is NoteKind.FIRMWARE]
    assert note.startswith("BusFault: read of 0x60000000") and note.endswith(": ignored by CCR.BFHFNMIGN")
    with pytest.raises(FirmwareFault, match="lockup"):
        board(code, [WFI]).run()


def test_a_supervisor_call_pends_by_its_bit() -> None:
    machine = poke(board([WFI], [RETURN]), (SHCSR, 1 << 15))
    assert machine.run() is StopReason.IDLE
    assert machine.mark().exceptions == 1


@pytest.mark.parametrize(("name", "ccr"), [("nucleo-g0b1re", 0x208), ("nucleo-l4r5zi", 0x200 | BFHFNMIGN)])
def test_armv6_m_has_a_fixed_configuration(name: str, ccr: int) -> None:
    machine = poke(board([WFI], name=name), (CCR, 0x200 | BFHFNMIGN))
    assert int.from_bytes(machine.read_memory(CCR, 4), "little") == ccr
