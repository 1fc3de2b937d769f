"""Firmware that gets nowhere is told from firmware that works or waits, by counting."""

import pytest

from simtiny.machine import effort, standstill, stuck
from simtiny.machine.effort import Effort
from simtiny.machine.machine import StopReason
from tests.machine.bare import CODE, HERE, NOP, board, literal

SYSTICK = 0xE000_E010


def with_systick(reload: int, body: list[int], mask: int = NOP) -> list[int]:
    """SysTick with interrupts every `reload` + 1 cycles, then `body`."""
    # ldr r0, =SYST_CSR; ldr r1, =reload; str r1, [r0, 4]; movs r1, 7; str r1, [r0]; the mask; b over the literals
    setup = [0x4803, 0x4904, 0x6041, 0x2107, 0x6001, mask, 0xE003, NOP]
    return [*setup, *literal(SYSTICK), *literal(reload), *body]


def test_svc_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effort, "ALLOWED", 20 * effort.EXCEPTION)
    machine = board([0xDF00, 0xE7FD])  # svc 0; b to it
    assert machine.run() is StopReason.STORM
    assert machine.explanation.startswith("SVCall was taken ")
    assert "by its handler 0x08000100" in machine.explanation


def test_resets_without_end() -> None:
    # ldr r0, =AIRCR; ldr r1, =VECTKEY and SYSRESETREQ; str r1, [r0]; b .
    machine = board([0x4801, 0x4902, 0x6001, HERE, *literal(0xE000_ED0C), *literal(0x05FA_0004)])
    assert machine.run() is StopReason.STORM
    assert machine.explanation == f"it has reset itself {effort.MOST_RESETS + 1} times by SYSRESETREQ in AIRCR"


def test_a_masked_interrupt_that_ends_every_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effort, "ALLOWED", 100 * effort.TURN)
    machine = board(with_systick(500, [0xBF30, 0xE7FD], mask=0xB672))  # wfi; b to it; cpsid i
    assert machine.run() is StopReason.STORM
    assert machine.explanation.endswith("SysTick is pending and never taken")


@pytest.mark.parametrize(
    "loop",
    [
        [HERE],
        [NOP, NOP, 0xE7FC],  # b to the first
        [0x2200, 0xE7FD],  # movs r2, 0; b to it
    ],
)
def test_a_loop_that_nothing_ends(loop: list[int]) -> None:
    machine = board(loop)
    assert machine.run() is StopReason.ENDLESS
    assert machine.explanation.startswith(f"it loops at 0x{CODE:08x}, which changes nothing")
    assert machine.cycles < 5_000_000


def test_a_loop_that_counts_is_none() -> None:
    machine = board([0x3201, 0xE7FD])  # adds r2, 1; b to it
    assert machine.run(limit_cycles=10_000_000) is StopReason.LIMIT
    assert not machine.explanation


def test_an_explanation_is_that_of_the_last_run() -> None:
    machine = board([HERE])
    assert machine.run() is StopReason.ENDLESS
    assert machine.explanation
    assert machine.run(limit_cycles=1_000) is StopReason.LIMIT
    assert not machine.explanation


def test_a_loop_that_only_counts_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standstill, "STRETCH_CYCLES", 1_000_000)
    machine = board([0x3201, 0xE7FD])
    assert machine.run() is StopReason.ENDLESS
    assert machine.explanation.startswith("for 3,000,000 cycles nothing has changed in RAM")
    assert 3_000_000 <= machine.cycles < 6_000_000  # the machine looks twice a million cycles


def test_a_delay_that_is_counted_in_a_register_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standstill, "STRETCH_CYCLES", 1_000_000)
    # movs r2, 9; lsls r2, r2, 16; subs r2, 1; bne to that; b .: 589,824 rounds of 3 to 4 cycles
    machine = board([0x2209, 0x0412, 0x3A01, 0xD1FD, HERE])
    assert machine.run() is StopReason.ENDLESS
    assert machine.explanation.startswith(f"it loops at 0x{CODE + 8:08x}, which changes nothing")
    assert machine.cycles > 1_700_000


def test_a_long_loop_that_nothing_ends_is_told_after_one_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standstill, "STRETCH_CYCLES", 1_000_000)
    branches = 100  # b to the next, so each is a block
    machine = board([0xE7FF] * branches + [0xE000 | (-(branches + 2) & 0x7FF)])
    assert machine.run() is StopReason.ENDLESS
    assert machine.explanation.startswith(f"it loops at 0x{CODE:08x} to 0x{CODE + 2 * branches:08x}, which changes")
    assert machine.cycles < 3_000_000


def test_a_loop_that_an_interrupt_may_end_is_none() -> None:
    machine = board(with_systick(100_000, [HERE]))
    assert machine.run(limit_cycles=20_000_000) is StopReason.LIMIT


