import pytest

from simtiny.machine.peripherals.stm32.u3 import U3Pwr
from simtiny.machine.peripherals.stm32.u5 import U5Pwr

CR3, VOSR, SVMCR, SVMSR, WUSCR, PDCRI = 0x08, 0x0C, 0x10, 0x3C, 0x48, 0x94


@pytest.fixture
def u5(system, config):
    return U5Pwr(config("stm32u5-pwr"), system)


@pytest.fixture
def u3(system, config):
    return U3Pwr(config("stm32u3-pwr"), system)


def test_u5_starts_in_range_4(u5):
    assert u5.voltage_range == "4"
    assert u5.read(VOSR, 4) == 1 << 15  # VOSRDY


@pytest.mark.parametrize(("vos", "found"), [(3, "1"), (2, "2"), (1, "3"), (0, "4")])
def test_u5_range_is_there_at_once(u5, vos, found):
    u5.write(VOSR, 4, vos << 16)
    assert u5.voltage_range == found
    assert u5.read(VOSR, 4) == vos << 16 | 1 << 15
    assert u5.read(SVMSR, 4) == vos << 16 | 1 << 15  # ACTVOS, ACTVOSRDY


def test_u5_booster_is_ready(u5):
    u5.write(VOSR, 4, 3 << 16 | 1 << 18)
    assert u5.read(VOSR, 4) == 3 << 16 | 1 << 18 | 1 << 15 | 1 << 14


def test_regulator_and_supplies_are_ready(u5, u3):
    for pwr in (u5, u3):
        pwr.write(CR3, 4, 2)
        pwr.write(SVMCR, 4, 1 << 28)
        assert pwr.read(SVMSR, 4) & ~(1 << 15) == 2 | 1 << 24


def test_u3_ranges_and_booster(u3):
    assert u3.voltage_range == "2"
    u3.write(VOSR, 4, 3 | 1 << 8)  # both on while it changes over
    assert u3.read(VOSR, 4) == 3 | 3 << 16 | 1 << 8 | 1 << 24
    u3.write(VOSR, 4, 1)
    assert u3.voltage_range == "1"
    assert u3.read(VOSR, 4) == 1 | 1 << 16


def test_pull_registers_read_back_and_the_unknown_is_noted(u5, system):
    u5.write(PDCRI, 4, 0xFF)
    u5.write(WUSCR, 4, 0xFF)
    assert u5.read(PDCRI, 4) == 0xFF
    assert system.notes == []
    u5.write(0xB0, 4, 1)
    assert system.notes == ["BLOCK: unknown register 0xb0 written"]
