import pytest

from simtiny.machine.peripherals.stm32.timer import ARR, CNT, CR1, DIER, EGR, PSC, SR, Timer

CEN, URS, OPM, ARPE, UDIS = 1, 4, 8, 0x80, 2
CCR1 = 0x34


@pytest.fixture
def timer(system, config):
    """Core 120 MHz, timer clock 30 MHz: one input tick is 4 cycles."""
    system.clock_hz = {"core": 120e6, "apb1_timer": 30e6}
    return Timer(config("stm32-timer", 28, clock="apb1_timer"), system)


def start(timer, prescaler, reload, control=CEN):
    timer.write(PSC, 4, prescaler)
    timer.write(ARR, 4, reload)
    timer.write(EGR, 4, 1)
    timer.write(SR, 4, 0)
    timer.write(CR1, 4, control)


def test_counts_at_the_prescaled_clock(system, timer):
    start(timer, 29, 0xFFFF)  # 30 MHz / 30 = 1 MHz: 120 cycles a count
    system.run_to(119)
    assert timer.read(CNT, 4) == 0
    system.run_to(120)
    assert timer.read(CNT, 4) == 1
    system.run_to(120 * 1000 + 119)
    assert timer.read(CNT, 4) == 1000


def test_wraps_after_the_reload_value_and_flags_the_update(system, timer):
    start(timer, 0, 9)  # 10 counts of 4 cycles: one period is 40 cycles
    system.run_to(39)
    assert (timer.read(CNT, 4), timer.read(SR, 4) & 1) == (9, 0)
    system.run_to(40)
    assert (timer.read(CNT, 4), timer.read(SR, 4) & 1) == (0, 1)
    timer.write(SR, 4, 0)
    system.run_to(40 * 1_000_003 + 8)
    assert (timer.read(CNT, 4), timer.read(SR, 4) & 1) == (2, 1)


def test_reading_often_or_once_gives_the_same_count(system, config):
    system.clock_hz = {"core": 120e6, "apb1_timer": 45e6}  # 8/3 cycles a tick
    often, once = (Timer(config("stm32-timer", clock="apb1_timer"), system) for _ in range(2))
    for timer in (often, once):
        start(timer, 6, 12)
    for cycle in range(1, 4001, 7):
        system.run_to(cycle)
        often.read(CNT, 4)
    system.run_to(4001)
    # 4001 cycles = 1500.375 ticks = 214 counts; 214 mod 13 = 6
    assert often.read(CNT, 4) == once.read(CNT, 4) == 6


def test_update_interrupt_fires_each_period_while_acknowledged(system, timer):
    start(timer, 2, 99)  # 100 counts of 12 cycles
    timer.write(DIER, 4, 1)
    assert system.run_to(1200) == [1200]
    assert system.lines[28]
    assert system.deadlines == []  # nothing more to do until the flag is cleared
    timer.write(SR, 4, 0)
    assert not system.lines[28]
    assert system.deadlines == [2400]
    assert system.run_to(2400) == [2400]


def test_prescaler_takes_effect_at_the_next_update(system, timer):
    start(timer, 0, 9)
    timer.write(PSC, 4, 4)
    system.run_to(36)
    assert timer.read(CNT, 4) == 9  # still 4 cycles a count
    system.run_to(40 + 20)
    assert timer.read(CNT, 4) == 1  # now 20 cycles a count
    system.run_to(40 + 200 + 40)
    assert timer.read(CNT, 4) == 2


def test_buffered_reload_waits_for_the_update(system, timer):
    start(timer, 0, 9, CEN | ARPE)
    timer.write(ARR, 4, 4)
    system.run_to(36)
    assert timer.read(CNT, 4) == 9
    system.run_to(40 + 5 * 4)
    assert timer.read(CNT, 4) == 0


def test_one_pulse_mode_stops_at_the_update(system, timer):
    start(timer, 0, 9, CEN | OPM)
    system.run_to(1000)
    assert timer.read(CR1, 4) & CEN == 0
    assert timer.read(CNT, 4) == 0
    assert timer.read(SR, 4) & 1


def test_update_request_source(system, timer):
    timer.write(EGR, 4, 1)
    assert timer.read(SR, 4) & 1
    timer.write(SR, 4, 0)
    timer.write(CR1, 4, URS)
    timer.write(EGR, 4, 1)
    assert timer.read(SR, 4) & 1 == 0


