import pytest

from simtiny.machine.peripherals.stm32.f7 import F7Pwr

CR1, CSR1 = 0x00, 0x04
ODEN, ODSWEN, VOSRDY = 1 << 16, 1 << 17, 1 << 14


@pytest.fixture
def pwr(system, config):
    return F7Pwr(config("stm32f7-pwr"), system)


def test_starts_in_scale_1_without_over_drive(pwr):
    assert (pwr.voltage_range, pwr.regulator) == ("1", "")
    assert pwr.read(CSR1, 4) == VOSRDY


def test_over_drive_is_ready_at_once(pwr):
    pwr.write(CR1, 4, 0xC000 | ODEN)
    assert pwr.read(CSR1, 4) == VOSRDY | 1 << 16
    pwr.write(CR1, 4, 0xC000 | ODEN | ODSWEN)
    assert pwr.read(CSR1, 4) == VOSRDY | 3 << 16


@pytest.mark.parametrize(("vos", "scale"), [(3, "1"), (2, "2"), (1, "3")])
def test_voltage_scales(pwr, vos, scale):
    pwr.write(CR1, 4, vos << 14)
    assert pwr.voltage_range == scale


def test_backup_regulator_and_the_unknown(pwr, system):
    pwr.write(CSR1, 4, 1 << 9)
    assert pwr.read(CSR1, 4) == VOSRDY | 1 << 9 | 1 << 3
    pwr.write(0x20, 4, 1)
    assert system.notes == ["BLOCK: unknown register 0x20 written"]
