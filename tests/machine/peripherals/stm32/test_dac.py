import pytest

from simtiny.machine.peripherals.stm32.dac import Dac

CR, SWTRIGR, DHR12R1, DHR12L1, DHR8R1, DHR12RD, DOR1, SR = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x20, 0x2C, 0x34


@pytest.fixture
def dac(system, config):
    return Dac(config("stm32-dac", 54), system)


def test_data_give_volts(dac):
    dac.write(DHR12R1, 4, 2048)
    assert dac.volts(1) is None
    dac.write(CR, 4, 1)
    assert dac.volts(1) == 1.65
    dac.write(DHR12L1, 4, 1024 << 4)
    assert dac.volts(1) == 0.825
    dac.write(DHR8R1, 1, 0xFF)
    assert dac.read(DOR1, 4) == 0xFF0
    dac.write(CR, 4, 1 << 16)
    dac.write(DHR12RD, 4, 2048 << 16)
    assert (dac.volts(1), dac.volts(2)) == (None, 1.65)


def test_a_trigger_by_software(dac):
    dac.write(CR, 4, 3)
    dac.write(DHR12R1, 4, 2048)
    assert dac.volts(1) == 0
    dac.write(SWTRIGR, 4, 1)
    assert dac.volts(1) == 1.65


def test_other_triggers_are_noted(dac, system):
    dac.write(CR, 4, 3 | 5 << 2)
    assert system.notes == [
        "BLOCK: triggers by timers and pins are not modelled: an output that waits for one never changes"
    ]


def test_ready_where_the_status_tells(system, config):
    dac = Dac(config("stm32-dac", ready=True), system)
    dac.write(CR, 4, 1)
    assert dac.read(SR, 4) == 1 << 11
