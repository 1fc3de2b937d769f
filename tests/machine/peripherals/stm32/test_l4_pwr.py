import pytest

from simtiny.machine.peripherals.stm32.l4 import L4Pwr

CR1, SR2, CR5 = 0x00, 0x14, 0x80
R1MODE, VOSF, REGLPF, LPR = 1 << 8, 1 << 10, 1 << 9, 1 << 14


@pytest.fixture
def pwr(system, config):
    return L4Pwr(config("stm32l4-pwr"), system)


def test_starts_in_range_1_with_boost_off(pwr):
    assert pwr.read(CR1, 4) >> 9 & 3 == 1
    assert pwr.read(CR5, 4) == R1MODE
    assert (pwr.voltage_range, pwr.regulator) == ("1", "")


def test_range_2_is_there_at_once(pwr):
    pwr.write(CR1, 4, 2 << 9)
    assert pwr.voltage_range == "2"
    assert pwr.read(SR2, 4) & VOSF == 0


def test_low_power_regulator_flag(pwr):
    pwr.write(CR1, 4, 1 << 9 | LPR)
    assert pwr.read(SR2, 4) & REGLPF
    pwr.write(CR1, 4, 1 << 9)
    assert not pwr.read(SR2, 4) & REGLPF


def test_pull_registers_read_back_and_the_unknown_is_noted(pwr, system):
    pwr.write(0x64, 4, 0xFF)  # PDCRI
    assert pwr.read(0x64, 4) == 0xFF
    assert system.notes == []
    pwr.write(0x70, 4, 1)
    assert system.notes == ["BLOCK: unknown register 0x70 written"]
