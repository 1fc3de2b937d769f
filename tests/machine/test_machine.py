"""Sleep, watches and the host's side of the machine."""

import pytest

from simtiny.machine.machine import Machine, StopReason
from tests.machine.programs import loader
from tests.machine.programs.loader import RESULTS, after, boot, results, symbol, word

SVC, SYSTICK, IRQ0 = 11, 15, 16


def pulse(machine: Machine) -> None:
    machine.set_irq(0, True, "host")
    machine.set_irq(0, False, "host")


# --- sleep --------------------------------------------------------------------------------------------------------


def test_sleep_skips_to_the_next_event() -> None:
    machine = boot("clocks", "sleeping_ticks", {SYSTICK: "nothing_handler"})
    start = machine.mark()
    assert machine.run(limit_cycles=10_000_000) is StopReason.IDLE
    profile = machine.profile(start, machine.mark())
    assert profile.exceptions == 50
    assert abs(profile.cycles - 50 * 10_000) < 200
    # Awake: 50 times 22 cycles of exception, the handler and the loop.
    assert 50 * 9_940 < profile.sleep_cycles < 50 * 9_975
    awake = sum(profile.edges[:, 2])
    assert awake < 300


def test_sleep_in_slices_is_the_same_sleep() -> None:
    def run(slice_cycles: int) -> tuple[int, int, int]:
        machine = boot("clocks", "sleeping_ticks", {SYSTICK: "nothing_handler"})
        while machine.run(limit_cycles=slice_cycles) is not StopReason.IDLE:
            pass
        mark = machine.mark()
        return mark.cycles, mark.sleep_cycles, int(mark.edges.sum())

    assert run(777) == run(9_999) == run(10_000_000)


def test_wfi_wakes_under_primask_and_the_handler_runs_after_it() -> None:
    machine = boot("clocks", "masked_sleep", {SYSTICK: "masked_sleep_handler"})
    assert machine.run(limit_cycles=100_000) is StopReason.IDLE
    assert results(machine, 3) == [0xA1, 0xFF, 0xA2]
    assert 10_000 < machine.cycles < 10_200


def test_basepri_holds_back_the_wake_up() -> None:
    machine = boot("clocks", "basepri_sleep", {SYSTICK: "nothing_handler"})
    assert machine.run(limit_cycles=100_000) is StopReason.LIMIT
    mark = machine.mark()
    assert mark.exceptions == 0
    assert mark.sleep_cycles > 99_900


def test_wfe_takes_events_that_came_before_it() -> None:
    machine = boot("clocks", "events", {SVC: "nothing_handler", SYSTICK: "nothing_handler"})
    times: list[int] = []
    machine.on_stimulus = lambda port, value: times.append(machine.cycles)
    assert machine.run(limit_cycles=100_000) is StopReason.IDLE
    assert times[0] < 20  # SEV
    assert times[1] - times[0] < 60  # the exception SVC
    assert 10_000 <= times[2] - times[1] < 10_100  # SysTick ends the sleep
    assert times[3] - times[2] < 50  # and was an event
    assert 9_950 <= times[4] - times[3] < 10_010  # the second sleep, to the next tick


def test_idle_until_the_host_does_something() -> None:
    machine = boot("clocks", "wait_for_host", {IRQ0: "nothing_handler"})
    for wake_ups in range(1, 4):
        assert machine.run(limit_cycles=100_000) is StopReason.IDLE
        idle_since = machine.cycles
        assert machine.run(limit_cycles=100_000) is StopReason.IDLE  # nothing has happened
        assert machine.cycles == idle_since
        after(machine, 5_000, lambda: pulse(machine))
        assert machine.run(limit_cycles=100_000) is StopReason.IDLE
        assert word(machine, RESULTS) == wake_ups
        assert 5_000 <= machine.cycles - idle_since < 5_100


def test_cancelled_event_does_not_pass_time() -> None:
    machine = boot("clocks", "wait_for_host", {IRQ0: "nothing_handler"})
    handle = machine.schedule(50_000, lambda: None)
    machine.cancel(handle)
    assert machine.run(limit_cycles=100_000) is StopReason.IDLE
    assert machine.cycles < 100


# --- stop and limit -----------------------------------------------------------------------------------------------


def test_limit_is_reached_at_the_end_of_a_block() -> None:
    machine = boot("faults", "endless")
    assert machine.run(limit_cycles=1_000) is StopReason.LIMIT
    assert 1_000 <= machine.cycles <= 1_002
    assert machine.run(limit_cycles=1_000) is StopReason.LIMIT
    assert 2_000 <= machine.cycles <= 2_004


