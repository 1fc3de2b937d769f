import pytest

from simtiny.machine.peripherals.stm32.watchdogs import Iwdg, Wwdg
from simtiny.machine.system import ResetCause

KR, PR, RLR, SR, WINR, EWCR = range(0x00, 0x18, 4)
TICK = 1000  # cycles of the core in one of LSI


@pytest.fixture
def iwdg(system, config):
    system.clock_hz = {"core": 32e6, "iwdg": 32e3}
    return Iwdg(config("stm32-iwdg", 27, early_warning=True), system)


def start(iwdg, system, prescaler=1, reload=9):
    for key in (0xCCCC, 0x5555):
        iwdg.write(KR, 4, key)
    iwdg.write(PR, 4, prescaler)
    iwdg.write(RLR, 4, reload)
    assert iwdg.read(SR, 4) == 3
    system.run_to(system.cycles + 5 * TICK)
    assert iwdg.read(SR, 4) == 0
    iwdg.write(KR, 4, 0xAAAA)


def test_it_bites_once_it_has_counted_down(system, iwdg):
    start(iwdg, system)
    served = system.cycles
    system.run_to(served + 79 * TICK)
    iwdg.write(KR, 4, 0xAAAA)
    assert system.run_to(served + 300 * TICK) == [served + (79 + 80) * TICK]  # 10 counts of 8 ticks
    assert system.resets == [ResetCause.INDEPENDENT_WATCHDOG]


def test_its_registers_are_locked_and_a_window_may_not_be_missed(system, iwdg):
    start(iwdg, system)
    iwdg.write(RLR, 4, 4000)
    assert iwdg.read(RLR, 4) == 9
    iwdg.write(KR, 4, 0x5555)
    iwdg.write(WINR, 4, 5)
    system.run_to(system.cycles + 40 * TICK)  # from 9 down to 4 is in the window
    iwdg.write(KR, 4, 0xAAAA)
    assert system.resets == []
    system.run_to(system.cycles + 24 * TICK)
    iwdg.write(KR, 4, 0xAAAA)
    assert system.resets == [ResetCause.INDEPENDENT_WATCHDOG]


def test_it_warns_before(system, iwdg):
    start(iwdg, system)
    iwdg.write(KR, 4, 0x5555)
    iwdg.write(EWCR, 4, 1 << 15 | 2)
    iwdg.write(KR, 4, 0xAAAA)
    served = system.cycles
    assert system.run_to(served + 60 * TICK) == [served + 56 * TICK]  # seven counts of 8 ticks
    assert (system.lines[27], iwdg.read(SR, 4) >> 14) == (True, 1)
    iwdg.write(EWCR, 4, 1 << 15 | 1 << 14 | 2)
    assert not system.lines[27]


def test_it_sleeps_until_it_is_started(system, iwdg):
    system.run_to(10**9)
    assert system.resets == []


@pytest.fixture
def wwdg(system, config):
    system.clock_hz = {"core": 8e6, "apb1": 4e6}
    return Wwdg(config("stm32-wwdg", 0, clock="apb1", prescaler_low=7), system)


def test_the_window_watchdog_bites_below_its_last_count(system, wwdg):
    wwdg.write(4, 4, 0x7F | 1 << 9)  # EWI
    wwdg.write(0, 4, 0x80 | 0x42)
    step = 2 * 4096
    assert system.run_to(2 * step) == [2 * step]
    assert (wwdg.read(0, 4), wwdg.read(8, 4), system.lines[0], system.resets) == (0xC0, 1, True, [])
    wwdg.write(8, 4, 0)
    assert not system.lines[0]
    wwdg.write(0, 4, 0x80 | 0x41)
    assert system.run_to(10 * step) == [3 * step, 4 * step]
    assert system.resets == [ResetCause.WINDOW_WATCHDOG]


@pytest.mark.parametrize("written", [0xFF, 0x80])
def test_the_window_watchdog_bites_who_comes_too_early_or_sets_it_too_low(system, wwdg, written):
    wwdg.write(4, 4, 0x50)
    wwdg.write(0, 4, 0x80 | 0x7F)
    wwdg.write(0, 4, written)
    assert system.resets == [ResetCause.WINDOW_WATCHDOG]