def test_update_disable_keeps_the_flag_down(system, timer):
    start(timer, 0, 9, CEN | UDIS)
    system.run_to(44)
    assert (timer.read(CNT, 4), timer.read(SR, 4) & 1) == (1, 0)


def test_clock_change_banks_the_count(system, timer):
    start(timer, 0, 0xFFFF)
    system.run_to(400)  # 100 ticks
    system.set_clocks({"core": 120e6, "apb1_timer": 120e6})
    system.run_to(450)  # 50 more at one cycle a tick
    assert timer.read(CNT, 4) == 150


def test_clock_change_moves_the_pending_interrupt(system, timer):
    start(timer, 0, 99)
    timer.write(DIER, 4, 1)
    assert system.deadlines == [400]
    system.run_to(200)
    system.set_clocks({"core": 120e6, "apb1_timer": 120e6})
    system.run_to(249)
    assert not system.lines.get(28)
    system.run_to(250)
    assert system.lines[28]


def test_compare_flag_and_its_own_line(system, config):
    system.clock_hz = {"core": 80e6, "apb2_timer": 80e6}
    timer = Timer(config("stm32-timer", 25, 27, clock="apb2_timer"), system)
    start(timer, 0, 999)
    timer.write(CCR1, 4, 250)
    timer.write(DIER, 4, 2)
    assert system.run_to(249) == []
    assert system.run_to(250) == [250]
    assert system.lines == {27: True}
    timer.write(SR, 4, ~2 & 0xFFFF)
    assert system.lines == {27: False}
    assert system.deadlines == [1250]


def test_thirty_two_bits(system, config):
    system.clock_hz = {"core": 100e6, "t": 100e6}
    timer = Timer(config("stm32-timer", clock="t", bits=32), system)
    assert timer.read(ARR, 4) == 0xFFFFFFFF
    timer.write(CR1, 4, CEN)
    system.run_to(5_000_000_000)
    assert timer.read(CNT, 4) == 5_000_000_000 - 2**32


def test_writes_to_a_running_counter(system, timer):
    start(timer, 0, 0xFFFF)
    system.run_to(4000)
    timer.write(CNT, 4, 5)
    system.run_to(4040)
    assert timer.read(CNT, 4) == 15


def test_counter_set_beyond_the_reload_value_runs_to_its_top(system, timer):
    start(timer, 0, 9)
    timer.write(CNT, 4, 0xFFFE)
    system.run_to(4)
    assert timer.read(CNT, 4) == 0xFFFF
    system.run_to(12)
    assert timer.read(CNT, 4) == 1


def test_reload_of_zero_blocks(system, timer):
    start(timer, 0, 0)
    timer.write(DIER, 4, 1)
    assert system.run_to(10_000) == []
    assert timer.read(CNT, 4) == 0


def test_other_modes_are_noted_once(system, timer):
    timer.write(CR1, 4, 1 << 4)
    timer.write(CR1, 4, 1 << 4 | CEN)
    assert len(system.notes) == 1
    assert "down-counting" in system.notes[0]


def test_asks_for_dma_until_it_is_served(system, config):
    """TIM2 overflows every 100 cycles and meets its first compare value at 40."""
    system.clock_hz = {"core": 1e6, "tim": 1e6}
    timer = Timer(config("stm32-timer", clock="tim", bits=32), system)
    for register, word in ((0x2C, 99), (0x34, 40), (0x0C, 3 << 8), (0x00, 1)):  # ARR, CCR1, UDE and CC1DE, CEN
        timer.write(register, 4, word)
    system.run_to(39)
    assert system.requests == {}
    system.run_to(99)
    assert system.requests == {"BLOCK.ch1": True}
    system.run_to(100)
    assert system.requests == {"BLOCK.ch1": True, "BLOCK.up": True}
    timer.request_served("ch1")
    timer.request_served("ch3")
    assert system.requests == {"BLOCK.ch1": False, "BLOCK.up": True}
    system.run_to(140)
    assert system.requests["BLOCK.ch1"]
    timer.write(0x0C, 4, 0)
    assert system.requests == {"BLOCK.ch1": False, "BLOCK.up": False}
    assert system.notes == []


def test_a_channel_that_captures_meets_no_compare(system, timer):
    timer.write(0x18, 4, 1)  # CCMR1: channel 1 captures
    timer.write(CCR1, 4, 3)
    timer.write(CCR1 + 4, 4, 3)
    start(timer, 0, 9)
    system.run_to(20)
    assert timer.read(SR, 4) & 6 == 4
    assert system.notes == ["BLOCK: a channel captures: no edge ever reaches it"]
