import pytest

from simtiny.machine.peripherals.psoc6.gpio import CFG, IN, INTR, INTR_CFG, INTR_MASK, OUT, OUT_INV, OUT_SET, Gpio

PORT0 = 0
PULL_UP, STRONG, HIGH_IMPEDANCE = 0x2 | 8, 0x6 | 8, 8


@pytest.fixture
def gpio(system, config):
    return Gpio(config("psoc6-gpio", 0, 1), system)


def test_a_button_with_a_pull_up(system, gpio):
    gpio.write(CFG, 4, PULL_UP << 16)  # P0_4
    gpio.write(OUT_SET, 4, 1 << 4)
    gpio.write(INTR_CFG, 4, 2 << 8)  # falling
    gpio.write(INTR_MASK, 4, 1 << 4)
    assert gpio.read(IN, 4) == 1 << 4
    assert gpio.drive("P0_4", False)
    assert (gpio.read(IN, 4), gpio.read(INTR, 4), system.lines[0]) == (0, 1 << 4, True)
    gpio.write(INTR, 4, 1 << 4)
    gpio.drive("P0_4", None)
    assert (gpio.read(IN, 4), gpio.read(INTR, 4), system.lines[0]) == (1 << 4, 1 << 20, False)


def test_what_a_pin_gives_it_reads_if_its_buffer_is_on(gpio):
    gpio.write(0x80 + CFG, 4, STRONG | 0x6 << 4)
    gpio.write(0x80 + OUT, 4, 3)
    assert gpio.read(0x80 + IN, 4) == 1
    gpio.drive("P1_0", False)
    assert gpio.read(0x80 + IN, 4) == 1
    gpio.write(0x80 + OUT_INV, 4, 1)
    assert (gpio.read(0x80 + IN, 4), gpio.read(0x80 + OUT, 4)) == (0, 2)


def test_pins_by_their_names(gpio):
    gpio.write(14 * 0x80 + CFG, 4, HIGH_IMPEDANCE << 4)
    assert [gpio.drive(pin, True) for pin in ("P14_1", "P15_0", "PA0", "P0_8", "P0", "P14_01")] == [True] + [False] * 5
    assert gpio.read(14 * 0x80 + IN, 4) == 2
    assert gpio.register_name(14 * 0x80 + CFG) == "PRT14_CFG"
