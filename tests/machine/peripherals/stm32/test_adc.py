import pytest

from simtiny.machine.peripherals.stm32.adc import Adc
from simtiny.machine.peripherals.stm32.adc_conversions import code

ISR, IER, CR, CFGR, CFGR2, SMPR1, SMPR2, CHSELR, SQR1, DR, CCR = (
    0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x18, 0x28, 0x30, 0x40, 0x308,
)  # fmt: skip
ADRDY, EOC, EOS, OVR, EOCAL, LDORDY, CCRDY = 1, 4, 8, 16, 1 << 11, 1 << 12, 1 << 13
ADEN, ADSTART, ADSTP, ADVREGEN, ADCAL = 1, 4, 16, 1 << 28, 1 << 31
DMAEN, OVRMOD, CONT, AUTDLY = 1, 1 << 12, 1 << 13, 1 << 14
FLAGS = EOC | EOS | OVR


@pytest.fixture
def make(system, config):
    """A converter that is on, its clock 20 MHz, beside a core at 80 MHz: a tick is four cycles."""

    def made(family, **parameters):
        system.clock_hz = {"core": 80e6, "c": 20e6}
        adc = Adc(config("stm32-adc", 18, clock="c", family=family, **parameters), system)
        adc.write(CR, 4, ADVREGEN)
        adc.write(CR, 4, ADVREGEN | ADEN)
        assert not adc.read(ISR, 4) & ADRDY
        system.run_to(200 if family == "h7" else 100)
        assert adc.read(ISR, 4) & ADRDY
        return adc

    return made


def convert(adc, *channels):
    """Start a sequence of up to four."""
    word = sum(channel << 6 * place + 6 for place, channel in enumerate(channels))
    adc.write(SQR1, 4, word | len(channels) - 1)
    adc.write(CR, 4, ADVREGEN | ADSTART)


def test_codes():
    assert [code(volts, 3.3, 12) for volts in (-1.0, 0.0, 1.65, 3.3, 5.0)] == [0, 0, 2048, 4095, 4095]


def test_a_conversion_takes_sampling_and_twelve_and_a_half_ticks(make, system):
    adc = make("l4")
    system.devices.inputs["BLOCK", 5] = 1.65
    adc.write(SMPR1, 4, 4 << 15)  # 47.5 ticks
    convert(adc, 5)
    assert system.run_to(10_000) == [100 + 60 * 4]
    assert adc.read(ISR, 4) & FLAGS == EOC | EOS
    assert adc.read(DR, 4) == 2048
    assert adc.read(ISR, 4) & FLAGS == EOS
    assert not adc.read(CR, 4) & ADSTART


def test_nothing_attached_reads_zero_visibly(make, system):
    adc = make("l4", pins={"BLOCK": {"PA0": 5}})
    convert(adc, 5)
    system.run_to(10_000)
    assert adc.read(DR, 4) == 0
    assert system.notes == ["BLOCK: nothing is attached to channel 5 (PA0), reads 0"]


def test_calibration_ends(system, config):
    system.clock_hz = {"core": 80e6, "c": 20e6}
    adc = Adc(config("stm32-adc", 18, clock="c"), system)
    adc.write(CR, 4, ADVREGEN)
    adc.write(CR, 4, ADVREGEN | ADCAL)
    assert adc.read(CR, 4) == ADVREGEN | ADCAL
    assert system.run_to(10_000) == [116 * 4]
    assert adc.read(CR, 4) == ADVREGEN


@pytest.mark.parametrize(("family", "cycles"), [("l4", 16 * 4), ("h7", 16 * 8), ("g0", 16 * 4), ("u5-adc4", 16 * 4)])
def test_without_a_clock_it_takes_the_ahbs_by_four_and_says_so(system, config, family, cycles):
    system.clock_hz = {"core": 80e6, "c": 0.0}
    adc = Adc(config("stm32-adc", 18, clock="c", family=family), system)
    adc.write(CR, 4, ADVREGEN)
    adc.write(CR, 4, ADVREGEN | ADEN)
    assert system.deadlines == [cycles]
    assert system.notes == [
        "BLOCK: no clock is selected for it, in the RCC or its own registers: on the chip it does nothing; "
        "here it runs on the clock of the AHB by four"
    ]


def test_the_bus_clock_may_be_selected(system, config):
    system.clock_hz = {"core": 80e6, "c": 0.0}
    adc = Adc(config("stm32-adc", 18, clock="c"), system)
    adc.write(CCR, 4, 2 << 16)  # the bus clock by two
    adc.write(CR, 4, ADVREGEN)
    adc.write(CR, 4, ADVREGEN | ADEN)
    assert (system.deadlines, system.notes) == ([16 * 2], [])


def test_a_waveform_is_sampled_at_each_conversions_end(make, system):
    adc = make("l4")
    system.devices.inputs |= {("BLOCK", 1): lambda time_s: 1e5 * time_s, ("BLOCK", 2): 3.3}
    convert(adc, 1, 2, 1)  # 15 ticks each: 60 cycles, 0.75 us
    system.run_to(160)
    assert adc.read(DR, 4) == int(1e5 * 160 / 80e6 / 3.3 * 4096)
    system.run_to(220)
    assert (adc.read(ISR, 4) & FLAGS, adc.read(DR, 4)) == (EOC, 4095)
    system.run_to(280)
    assert (adc.read(ISR, 4) & FLAGS, adc.read(DR, 4)) == (EOC | EOS, int(1e5 * 280 / 80e6 / 3.3 * 4096))


