import pytest

from simtiny.machine.peripherals.stm32.adc_f7 import F7Adc

SR, CR1, CR2, SMPR1, SMPR2, SQR1, SQR3, DR, CCR = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x2C, 0x34, 0x4C, 0x304
EOC, STRT, OVR = 1 << 1, 1 << 4, 1 << 5
ADON, CONT, DMA, EOCS, SWSTART = 1, 2, 1 << 8, 1 << 10, 1 << 30
SCAN, EOCIE = 1 << 8, 1 << 5


@pytest.fixture
def adc(system, config):
    """Three converters at 80 MHz / 4 beside a core at 160 MHz: a tick is eight cycles."""
    system.clock_hz = {"core": 160e6, "c": 80e6}
    adc = F7Adc(config("stm32f7-adc", 18, clock="c", converters=["ADC1", "ADC2", "ADC3"]), system)
    adc.write(CCR, 4, 1 << 16)
    return adc


def test_a_conversion_takes_sampling_and_twelve_ticks(adc, system):
    system.devices.inputs["ADC1", 5] = 1.65
    adc.write(SMPR2, 4, 3 << 15)  # 56 ticks
    adc.write(SQR3, 4, 5)
    adc.write(CR2, 4, ADON | EOCS | SWSTART)
    assert not adc.read(CR2, 4) & SWSTART
    assert system.run_to(10_000) == [(56 + 12) * 8]
    assert adc.read(SR, 4) == EOC | STRT
    assert adc.read(0x300, 4) == EOC | STRT
    assert adc.read(DR, 4) == 2048
    assert adc.read(SR, 4) == STRT


def test_a_scan_by_dma_asks_for_each(adc, system):
    system.devices.inputs |= {("ADC2", 1): 1.65, ("ADC2", 2): 3.3}
    adc.write(0x100 + CR1, 4, SCAN | EOCIE)
    adc.write(0x100 + SQR1, 4, 1 << 20)
    adc.write(0x100 + SQR3, 4, 1 | 2 << 5)
    adc.write(0x100 + CR2, 4, ADON | DMA | SWSTART)
    system.run_to(15 * 8)
    assert (system.requests, system.lines, adc.read(0x100 + SR, 4)) == ({"ADC2": True}, {}, STRT)
    assert (adc.read(0x100 + DR, 4), system.requests) == (2048, {"ADC2": False})
    system.run_to(30 * 8)
    assert (system.requests, system.lines) == ({"ADC2": True}, {18: True})
    assert adc.read(0x100 + DR, 4) == 4095


def test_continuous_conversions_overwrite_what_nobody_takes(adc, system):
    system.devices.inputs["ADC1", 0] = lambda time_s: 1e4 * time_s
    adc.write(CR2, 4, ADON | CONT | SWSTART)
    assert len(system.run_to(12_100)) == 2
    assert adc.read(DR, 4) == int(1e4 * 12_000 / 160e6 / 3.3 * 4096)  # 120 cycles each: the hundredth
    assert system.deadlines == [12_120]


def test_the_reference_in_the_chip(adc, system):
    adc.write(SQR3, 4, 17)
    adc.write(CR2, 4, ADON | SWSTART)
    system.run_to(10_000)
    assert adc.read(DR, 4) == int(1.21 / 3.3 * 4096)
    assert system.notes == []
