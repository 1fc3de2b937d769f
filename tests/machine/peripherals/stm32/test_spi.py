import pytest

from simtiny.devices import SpiAttachment
from simtiny.machine.peripherals.stm32.spi import Spi

CR1, CR2, SR, DR = 0x00, 0x04, 0x08, 0x0C
MSTR, BR_8, SPE, SSI_SSM, RXONLY = 1 << 2, 2 << 3, 1 << 6, 3 << 8, 1 << 10
DS_8, DS_16, FRXTH, TXEIE, RXNEIE, TXDMAEN, RXDMAEN = 7 << 8, 15 << 8, 1 << 12, 1 << 7, 1 << 6, 2, 1
RXNE, TXE, OVR, BSY = 1, 2, 1 << 6, 1 << 7


class Recorder:
    """Answers each frame with the one before."""

    def __init__(self):
        self.sent, self.selections = [], []

    def transfer(self, sent):
        self.sent.append(sent)
        return bytes(len(sent)) if len(self.sent) == 1 else self.sent[-2]

    def select(self, active):
        self.selections.append(active)


@pytest.fixture
def device(system):
    device = Recorder()
    system.devices.spi["BLOCK"] = [SpiAttachment(device, None, True)]
    return device


@pytest.fixture
def spi(system, config):
    """An SPI at 80 MHz beside a core at 160 MHz."""
    system.clock_hz = {"core": 160e6, "c": 80e6}
    return Spi(config("stm32-spi", 35, clock="c"), system)


def switch_on(spi, second=DS_8 | FRXTH, first=0):
    spi.write(CR2, 4, second)
    spi.write(CR1, 4, MSTR | BR_8 | SSI_SSM | SPE | first)


def test_a_byte_takes_eight_bits_of_the_prescaled_clock(spi, system, device):
    switch_on(spi)
    spi.write(DR, 1, 0x9F)
    assert spi.read(SR, 4) == TXE | BSY
    assert system.run_to(10_000) == [8 * 8 * 2]  # 8 bits at 10 MHz, of cycles at 160 MHz
    assert spi.read(SR, 4) == TXE | RXNE | 1 << 9
    assert (spi.read(DR, 1), spi.read(SR, 4), device.sent) == (0, TXE, [b"\x9f"])


def test_frames_follow_without_a_gap_and_transmit_empty_means_half_empty(spi, system, device):
    switch_on(spi)
    for byte in (1, 2, 3, 4):
        spi.write(DR, 1, byte)  # the first is in the shift register
    assert spi.read(SR, 4) & (TXE | 3 << 11) == 3 << 11
    assert system.run_to(10_000) == [128, 256, 384, 512]
    assert [spi.read(DR, 1) for _ in range(4)] == [0, 1, 2, 3]


def test_a_wide_write_packs_two_bytes(spi, system, device):
    switch_on(spi)
    spi.write(DR, 2, 0x3412)
    system.run_to(10_000)
    assert device.sent == [b"\x12", b"\x34"]
    assert spi.read(DR, 2) == 0x1200


def test_sixteen_bits_go_high_byte_first(spi, system, device):
    switch_on(spi, DS_16)
    spi.write(DR, 2, 0x1234)
    spi.write(DR, 2, 0x5678)
    assert system.run_to(10_000) == [256, 512]
    assert device.sent == [b"\x12\x34", b"\x56\x78"]
    assert (spi.read(DR, 2), spi.read(DR, 2)) == (0, 0x1234)


def test_nobody_answers_visibly(spi, system):
    switch_on(spi)
    spi.write(DR, 1, 0)
    system.run_to(1000)
    assert spi.read(DR, 1) == 0xFF
    assert system.notes == ["BLOCK: no device attached, reads 0xFF"]


def test_an_overrun_is_cleared_by_reading_data_and_status(spi, system, device):
    switch_on(spi)
    for byte in range(3):
        spi.write(DR, 1, byte)
    system.run_to(1000)
    for byte in range(3):
        spi.write(DR, 1, byte)
    system.run_to(2000)
    assert spi.read(SR, 4) & OVR
    spi.read(DR, 1)
    assert spi.read(SR, 4) & OVR
    assert not spi.read(SR, 4) & OVR


def test_interrupts_and_dma_requests(spi, system, device):
    switch_on(spi, DS_8 | FRXTH | RXNEIE | TXDMAEN | RXDMAEN)
    assert (system.lines.get(35, False), system.requests) == (False, {"BLOCK.tx": True})
    for byte in range(4):
        spi.write(DR, 1, byte)
    assert system.requests == {"BLOCK.tx": False}
    system.run_to(128)
    assert (system.lines[35], system.requests) == (True, {"BLOCK.tx": True, "BLOCK.rx": True})
    spi.read(DR, 1)
    assert (system.lines[35], system.requests["BLOCK.rx"]) == (False, False)


def test_a_receiver_clocks_until_it_overruns(spi, system, device):
    switch_on(spi, first=RXONLY)
    assert len(system.run_to(100_000)) == 5
    assert spi.read(SR, 4) & OVR


LAST = "BLOCK: FRXTH is clear, so RXNE waits for 16 bits on the chip; here it comes for the byte that is left"


def test_rxne_comes_in_the_end_for_a_byte_without_a_second(spi, system, device):
    switch_on(spi, DS_8)
    for _ in range(2):
        spi.write(DR, 1, 0)
        system.run_to(system.cycles + 1000)
        assert [bool(spi.read(SR, 4) & RXNE) for _ in range(10)] == [False] * 9 + [True]
        assert spi.read(DR, 1) == 0
        assert not spi.read(SR, 4) & RXNE
    assert system.notes == [LAST]


@pytest.mark.parametrize("enable", [RXNEIE, RXDMAEN])
def test_an_interrupt_or_dma_takes_the_byte_that_is_left(spi, system, device, enable):
    switch_on(spi, DS_8 | enable)
    spi.write(DR, 1, 0)
    over = system.run_to(100_000)
    assert over == [128, 11 * 128]  # ten frames later
    assert system.lines.get(35, False) if enable == RXNEIE else system.requests["BLOCK.rx"]
    assert system.notes == [LAST]


def test_a_pair_of_bytes_is_taken_as_on_the_chip(spi, system, device):
    """As by ST's HAL: 16 bits are read at once; and what only sends looks at SR just once a byte."""
    switch_on(spi, DS_8)
    for _ in range(40):
        spi.write(DR, 1, 0)
        system.run_to(system.cycles + 1000)
        assert not spi.read(SR, 4) & (RXNE | BSY)
        spi.write(DR, 1, 0)
        system.run_to(system.cycles + 1000)
        assert spi.read(SR, 4) & RXNE
        spi.read(DR, 2)
    assert system.notes == []


def test_select_held_low_by_software_is_a_mode_fault(spi, system):
    spi.write(CR1, 4, MSTR | SPE | 1 << 9)
    assert spi.read(SR, 4) & 1 << 5
    assert not spi.read(CR1, 4) & (MSTR | SPE)


def test_a_pin_selects(system, spi):
    device = Recorder()
    system.devices.spi["BLOCK"] = [SpiAttachment(device, "PA4", False)]
    switch_on(spi)
    system.devices.pin_changes("PA4", False)
    spi.write(DR, 1, 7)
    system.run_to(1000)
    system.devices.pin_changes("PA4", True)
    spi.write(DR, 1, 8)
    system.run_to(2000)
    assert (device.sent, device.selections) == ([b"\x07"], [True, False])
    assert system.notes == ["BLOCK: no device is selected, reads 0xFF"]
