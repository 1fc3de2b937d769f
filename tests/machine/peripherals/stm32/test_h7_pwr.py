import pytest

from simtiny.machine.peripherals.stm32.h7 import H7Pwr

CR1, CSR1, CR2, CR3, SRDCR = 0x00, 0x04, 0x08, 0x0C, 0x18
READY = 1 << 13


@pytest.fixture
def pwr(system, config):
    return H7Pwr(config("stm32h7-pwr"), system)


@pytest.mark.parametrize(("vos", "scale"), [(3, "0"), (2, "1"), (1, "2"), (0, "3")])
def test_voltage_scale_is_there_at_once(pwr, vos, scale):
    pwr.write(SRDCR, 4, vos << 14)
    assert pwr.voltage_range == scale
    assert pwr.read(SRDCR, 4) == vos << 14 | READY
    assert pwr.read(CSR1, 4) == vos << 14 | READY


@pytest.mark.parametrize(("bits", "regulator"), [(6, "smps+ldo"), (4, "smps"), (2, "ldo"), (1, "bypass")])
def test_supply_configuration(pwr, bits, regulator):
    pwr.write(CR3, 4, bits)
    assert pwr.regulator == regulator
    assert pwr.read(CR3, 4) & 7 == bits


def test_external_supply_and_backup_regulator_are_ready(pwr):
    assert pwr.read(CR3, 4) & 1 << 16 == 0
    pwr.write(CR3, 4, 1 << 2 | 1 << 3)
    assert pwr.read(CR3, 4) & 1 << 16
    pwr.write(CR2, 4, 1)
    assert pwr.read(CR2, 4) == 1 | 1 << 16


def test_the_unknown_is_noted(pwr, system):
    pwr.write(0x40, 4, 1)
    assert system.notes == ["BLOCK: unknown register 0x40 written"]
