import pytest
from numpy.random import PCG64

from simtiny.machine.peripherals.stm32.rng import Rng
from simtiny.machine.system import ResetCause

CR, SR, DR = 0x00, 0x04, 0x08
RNGEN, IE, CED = 1 << 2, 1 << 3, 1 << 5


@pytest.fixture
def rng(system, config):
    system.clock_hz = {"core": 96e6, "rng": 48e6}  # a cycle of the generator is 2 of the core
    return Rng(config("stm32-rng", 80), system)


def test_a_number_takes_its_time_and_is_read_once(system, rng):
    rng.write(CR, 4, RNGEN)
    assert (rng.read(SR, 4), rng.read(DR, 4)) == (0, 0)
    assert system.run_to(100) == [80]
    assert rng.read(SR, 4) == 1
    assert rng.read(DR, 4) == int(PCG64(0).random_raw()) >> 32
    assert (rng.read(SR, 4), rng.read(DR, 4)) == (0, 0)
    assert system.run_to(200) == [180]


def test_conditioned_numbers_come_by_four(system, config):
    system.clock_hz = {"core": 96e6, "rng": 48e6}
    rng = Rng(config("stm32-rng", conditioned=True), system)
    rng.write(CR, 4, RNGEN)
    assert system.run_to(900) == [824]
    assert len({rng.read(DR, 4) for _ in range(4)}) == 4
    assert rng.read(DR, 4) == 0


def test_the_seed_decides_and_a_reset_goes_on(system, config, rng):
    system.seed = 7
    other = Rng(config("stm32-rng"), system)
    numbers = []
    for own in (rng, other):
        own.write(CR, 4, RNGEN)
    system.run_to(80)
    numbers = [own.read(DR, 4) for own in (rng, other)]
    assert numbers[0] != numbers[1]
    again = Rng(config("stm32-rng"), system)
    again.take_over(other, ResetCause.SOFTWARE)
    again.write(CR, 4, RNGEN)
    system.run_to(160)
    source = PCG64(7)
    assert [numbers[1], again.read(DR, 4)] == [int(source.random_raw()) >> 32 for _ in range(2)]


def test_without_its_clock_it_runs_at_48_mhz_and_says_so(system, config):
    system.clock_hz = {"core": 96e6, "rng": 0.0}
    rng = Rng(config("stm32-rng", 80), system)
    rng.write(CR, 4, RNGEN)
    assert rng.read(SR, 4) == 0  # neither CECS nor CEIS
    assert system.run_to(100) == [80]
    assert rng.read(SR, 4) == 1
    assert system.notes == [
        "BLOCK: its clock is off (none is selected in the RCC, or its oscillator is off): on the chip no number comes; "
        "here it runs at 48 MHz"
    ]


def test_a_clock_that_is_too_slow_is_an_error_that_interrupts(system, config):
    system.clock_hz = {"core": 4e6, "rng": 249e3}
    rng = Rng(config("stm32-rng", 80), system)
    rng.write(CR, 4, RNGEN | IE)
    assert (rng.read(SR, 4), system.lines[80]) == (1 << 1 | 1 << 5, True)  # CECS, CEIS
    rng.write(CR, 4, RNGEN | IE | CED)
    rng.write(SR, 4, 0)
    assert (rng.read(SR, 4), system.lines[80]) == (0, False)
    system.set_clocks({"rng": 4e6})
    assert not rng.timeless
    system.run_to(100)
    assert rng.read(SR, 4) == 1
