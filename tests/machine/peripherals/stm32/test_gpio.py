import pytest

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.stm32.gpio import AFRL, BRR, BSRR, IDR, LCKR, MODER, ODR, OTYPER, PUPDR, Gpio


@pytest.fixture
def port(system, config):
    return Gpio(config("stm32-gpio", port="A", moder_reset=0xABFFFFFF), system)


@pytest.fixture
def changes(port):
    seen = []
    port.on_pin_change.append(lambda pin, level: seen.append((pin, level)))
    return seen


def test_reset_mode(port):
    assert port.read(MODER, 4) == 0xABFFFFFF
    assert port.read(IDR, 4) == 0


def test_timestamp_pin_edges(port, changes):
    port.write(MODER, 4, 0xABFFFFFF & ~(3 << 14) | 1 << 14)  # PA7 as output
    port.write(BSRR, 4, 1 << 7)
    assert port.read(IDR, 4) == port.read(ODR, 4) == 0x80
    port.write(BSRR, 4, 1 << 7)
    port.write(BSRR, 4, 1 << (7 + 16))
    port.write(ODR, 4, 0x80)
    port.write(BRR, 4, 0x80)
    assert changes == [("PA7", True), ("PA7", False), ("PA7", True), ("PA7", False)]


def test_pins_that_are_not_outputs_do_not_change(port, changes):
    port.write(ODR, 4, 0xFFFF)
    assert changes == []
    assert port.read(IDR, 4) == 0
    port.write(MODER, 4, 1)
    assert changes == [("PA0", True)]


def test_set_wins_over_reset(port):
    port.write(BSRR, 4, 1 << 3 | 1 << 19)
    assert port.read(ODR, 4) == 1 << 3
    port.write(BSRR + 2, 2, 1 << 3)  # the upper half-word resets
    assert port.read(ODR, 4) == 0


def test_inputs_take_pulls(port):
    port.write(MODER, 4, 0)
    port.write(PUPDR, 4, 1 << 26)  # pin 13 pulled up
    assert port.read(IDR, 4) == 1 << 13


def test_lock_sequence(port):
    for value in (0x10003, 0x00003, 0x10003):
        port.write(LCKR, 4, value)
    assert port.read(LCKR, 4) == 0x10003


def test_byte_and_half_word_access(port):
    port.write(AFRL, 4, 0x88)
    port.write(AFRL + 1, 1, 0x77)
    assert port.read(AFRL, 4) == 0x7788
    assert port.read(AFRL + 1, 1) == 0x77


def test_a_port_without_a_letter_takes_that_of_its_name(system):
    nameless = Gpio(PeripheralConfig("GPIOD", "stm32-gpio", 0x4800_0C00), system)
    seen = []
    nameless.on_pin_change.append(lambda pin, level: seen.append(pin))
    nameless.write(MODER, 4, 1)
    nameless.write(BSRR, 4, 1)
    assert seen == ["PD0"]


def test_driven_pins_are_read_and_heard(system, port):
    port.write(MODER, 4, 1 << 2)  # PA1 gives, the others listen
    port.write(PUPDR, 4, 1 << 6)  # PA3 pulled up
    system.wires.clear()
    assert [port.drive(pin, True) for pin in ("PA0", "PB0", "PA16", "PA01", "PA1")] == [True, False, False, False, True]
    assert port.read(IDR, 4) == 1 | 1 << 3
    port.drive("PA3", False)
    port.drive("PA0", None)
    assert port.read(IDR, 4) == 0
    assert system.wires == [("PA0", True), ("PA3", False), ("PA0", False)]
    port.write(MODER, 4, 1 << 2 | 3)  # PA0 analog
    port.drive("PA0", True)
    assert port.read(IDR, 4) == 0


def test_an_open_drain_that_lets_go_reads_what_drives_it(port):
    port.write(MODER, 4, 1)
    port.write(OTYPER, 4, 1)
    port.write(BSRR, 4, 1)
    assert port.read(IDR, 4) == 1
    port.drive("PA0", False)
    assert port.read(IDR, 4) == 0
    port.drive("PA0", True)
    port.write(BRR, 4, 1)
    assert port.read(IDR, 4) == 0
