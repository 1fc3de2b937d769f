"""Characters take their time on the line of a serial communication block."""

import pytest

from simtiny.machine.peripherals.psoc6.scb_uart import (
    INTR_RX,
    INTR_TX,
    RX_FIFO_RD,
    RX_NOT_EMPTY,
    TX_EMPTY,
    TX_FIFO_STATUS,
    TX_FIFO_WR,
    TX_UART_DONE,
    ScbUart,
)

CTRL, UART_TX_CTRL = 0x000, 0x040 + 4
UART, BYTES, ENABLED, OVERSAMPLING_12 = 2 << 24, 1 << 11, 1 << 31, 11
CHARACTER = 10 * 12 * 36  # cycles: 10 bits, 12 samples, 50 MHz to 50 / 36


@pytest.fixture
def uart(system, config):
    system.serial_takes_time = True
    system.clock_hz = {"pclk": 50e6 / 36, "core": 50e6}
    uart = ScbUart(config("psoc6-scb-uart", 5, clock="pclk"), system)
    uart.write(UART_TX_CTRL, 4, 1)  # one stop bit
    uart.write(CTRL, 4, UART | BYTES | ENABLED | OVERSAMPLING_12)
    return uart


def test_bytes_leave_the_fifo_one_after_the_other(uart, system):
    came = []
    uart.on_transmit = lambda byte: came.append((system.cycles, byte))
    for byte in (1, 2, 3):
        uart.write(TX_FIFO_WR, 4, byte)
    assert uart.read(TX_FIFO_STATUS, 4) == 2 | 1 << 15
    assert not uart.read(INTR_TX, 4) & (TX_EMPTY | TX_UART_DONE)
    system.run_to(2 * CHARACTER)
    assert uart.read(INTR_TX, 4) & (TX_EMPTY | TX_UART_DONE) == TX_EMPTY
    system.run_to(3 * CHARACTER)
    assert uart.read(INTR_TX, 4) & TX_UART_DONE
    assert came == [(CHARACTER, 1), (2 * CHARACTER, 2), (3 * CHARACTER, 3)]


def test_received_bytes_come_in_their_time(uart, system):
    uart.send(b"ab")
    assert not uart.read(INTR_RX, 4) & RX_NOT_EMPTY
    system.run_to(CHARACTER)
    assert uart.read(RX_FIFO_RD, 4) == ord("a")
    assert not uart.read(INTR_RX, 4) & RX_NOT_EMPTY
    system.run_to(2 * CHARACTER)
    assert uart.read(RX_FIFO_RD, 4) == ord("b")