@pytest.mark.parametrize(("control", "now"), [(CONT, 160), (CONT | OVRMOD, 8020)])
def test_continuous_conversions_that_nobody_takes(make, system, control, now):
    """The first is kept, or the latest taken: 60 cycles each from 100 on, the last before cycle 8050 ends at 8020."""
    adc = make("l4")
    system.devices.inputs["BLOCK", 1] = lambda time_s: 1e4 * time_s
    adc.write(CFGR, 4, control)
    convert(adc, 1)
    assert len(system.run_to(8050)) == 2  # no more than shows
    assert adc.read(ISR, 4) & FLAGS == FLAGS
    assert adc.read(DR, 4) == int(1e4 * now / 80e6 / 3.3 * 4096)
    assert system.deadlines == [8080]


def test_a_converter_that_waits_goes_on_when_its_data_are_taken(make, system):
    adc = make("l4")
    system.devices.inputs["BLOCK", 1] = 1.0
    adc.write(CFGR, 4, CONT | AUTDLY)
    convert(adc, 1)
    assert system.run_to(1000) == [160]
    adc.read(DR, 4)
    assert system.deadlines == [1060]
    assert not adc.read(ISR, 4) & OVR


def test_oversampling(make, system):
    adc = make("l4")
    system.devices.inputs["BLOCK", 1] = 1.65
    adc.write(CFGR2, 4, 1 | 3 << 2 | 2 << 5)  # 16 conversions, by 4
    convert(adc, 1)
    assert system.run_to(10_000) == [100 + 16 * 60]
    assert adc.read(DR, 4) == 2048 * 16 // 4


def test_dma_request_and_interrupt(make, system):
    adc = make("l4")
    adc.write(IER, 4, EOC)
    adc.write(CFGR, 4, DMAEN)
    convert(adc, 1)
    system.run_to(160)
    assert (system.requests, system.lines) == ({"BLOCK": True}, {18: True})
    adc.read(DR, 4)
    assert (system.requests, system.lines) == ({"BLOCK": False}, {18: False})


@pytest.mark.parametrize(("family", "bits", "ticks"), [("h7", 16, 10), ("u5", 14, 22), ("u3", 12, 14)])
def test_families_at_full_resolution(make, system, family, bits, ticks):
    """Shortest sampling. H7: 1.5 + 8.5 ticks, of half the clock; U5: 5 + 17, 2.5 million a second at 55 MHz."""
    adc = make(family)
    system.run_to(1000)
    system.devices.inputs["BLOCK", 1] = 1.65
    convert(adc, 1)
    assert system.run_to(10_000) == [1000 + ticks * 4 * (2 if family == "h7" else 1)]
    assert adc.read(DR, 4) == 1 << bits - 1
    assert adc.read(ISR, 4) & LDORDY


def test_g0_selects_channels_by_bits_or_in_order(make, system):
    adc = make("g0")
    system.devices.inputs |= {("BLOCK", channel): channel / 10 for channel in range(8)}
    adc.write(CHSELR, 4, 1 << 2 | 1 << 6)
    assert adc.read(ISR, 4) & CCRDY
    codes = []
    for control, selection in ((0, 1 << 2 | 1 << 6), (4, 1 << 2 | 1 << 6), (1 << 21, 0xF637)):
        adc.write(CFGR, 4, control | AUTDLY)
        adc.write(CHSELR, 4, selection)
        adc.write(CR, 4, ADVREGEN | ADSTART)
        while adc.read(CR, 4) & ADSTART:
            system.run_to(system.cycles + 56)  # 1.5 + 12.5 ticks
            codes.append(round(adc.read(DR, 4) / 4096 * 33))
    assert codes == [2, 6, 6, 2, 7, 3, 6]


def test_channels_in_the_chip(make, system):
    adc = make("l4")
    convert(adc, 17, 0, 18)
    codes = []
    for at in (160, 220, 280):
        system.run_to(at)
        codes.append(adc.read(DR, 4))
    assert codes == [int(volts / 3.3 * 4096) for volts in (0.76, 1.212, 1.1)]


def test_two_converters_of_one_block(system, config):
    system.clock_hz = {"core": 80e6, "c": 20e6}
    adc = Adc(config("stm32-adc", 37, 113, clock="c", family="u3", converters=["ADC1", "ADC2"]), system)
    system.devices.inputs["ADC2", 3] = 3.3
    for offset in (0x000, 0x100):
        adc.write(offset + CR, 4, ADVREGEN | ADEN)
    system.run_to(100)
    adc.write(0x100 + IER, 4, EOC)
    adc.write(0x100 + SQR1, 4, 3 << 6)
    adc.write(0x100 + CR, 4, ADVREGEN | ADSTART)
    system.run_to(1000)
    assert system.lines == {113: True}
    assert (adc.register_name(0x104), adc.read(0x140, 4)) == ("ADC2_IER", 4095)
