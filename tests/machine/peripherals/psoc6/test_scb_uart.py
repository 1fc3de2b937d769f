import pytest

from simtiny.machine.peripherals.psoc6.scb_uart import ScbUart

CTRL, TX_FIFO_CTRL, TX_FIFO_STATUS, TX_FIFO_WR = 0x000, 0x204, 0x208, 0x240
RX_FIFO_CTRL, RX_FIFO_STATUS, RX_FIFO_RD, RX_FIFO_RD_SILENT = 0x304, 0x308, 0x340, 0x344
INTR_CAUSE, INTR_TX, INTR_TX_MASK, INTR_TX_MASKED = 0xE00, 0xF80, 0xF88, 0xF8C
INTR_RX, INTR_RX_MASK, INTR_RX_MASKED = 0xFC0, 0xFC8, 0xFCC
UART = 1 << 31 | 2 << 24 | 1 << 11 | 12  # enabled, mode UART, byte mode, oversampling 13


@pytest.fixture
def uart(system, config):
    system.clock_hz = {"pclk5": 7.5e6}
    return ScbUart(config("psoc6-scb-uart", 44, clock="pclk5", baud=576_000), system)


@pytest.fixture
def sent(uart):
    received = []
    uart.on_transmit = received.append
    return received


def test_transmits_at_once(uart, sent, system):
    uart.write(CTRL, 4, UART)
    for byte in b"m-ready":
        uart.write(TX_FIFO_WR, 4, byte)
        assert uart.read(TX_FIFO_STATUS, 4) & 0x1FF == 0
    assert bytes(sent) == b"m-ready"
    assert uart.read(INTR_TX, 4) == 0x212  # UART_DONE, EMPTY, NOT_FULL
    assert uart.baud_rate() == pytest.approx(576_923, abs=1)
    assert system.notes == []


def test_disabled_it_loses_data_with_a_note(uart, sent, system):
    uart.write(TX_FIFO_WR, 4, 0x41)
    assert sent == []
    assert len(system.notes) == 1


def test_an_empty_fifo_reads_all_ones(uart):
    uart.write(CTRL, 4, UART)
    assert uart.read(RX_FIFO_RD, 4) == 0xFFFF_FFFF
    assert uart.read(INTR_RX, 4) & 0x40  # UNDERFLOW
    uart.send(b"n")
    assert uart.read(RX_FIFO_STATUS, 4) == 0x8001
    assert uart.read(RX_FIFO_RD_SILENT, 4) == ord("n")
    assert uart.read(RX_FIFO_RD, 4) == ord("n")
    assert uart.read(RX_FIFO_RD, 4) == 0xFFFF_FFFF


def test_receive_interrupt_follows_the_fifo(uart, system):
    uart.write(CTRL, 4, UART)
    uart.write(INTR_RX_MASK, 4, 0x4)  # NOT_EMPTY
    assert not system.lines.get(44)
    uart.send(b"ab")
    assert system.lines[44]
    assert uart.read(INTR_CAUSE, 4) == 0x8
    uart.write(INTR_RX, 4, 0x4)  # it is not empty yet
    assert system.lines[44]
    assert uart.read(RX_FIFO_RD, 4) == ord("a")
    assert uart.read(RX_FIFO_RD, 4) == ord("b")
    assert not system.lines[44]
    assert uart.read(INTR_RX_MASKED, 4) == 0


def test_trigger_level_is_passed_by_one_more(uart):
    uart.write(CTRL, 4, UART)
    uart.write(RX_FIFO_CTRL, 4, 2)
    uart.send(b"12")
    assert uart.read(INTR_RX, 4) & 1 == 0
    uart.send(b"3")
    assert uart.read(INTR_RX, 4) & 1


def test_fifo_holds_128_bytes_or_64_words(uart):
    uart.send(bytes(200))
    uart.write(CTRL, 4, UART)
    assert uart.read(RX_FIFO_STATUS, 4) & 0x1FF == 128
    assert uart.read(INTR_RX, 4) & 0x8  # FULL
    uart.write(CTRL, 4, UART & ~(1 << 11))
    assert uart.read(RX_FIFO_STATUS, 4) & 0x1FF == 64


def test_clear_drops_what_waits(uart):
    uart.write(CTRL, 4, UART)
    uart.send(b"abc")
    uart.write(RX_FIFO_CTRL, 4, 1 << 16)
    assert uart.read(RX_FIFO_STATUS, 4) == 0


def test_transmission_done_is_cleared_and_comes_back(uart, sent, system):
    uart.write(CTRL, 4, UART)
    uart.write(INTR_TX_MASK, 4, 0x200)
    uart.write(TX_FIFO_WR, 4, 1)
    assert system.lines[44]
    assert uart.read(INTR_TX_MASKED, 4) == 0x200
    uart.write(INTR_TX, 4, 0x200)
    assert not system.lines[44]
    uart.write(TX_FIFO_WR, 4, 2)
    assert system.lines[44]


def test_other_modes_are_noted(uart, system):
    uart.write(CTRL, 4, 1 << 31 | 1 << 24)
    assert system.notes == ["BLOCK: I2C and SPI are not modelled"]


def test_another_rate_is_noted(system, config):
    system.clock_hz = {"pclk5": 7.5e6}
    uart = ScbUart(config("psoc6-scb-uart", 44, clock="pclk5"), system)
    uart.write(CTRL, 4, UART)
    uart.write(TX_FIFO_WR, 4, 1)
    assert system.notes == ["BLOCK: the firmware programmed 576923 baud, not 115200"]
