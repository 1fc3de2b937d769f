from fractions import Fraction

import pytest

from simtiny.machine.peripherals.stm32.i2c import I2c
from simtiny.machine.peripherals.stm32.i2c_timing import bit_ticks

CR1, CR2, TIMINGR, ISR, ICR, RXDR, TXDR = 0x00, 0x04, 0x10, 0x18, 0x1C, 0x24, 0x28
PE, TXDMAEN, TCIE = 1, 1 << 14, 1 << 6
READ, ADD10, START, STOP, RELOAD, AUTOEND = 1 << 10, 1 << 11, 1 << 13, 1 << 14, 1 << 24, 1 << 25
TXE, TXIS, RXNE, NACKF, STOPF, TC, TCR, BUSY = 1, 2, 4, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 15
ADDRESS = 0x48 << 1
BIT = 200  # cycles: 100 kHz at 16 MHz, and a little for the edges, see timing()


def timing():
    """16 MHz: (60 + 88) / 16 MHz, four clocks and 0.5 us make 10 us."""
    return 59 << 8 | 87


class Sensor:
    def __init__(self):
        self.log = []

    def write(self, data):
        self.log.append(data)

    def read(self, count):
        self.log.append(count)
        return bytes(range(count))


@pytest.fixture
def sensor(system):
    sensor = Sensor()
    system.devices.i2c["BLOCK"] = {0x48: sensor, 0x248: sensor}
    return sensor


@pytest.fixture
def i2c(system, config):
    """An I2C at 16 MHz beside a core at 20 MHz: a bit of 10 us takes 200 cycles."""
    system.clock_hz = {"core": 20e6, "c": 16e6}
    i2c = I2c(config("stm32-i2c", 31, 32, clock="c"), system)
    i2c.write(TIMINGR, 4, timing())
    i2c.write(CR1, 4, PE)
    return i2c


def test_a_bit_by_the_manuals_example():
    """RM0432, table of timing settings for 8 MHz: 100 kHz with PRESC 1, SCLL 0x13, SCLH 0xF."""
    assert bit_ticks(0x1042_0F13, 0, 8e6) / Fraction(8_000_000) == Fraction(1, 100_000)


def test_write_with_automatic_end(i2c, system, sensor):
    i2c.write(CR2, 4, ADDRESS | 2 << 16 | AUTOEND | START)
    assert i2c.read(ISR, 4) == TXE | BUSY
    assert system.run_to(10 * BIT) == [10 * BIT]  # start, address, acknowledgement
    assert i2c.read(ISR, 4) == TXE | TXIS | BUSY
    assert not i2c.read(CR2, 4) & START
    i2c.write(TXDR, 4, 0x12)
    assert not i2c.read(ISR, 4) & TXIS
    system.run_to(19 * BIT)
    assert i2c.read(ISR, 4) & TXIS
    i2c.write(TXDR, 4, 0x34)
    assert system.run_to(100 * BIT) == [28 * BIT, 29 * BIT]
    assert i2c.read(ISR, 4) == TXE | STOPF
    assert sensor.log == [b"\x12\x34"]


def test_a_register_is_read_behind_a_repeated_start(i2c, system, sensor):
    i2c.write(CR2, 4, ADDRESS | 1 << 16 | START)
    system.run_to(10 * BIT)
    i2c.write(TXDR, 4, 5)
    system.run_to(20 * BIT)
    assert i2c.read(ISR, 4) == TXE | TC | BUSY
    i2c.write(CR2, 4, ADDRESS | 2 << 16 | READ | AUTOEND | START)
    system.run_to(100 * BIT)
    assert sensor.log == [b"\x05", 2]
    assert i2c.read(ISR, 4) == TXE | RXNE | BUSY  # the clock is stretched until the byte is taken
    assert i2c.read(RXDR, 4) == 0
    system.run_to(200 * BIT)
    assert i2c.read(ISR, 4) == TXE | RXNE | STOPF
    assert i2c.read(RXDR, 4) == 1


def test_nobody_answers_visibly(i2c, system):
    i2c.write(CR2, 4, 0x50 << 1 | 1 << 16 | AUTOEND | START)
    system.run_to(100 * BIT)
    assert i2c.read(ISR, 4) == TXE | NACKF | STOPF
    assert system.notes == ["BLOCK: no device at address 0x50: it is not acknowledged"]
    i2c.write(ICR, 4, NACKF | STOPF)
    assert i2c.read(ISR, 4) == TXE


def test_reload_waits_for_more_bytes(i2c, system, sensor):
    i2c.write(CR2, 4, ADDRESS | 1 << 16 | RELOAD | START)
    system.run_to(10 * BIT)
    i2c.write(TXDR, 4, 1)
    system.run_to(100 * BIT)
    assert i2c.read(ISR, 4) == TXE | TCR | BUSY
    i2c.write(CR2, 4, ADDRESS | 1 << 16 | AUTOEND)
    assert i2c.read(ISR, 4) == TXE | TXIS | BUSY
    i2c.write(TXDR, 4, 2)
    system.run_to(200 * BIT)
    assert sensor.log == [b"\x01\x02"]


def test_ten_bits_to_be_read_take_three_bytes_and_two_starts(i2c, system, sensor):
    i2c.write(CR2, 4, 0x248 | ADD10 | 1 << 16 | READ | AUTOEND | START)
    assert system.run_to(29 * BIT) == [29 * BIT]
    system.run_to(100 * BIT)
    assert i2c.read(ISR, 4) & (RXNE | STOPF) == RXNE | STOPF


def test_stop_by_software(i2c, system, sensor):
    i2c.write(CR2, 4, ADDRESS | START)
    system.run_to(10 * BIT)
    assert i2c.read(ISR, 4) & TC
    i2c.write(CR2, 4, ADDRESS | STOP)
    system.run_to(11 * BIT)
    assert i2c.read(ISR, 4) == TXE | STOPF


def test_interrupt_and_dma_request(i2c, system, sensor):
    i2c.write(CR1, 4, PE | TXDMAEN | TCIE)
    i2c.write(CR2, 4, ADDRESS | 1 << 16 | START)
    system.run_to(10 * BIT)
    assert (system.requests, system.lines) == ({"BLOCK.tx": True}, {})
    i2c.write(TXDR, 4, 0)
    system.run_to(20 * BIT)
    assert (system.requests, system.lines) == ({"BLOCK.tx": False}, {31: True})