def test_stop_from_an_event() -> None:
    machine = boot("faults", "endless")
    after(machine, 500, machine.stop)
    assert machine.run(limit_cycles=10_000) is StopReason.CONDITION
    assert 500 <= machine.cycles <= 502


def test_stop_without_its_condition_goes_on() -> None:
    machine = boot("faults", "endless")
    for cycles in (100, 200, 300):
        after(machine, cycles, machine.stop)
    assert machine.run(until=lambda: machine.cycles >= 250, limit_cycles=10_000) is StopReason.CONDITION
    assert 300 <= machine.cycles <= 302


def test_ram_used_is_what_was_written() -> None:
    machine = boot("counting", "mixed")
    assert machine.ram_used() == 0
    machine.run(limit_cycles=1_000_000)
    # One result; the recursion's 13 frames of 8 bytes.
    assert machine.ram_used() == 16 + 112


# --- watches ------------------------------------------------------------------------------------------------------


def watch(machine: Machine, name: str, label: str, offset: int = 0) -> list[int]:
    times: list[int] = []
    machine.watch(symbol(name, label) + offset, lambda: times.append(machine.cycles))
    return times


@pytest.mark.parametrize("slice_cycles", [10_000_000, 50])
def test_watch_is_called_once_a_passage(slice_cycles: int) -> None:
    machine = boot("counting", "mixed")
    long_block = watch(machine, "counting", "long_block")
    middle = watch(machine, "counting", "long_block", 2 * 700)
    triangle = watch(machine, "counting", "triangle")
    while machine.run(limit_cycles=slice_cycles) is not StopReason.IDLE:
        pass
    assert len(long_block) == len(middle) == 12
    assert len(triangle) == sum(n + 1 for n in range(1, 13))  # n, n - 1, ... 0
    assert all(start < end for start, end in zip(long_block, middle, strict=True))


def test_watch_changes_no_count() -> None:
    def run(watching: bool) -> tuple[int, int, int]:
        machine = boot("counting", "mixed")
        if watching:
            watch(machine, "counting", "triangle")
        machine.run(limit_cycles=1_000_000)
        return machine.cycles, int(machine.mark().edges.sum()), word(machine, RESULTS)

    assert run(True) == run(False)


def test_watch_added_while_running() -> None:
    """The block has run before, so it is known without its watch."""
    machine = boot("counting", "interrupted")
    before: list[int] = []
    first = symbol("counting", "interrupted_pass")

    def add() -> None:
        machine.watch(first, lambda: before.append(machine.cycles))

    after(machine, 3_000, add)
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    assert before[0] >= 3_000
    passes_before = sum(1 for time in before if time < 3_000)
    assert passes_before == 0
    assert 600 < len(before) < 1000


def test_stop_in_a_watch_and_go_on() -> None:
    machine = boot("counting", "mixed")
    calls: list[int] = []

    def called() -> None:
        calls.append(machine.cycles)
        machine.stop()

    machine.watch(symbol("counting", "long_block"), called)
    for number in range(1, 13):
        assert machine.run(limit_cycles=1_000_000) is StopReason.CONDITION
        assert len(calls) == number
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    assert len(calls) == 12


@pytest.mark.parametrize("handler_watched", [False, True])
def test_interrupt_from_a_watch_runs_before_the_watched_block(handler_watched: bool) -> None:
    machine = boot("counting", "interrupted", {IRQ0: "counting_handler"})
    calls: list[str] = []

    def in_thread() -> None:
        calls.append("thread")
        if len(calls) == 10:
            machine.set_irq(0, True, "watch")
            machine.set_irq(0, False, "watch")

    machine.watch(symbol("counting", "interrupted_pass"), in_thread)
    if handler_watched:
        machine.watch(symbol("counting", "counting_handler"), lambda: calls.append("handler"))
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    assert machine.mark().exceptions == 1
    # The first pass is part of the block before the loop: it has the watched instruction too. A watch inside of the
    # interrupt makes the machine forget that it had called the thread's.
    assert calls.count("thread") == 1000 + handler_watched
    assert calls.index("handler") == 10 if handler_watched else "handler" not in calls


# --- the programs themselves --------------------------------------------------------------------------------------


@pytest.mark.skipif(not loader.HAVE_TOOLS, reason="no Arm assembler")
@pytest.mark.parametrize("name", loader.names())
def test_checked_in_bytes_are_what_the_source_assembles_to(name: str) -> None:
    assert loader.assemble(name) == (loader.FOLDER / f"{name}.txt").read_text()