def test_a_long_loop_that_an_interrupt_will_end_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing changes for more stretches than firmware that works needs, but the tick is due."""
    monkeypatch.setattr(standstill, "STRETCH_CYCLES", 1_000_000)
    machine = board(with_systick(0xFF_FFFF, [0x3201, 0xE7FD]))  # adds r2, 1; b to it
    assert machine.run(limit_cycles=16_000_000) is StopReason.LIMIT


def test_code_that_rewrites_itself_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effort, "ALLOWED", 40_000)
    # ldr r0, =RAM; ldr r3, =0x47702100; adds r5, r0, 1; str r3, [r0]; adds r3, 1; blx r5; b to the store
    code = [0x4803, 0x4B04, 0x1C45, 0x6003, 0x3301, 0x47A8, 0xE7FB, NOP, *literal(0x2000_0000), *literal(0x4770_2100)]
    machine = board(code)
    assert machine.run(limit_cycles=10_000_000) is StopReason.STORM
    assert "to code that had changed" in machine.explanation
    assert machine.cycles < 40_000


def test_instructions_that_the_emulator_is_helped_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effort, "ALLOWED", 4_000)
    machine = board([0xF3EF, 0x8014, 0x3101, 0xE7FB])  # mrs r0, control; adds r1, 1; b to the first
    assert machine.run(limit_cycles=100_000_000) is StopReason.STORM
    assert "MRS and MSR of CONTROL" in machine.explanation


def test_a_loop_under_primask_is_one_though_systick_goes_on() -> None:
    machine = board(with_systick(100_000, [HERE], mask=0xB672))
    assert machine.run() is StopReason.ENDLESS


def test_the_register_that_is_polled_is_named() -> None:
    # ldr r0, =USART2; ldr r1, [r0, 0x1c]; b to that
    machine = board([0x4801, 0x69C1, 0xE7FD, NOP, *literal(0x4000_4400)])
    assert machine.run() is StopReason.ENDLESS
    assert machine.explanation.endswith("polling USART2 ISR (0x4000441c), which nothing changes")


def test_a_timer_that_stands_still_is_polled_without_end() -> None:
    # ldr r0, =TIM2; ldr r1, [r0, 0x10]; lsls r1, r1, 31; bpl to the load
    machine = board([0x4801, 0x6901, 0x07C9, 0xD5FC, *literal(0x4000_0000)])
    assert machine.run() is StopReason.ENDLESS
    assert machine.explanation.endswith("polling TIM2 SR (0x40000010) bit 0, which nothing changes")


def test_a_counter_beside_the_register_that_is_polled_ends_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effort, "ALLOWED", 50_000)
    # ldr r0, =RCC; adds r2, 1; ldr r1, [r0]; tst r1, r3; b to the addition
    machine = board([0x4802, 0x3201, 0x6801, 0x4219, 0xE7FB, NOP, *literal(0x4002_1000)])
    assert machine.run() is StopReason.POLLING
    assert machine.explanation.endswith("reads of registers, of RCC CR (0x40021000) now")


def test_looking_for_loops_changes_no_count(monkeypatch: pytest.MonkeyPatch) -> None:
    cycles = []
    for first_look in (1_000, 1 << 40):
        monkeypatch.setattr(standstill, "FIRST_LOOK_CYCLES", first_look)
        machine = board(with_systick(1_000, [0x3201, 0x4053, 0xE7FC]))  # adds r2, 1; eors r3, r2; b to the first
        machine.run(limit_cycles=200_000)
        cycles.append((machine.cycles, machine.register(2), machine.register(3)))
    assert cycles[0] == cycles[1]


def interrupts(count: int, cycles_each: int, asleep: bool = False) -> Effort:
    """Those of a timer."""
    cycles = count * cycles_each
    awake, sleeping = (0, cycles) if asleep else (cycles, 0)
    return Effort(0, count, count, count, 0, 0, 0, awake, sleeping)


def test_a_fast_tick_over_work_is_allowed_for_ever() -> None:
    assert not interrupts(10_000_000, 2_400).is_too_much()
    assert interrupts(100_000, 1_000).is_too_much()


def test_a_tick_that_ends_sleep_is_allowed_for_minutes() -> None:
    assert not interrupts(60_000, 100_000, asleep=True).is_too_much()


def test_a_second_of_console_by_interrupts_is_allowed() -> None:
    """11,520 characters, each with its interrupt, a status and a data register."""
    assert not Effort(0, 11_520, 0, 11_520, 3 * 11_520, 2 * 11_520, 0, 0, 0).is_too_much()


def test_dma_without_end_is_not() -> None:
    """Five cycles an item of two accesses, for a second at 16 MHz, and the first 65,535 of them."""
    assert Effort(0, 0, 0, 0, 0, 0, 0, 16_000_000, 0, moved=6_400_000).is_too_much()
    assert Effort(0, 0, 0, 0, 0, 0, 0, 16_000_000, 0, moved=6_400_000).is_moving()
    assert not Effort(0, 0, 0, 0, 0, 0, 0, 327_675, 0, moved=131_070).is_too_much()


def test_transfers_that_are_polled_are_no_storm_of_the_tick() -> None:
    """A display behind an SPI at 64 MHz: 89 bytes and seven reads each a tick. An interrupt a byte is one."""
    polled = Effort(0, 1_472, 129_263, 129_263, 766_796, 128_034, 0, 94_272_949, 0)
    assert not polled.is_polling() and polled.is_by_peripherals()
    assert not Effort(0, 129_263, 129_263, 129_263, 766_796, 128_034, 0, 94_272_949, 0).is_by_peripherals()
    assert stuck.transfers(polled, ["SPI1 SR", "SPI1 DR"]) == (
        "129,263 times a peripheral was done with something, with 766,796 reads and 128,034 writes of registers, "
        "of SPI1 SR and SPI1 DR now"
    )
