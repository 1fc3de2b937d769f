import pytest

from simtiny.machine.peripherals.stm32.lptim import ARR, CFGR, CMP, CNT, CR, ICR, IER, ISR, LpTimer

ENABLE, SINGLE, CONTINUOUS = 1, 2, 4
CMPM, ARRM, CMPOK, ARROK = 1, 2, 8, 16


@pytest.fixture
def timer(system, config):
    """Core 32.768 MHz, kernel clock LSE: a tick is 1000 cycles."""
    system.clock_hz = {"core": 32.768e6, "lptim1": 32_768.0}
    return LpTimer(config("stm32-lptim", 65, clock="lptim1"), system)


def test_counts_over_and_over(system, timer):
    timer.write(CFGR, 4, 1 << 9)  # by 2
    timer.write(CR, 4, ENABLE)
    timer.write(ARR, 4, 9)
    timer.write(CMP, 4, 4)
    assert timer.read(ISR, 4) == ARROK | CMPOK
    timer.write(ICR, 4, ARROK | CMPOK)
    timer.write(CR, 4, ENABLE | CONTINUOUS)
    system.run_to(7_999)
    assert (timer.read(CNT, 4), timer.read(ISR, 4)) == (3, 0)
    system.run_to(8_000)
    assert (timer.read(CNT, 4), timer.read(ISR, 4)) == (4, CMPM)
    system.run_to(18_000)
    assert (timer.read(CNT, 4), timer.read(ISR, 4)) == (9, CMPM | ARRM)
    system.run_to(20_000 * 7 + 2_000)
    assert timer.read(CNT, 4) == 1
    assert timer.steady_until(CNT) == 20_000 * 7 + 4_000


def test_without_its_clock_it_counts_that_of_the_ahb_and_says_so(system, timer):
    system.set_clocks({"lptim1": 0.0})
    timer.write(CR, 4, ENABLE)
    timer.write(ARR, 4, 99)
    timer.write(CR, 4, ENABLE | CONTINUOUS)
    system.run_to(42)
    assert timer.read(CNT, 4) == 42
    assert [note.partition(": on the chip")[2] for note in system.notes] == [
        " it stands still; here it runs on the clock of the AHB"
    ]


def test_a_single_turn_ends(system, timer):
    timer.write(CR, 4, ENABLE)
    timer.write(ARR, 4, 9)
    timer.write(CR, 4, ENABLE | SINGLE)
    system.run_to(25_000)
    assert (timer.read(CNT, 4), timer.read(ISR, 4) & ARRM) == (0, ARRM)


def test_interrupts_come_once_a_period_while_acknowledged(system, timer):
    timer.write(IER, 4, ARRM)
    timer.write(CR, 4, ENABLE)
    timer.write(ARR, 4, 9)
    timer.write(CR, 4, ENABLE | CONTINUOUS)
    assert system.run_to(40_000) == [9_000]
    assert system.lines[65]
    timer.write(ICR, 4, ARRM)
    assert not system.lines[65]
    assert system.run_to(50_000) == [49_000]


def test_it_starts_only_once_enabled_and_says_that_enables_are_taken(system, config, timer):
    timer.write(CR, 4, CONTINUOUS)
    system.run_to(10_000)
    assert timer.read(CNT, 4) == 0
    newer = LpTimer(config("stm32-lptim", clock="lptim1", generation="ccr"), system)
    newer.write(CR, 4, ENABLE)
    newer.write(IER, 4, ARRM)
    assert newer.read(ISR, 4) == 1 << 24  # DIEROK
