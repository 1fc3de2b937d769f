import pytest

from simtiny.machine.peripherals.psoc6.tcpwm import Tcpwm

CTRL, CTRL_CLR, CTRL_SET, CMD_CAPTURE, CMD_RELOAD, CMD_STOP, CMD_START, INTR_CAUSE = (
    0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x18, 0x1C,
)  # fmt: skip
CNT_CTRL, STATUS, COUNTER, CC, PERIOD, TR_CTRL0, INTR, INTR_MASK = (
    0x100, 0x104, 0x108, 0x10C, 0x114, 0x120, 0x130, 0x138,
)  # fmt: skip
TC, MATCH = 1, 2


@pytest.fixture
def tcpwm(system, config):
    """The core runs at 150 MHz, the counters at 1 MHz: 150 cycles a count."""
    system.clock_hz = {"core": 150e6, "pclk15": 1e6, "pclk16": 1e6}
    return Tcpwm(config("psoc6-tcpwm", 123, 124, counters=2, first_clock=15), system)


def start(tcpwm, counter=0):
    tcpwm.write(CTRL_SET, 4, 1 << counter)
    tcpwm.write(CMD_RELOAD, 4, 1 << counter)


def test_counts_its_clock(tcpwm, system):
    start(tcpwm)
    system.run_to(1_500_149)
    assert tcpwm.read(COUNTER, 4) == 10_000
    system.run_to(1_500_150)
    assert tcpwm.read(COUNTER, 4) == 10_001
    assert tcpwm.read(STATUS, 4) == 1 << 31
    assert system.notes == []


def test_stands_still_until_enabled_and_started(tcpwm, system):
    tcpwm.write(CMD_START, 4, 1)
    system.run_to(15_000)
    assert tcpwm.read(COUNTER, 4) == 0
    tcpwm.write(CTRL_SET, 4, 1)
    system.run_to(30_000)
    assert tcpwm.read(COUNTER, 4) == 0
    tcpwm.write(CMD_START, 4, 1)
    system.run_to(45_000)
    assert tcpwm.read(COUNTER, 4) == 100
    tcpwm.write(CMD_STOP, 4, 1)
    system.run_to(60_000)
    assert tcpwm.read(COUNTER, 4) == 100


def test_overflow_interrupts_at_its_cycle(tcpwm, system):
    tcpwm.write(PERIOD, 4, 999)
    tcpwm.write(INTR_MASK, 4, TC)
    start(tcpwm)
    assert system.run_to(150_000) == [150_000]
    assert system.lines[123]
    assert tcpwm.read(INTR_CAUSE, 4) == 1
    assert tcpwm.read(COUNTER, 4) == 0
    tcpwm.write(INTR, 4, TC)
    assert not system.lines[123]
    assert system.run_to(300_000) == [300_000]


def test_compare_interrupts_first(tcpwm, system):
    tcpwm.write(CC, 4, 400)
    tcpwm.write(PERIOD, 4, 999)
    tcpwm.write(INTR_MASK, 4, MATCH)
    start(tcpwm)
    assert system.run_to(100_000) == [60_000]
    assert tcpwm.read(INTR, 4) == MATCH


def test_many_periods_at_once(tcpwm, system):
    tcpwm.write(PERIOD, 4, 9)
    start(tcpwm)
    system.run_to(150 * 10 * 1_000_000 + 150 * 7)
    assert tcpwm.read(COUNTER, 4) == 7
    assert tcpwm.read(INTR, 4) & TC


def test_one_shot_stops(tcpwm, system):
    tcpwm.write(CNT_CTRL, 4, 1 << 18)
    tcpwm.write(PERIOD, 4, 9)
    start(tcpwm)
    system.run_to(100_000)
    assert tcpwm.read(STATUS, 4) == 0
    assert tcpwm.read(COUNTER, 4) == 0


def test_prescaler_and_second_counter(tcpwm, system):
    tcpwm.write(CNT_CTRL + 0x40, 4, 3 << 8)  # divide by 8
    start(tcpwm, 1)
    system.run_to(120_000)
    assert tcpwm.read(COUNTER + 0x40, 4) == 100
    assert tcpwm.read(COUNTER, 4) == 0
    assert tcpwm.read(CTRL, 4) == 2


def test_capture(tcpwm, system):
    start(tcpwm)
    system.run_to(15_000)
    tcpwm.write(CMD_CAPTURE, 4, 1)
    system.run_to(30_000)
    assert tcpwm.read(CC, 4) == 100
    assert tcpwm.read(COUNTER, 4) == 200


def test_clock_change_banks_the_count(tcpwm, system):
    start(tcpwm)
    system.run_to(15_000)
    system.set_clocks({"pclk15": 2e6})
    system.run_to(30_000)
    assert tcpwm.read(COUNTER, 4) == 300


def test_16_bits_wrap(system, config):
    system.clock_hz = {"core": 1e6, "pclk23": 1e6}
    tcpwm = Tcpwm(config("psoc6-tcpwm", counters=1, first_clock=23, bits=16), system)
    start(tcpwm)
    system.run_to(65_536 + 5)
    assert tcpwm.read(COUNTER, 4) == 5


def test_other_modes_are_noted(tcpwm, system):
    tcpwm.write(CNT_CTRL, 4, 4 << 24)  # PWM
    tcpwm.write(CTRL_SET, 4, 1)
    assert system.notes == ["BLOCK: only timers that count their clock upwards are modelled"]
