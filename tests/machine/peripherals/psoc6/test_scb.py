import pytest

from simtiny.devices import SpiAttachment, i2c_device, spi_device
from simtiny.machine.peripherals.psoc6.scb import Scb

CTRL, SPI_CTRL, SPI_STATUS, I2C_CTRL, I2C_STATUS, I2C_M_CMD = 0x00, 0x20, 0x24, 0x60, 0x64, 0x68
TX_CTRL, TX_WR, RX_STATUS, RX_RD = 0x200, 0x240, 0x308, 0x340
INTR_CAUSE, INTR_M, INTR_M_MASK, INTR_TX, INTR_RX = 0xE00, 0xF00, 0xF08, 0xF80, 0xFC0
ENABLED, BYTE_MODE, SPI = 1 << 31, 1 << 11, 1 << 24
START, START_ON_IDLE, ACK, NACK, STOP = 1, 2, 4, 8, 16
WAS_NACK, WAS_ACK, WAS_STOP, SPI_DONE = 2, 4, 16, 1 << 9
BIT = 2 * 10  # cycles: ten clocks of 50 MHz beside a core at 100 MHz


@pytest.fixture
def scb(system, config):
    system.clock_hz = {"core": 100e6, "c": 50e6}
    return Scb(config("psoc6-scb-uart", 39, clock="c"), system)


def test_spi(scb, system):
    device = spi_device(lambda sent: bytes(byte ^ 0xFF for byte in sent))
    system.devices.spi["BLOCK"] = [SpiAttachment(device, None, True)]
    scb.write(SPI_CTRL, 4, 1 << 31)
    scb.write(TX_CTRL, 4, 0x107)
    scb.write(INTR_M_MASK, 4, SPI_DONE)
    scb.write(CTRL, 4, ENABLED | BYTE_MODE | SPI | 9)
    for byte in (1, 2):
        scb.write(TX_WR, 4, byte)
    assert scb.read(SPI_STATUS, 4) == 1
    assert system.run_to(10_000) == [8 * BIT, 16 * BIT]
    assert (scb.read(SPI_STATUS, 4), scb.read(RX_STATUS, 4) & 0x1FF, scb.read(INTR_CAUSE, 4)) == (0, 2, 1)
    assert system.lines[39]
    assert [scb.read(RX_RD, 4) for _ in range(3)] == [0xFE, 0xFD, 0xFFFF_FFFF]
    assert not scb.read(INTR_RX, 4) & 4


@pytest.fixture
def i2c(scb):
    """A bit is five clocks low and five high."""
    scb.write(I2C_CTRL, 4, 1 << 31 | 4 << 4 | 4)
    scb.write(CTRL, 4, ENABLED | BYTE_MODE)
    return scb


def test_i2c_writes_and_reads_behind_a_repeated_start(i2c, system):
    written = []
    device = i2c_device(lambda data: written.append(data) or b"\x12\x34")
    system.devices.i2c["BLOCK"] = {0x48: device}
    i2c.write(TX_WR, 4, 0x48 << 1)
    i2c.write(I2C_M_CMD, 4, START_ON_IDLE)
    assert (i2c.read(I2C_STATUS, 4), i2c.read(I2C_M_CMD, 4)) == (1, 0)
    assert system.run_to(1000) == [10 * BIT]
    assert i2c.read(INTR_M, 4) == WAS_ACK
    i2c.write(INTR_M, 4, WAS_ACK)
    i2c.write(TX_WR, 4, 5)
    assert system.run_to(2000) == [1000 + 9 * BIT]
    assert i2c.read(INTR_M, 4) == WAS_ACK
    i2c.write(I2C_M_CMD, 4, START)
    i2c.write(TX_WR, 4, 0x48 << 1 | 1)
    system.run_to(3000)
    assert (written, i2c.read(RX_RD, 4)) == ([b"\x05"], 0x12)
    i2c.write(I2C_M_CMD, 4, ACK)
    system.run_to(4000)
    assert i2c.read(RX_RD, 4) == 0x34
    i2c.write(I2C_M_CMD, 4, NACK | STOP)
    system.run_to(5000)
    assert i2c.read(INTR_M, 4) & WAS_STOP
    assert (i2c.read(I2C_STATUS, 4), i2c.read(I2C_M_CMD, 4)) == (0, 0)


def test_nobody_answers_visibly(i2c, system):
    i2c.write(TX_WR, 4, 0x50 << 1)
    i2c.write(I2C_M_CMD, 4, START)
    system.run_to(1000)
    assert i2c.read(INTR_M, 4) == WAS_NACK
    assert system.notes == ["BLOCK: no device at address 0x50: it is not acknowledged"]
    i2c.write(I2C_M_CMD, 4, STOP)
    system.run_to(2000)
    assert i2c.read(INTR_M, 4) == WAS_NACK | WAS_STOP
