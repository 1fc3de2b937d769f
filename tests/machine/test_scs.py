"""SysTick and DWT against the machine's clock. Arm v7-M ARM, B3.3 and C1.8."""

import pytest

from simtiny.machine.machine import Machine, StopReason
from tests.machine.programs.loader import boot, results, word

SYSTICK = 15
TICKS = 0x2000_0000


def told(entry: str, handlers: dict[int, str] | None = None) -> tuple[Machine, list[tuple[int, int, int]]]:
    """Run to the end; (port, value, cycles) of every write to a stimulus port."""
    machine = boot("clocks", entry, handlers)
    events: list[tuple[int, int, int]] = []
    machine.on_stimulus = lambda port, value: events.append((port, value, machine.cycles))
    assert machine.run(limit_cycles=10_000_000) is StopReason.IDLE
    return machine, events


def test_cyccnt_counts_the_machines_cycles() -> None:
    machine, events = told("cyccnt")
    (_, first, first_cycles), (_, second, second_cycles) = events
    assert second - first == second_cycles - first_cycles
    # SUBS and a taken BNE with one cycle of refill are 3 cycles, 1000 passes
    assert 3000 <= second - first <= 3030
    held, still_held = results(machine, 4)[2:]
    assert held == still_held >= second


def test_systick_value_counts_the_machines_cycles_down() -> None:
    _, ((_, first, first_cycles), (_, second, second_cycles)) = told("systick_value")
    assert first - second == second_cycles - first_cycles
    assert 0xFF000 < second < first <= 0xFFFFF


def test_countflag_is_set_once_a_period_and_cleared_by_reading() -> None:
    _, events = told("systick_polled")
    flags = [(value, cycles) for port, value, cycles in events if port == 0]
    cleared = [value for port, value, _ in events if port == 1]
    assert [value for value, _ in flags] == [0x1_0005] * 20
    assert cleared == [0x5] * 20
    times = [cycles for _, cycles in flags]
    # Seen by a polling loop of some 10 cycles: 3000 cycles apart, without drift
    assert all(abs(time - times[0] - 3000 * n) <= 25 for n, time in enumerate(times))


@pytest.mark.parametrize("entry", ["systick_interrupts", "systick_slow"])
def test_period_is_exact_over_many_periods(entry: str) -> None:
    """RELOAD 4799 at the core clock, RELOAD 599 at an eighth of it: 4800 cycles each."""
    machine = boot("clocks", entry, {SYSTICK: "tick_handler"})
    for cycles in (48_000, 480_000, 2_000_000):
        machine.run(limit_cycles=cycles - machine.cycles)
        assert abs(word(machine, TICKS) - machine.cycles // 4800) <= 1
    assert machine.mark().exceptions == word(machine, TICKS)


def test_ticks_come_in_time_with_slices_of_any_length() -> None:
    whole = boot("clocks", "systick_interrupts", {SYSTICK: "tick_handler"})
    whole.run(limit_cycles=300_000)
    sliced = boot("clocks", "systick_interrupts", {SYSTICK: "tick_handler"})
    while sliced.cycles < 300_000:
        sliced.run(limit_cycles=min(997, 300_000 - sliced.cycles))
    assert sliced.cycles == whole.cycles
    assert word(sliced, TICKS) == word(whole, TICKS)
    assert sliced.mark().exception_cycles == whole.mark().exception_cycles == 22 * word(whole, TICKS)
