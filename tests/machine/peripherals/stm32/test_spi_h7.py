import pytest

from simtiny.devices import SpiAttachment, spi_device
from simtiny.machine.peripherals.stm32.spi_h7 import SpiH7

CR1, CR2, CFG1, CFG2, IER, SR, IFCR, TXDR, RXDR = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x18, 0x20, 0x30
SPE, CSTART, CSUSP, SSI = 1, 1 << 9, 1 << 10, 1 << 12
MBR_8, TXDMAEN, RXDMAEN = 2 << 28, 1 << 15, 1 << 14
MASTER, SSM, RECEIVER = 1 << 22, 1 << 26, 2 << 17
RXP, TXP, DXP, EOT, TXTF, SUSP, TXC = 1, 2, 4, 8, 16, 1 << 11, 1 << 12


@pytest.fixture
def spi(system, config):
    """An SPI at 80 MHz beside a core at 160 MHz, and a device that inverts."""
    system.clock_hz = {"core": 160e6, "c": 80e6}
    device = spi_device(lambda sent: bytes(byte ^ 0xFF for byte in sent))
    system.devices.spi["BLOCK"] = [SpiAttachment(device, None, True)]
    return SpiH7(config("stm32h7-spi", 59, clock="c"), system)


def switch_on(spi, size, first=7, second=0):
    spi.write(CFG1, 4, MBR_8 | first)
    spi.write(CFG2, 4, MASTER | SSM | second)
    spi.write(CR2, 4, size)
    spi.write(CR1, 4, SSI | SPE)
    spi.write(CR1, 4, SSI | SPE | CSTART)


def test_reset_status(spi):
    assert spi.read(SR, 4) == TXP | TXC


def test_a_transfer_of_a_size_ends(spi, system):
    switch_on(spi, 3)
    assert spi.read(SR, 4) == 3 << 16 | TXP
    for byte in (1, 2, 3):
        spi.write(TXDR, 1, byte)
    assert spi.read(SR, 4) & (TXP | TXTF) == TXTF
    assert system.run_to(10_000) == [128, 256, 384]
    assert spi.read(SR, 4) == RXP | EOT | TXTF | TXC | 3 << 13
    assert not spi.read(CR1, 4) & CSTART
    assert [spi.read(RXDR, 1) for _ in range(3)] == [0xFE, 0xFD, 0xFC]
    spi.write(IFCR, 4, EOT | TXTF)
    assert not spi.read(SR, 4) & (EOT | TXTF)


def test_words_pack_four_frames(spi, system):
    switch_on(spi, 4)
    spi.write(TXDR, 4, 0x04030201)
    system.run_to(10_000)
    assert spi.read(RXDR, 4) == 0xFBFCFDFE


def test_packets_and_the_rest_of_the_last_one(spi, system):
    switch_on(spi, 6, first=7 | 3 << 5)  # packets of 4 bytes
    spi.write(TXDR, 4, 0)
    spi.write(TXDR, 2, 0)
    system.run_to(3 * 128)
    assert not spi.read(SR, 4) & RXP
    system.run_to(4 * 128)
    assert spi.read(SR, 4) & RXP
    spi.read(RXDR, 4)
    system.run_to(10_000)
    assert spi.read(SR, 4) & (RXP | EOT | 3 << 13) == EOT | 2 << 13


def test_a_receiver_needs_no_data(spi, system):
    switch_on(spi, 2, second=RECEIVER)
    assert system.run_to(10_000) == [128, 256]
    assert spi.read(RXDR, 1) == 0xFF


def test_idle_clocks_between_frames(spi, system):
    switch_on(spi, 2, second=4 << 4)
    spi.write(TXDR, 2, 0)
    assert system.run_to(10_000) == [128, 128 + 128 + 4 * 8 * 2]


def test_suspension_ends_behind_the_frame(spi, system):
    switch_on(spi, 0)
    spi.write(TXDR, 4, 0)
    spi.write(CR1, 4, SSI | SPE | CSTART | CSUSP)
    assert system.run_to(10_000) == [128]
    assert spi.read(SR, 4) & SUSP


def test_interrupts_and_dma_requests(spi, system):
    spi.write(IER, 4, EOT)
    switch_on(spi, 2, first=7 | TXDMAEN | RXDMAEN)
    assert system.requests == {"BLOCK.tx": True}
    spi.write(TXDR, 1, 0)
    spi.write(TXDR, 1, 0)
    assert system.requests == {"BLOCK.tx": False}
    system.run_to(128)
    assert (system.lines.get(59, False), system.requests["BLOCK.rx"]) == (False, True)
    system.run_to(256)
    assert system.lines[59]


def test_without_its_clock_it_takes_the_ahbs_and_says_so(spi, system):
    system.clock_hz |= {"c": 0.0, "axi": 40e6}
    switch_on(spi, 1)
    spi.write(TXDR, 1, 0)
    assert system.deadlines == [4 * 64]
    assert system.notes == [
        "BLOCK: its clock is off (none is selected in the RCC, or its oscillator is off): on the chip it stands still; "
        "here it runs on the clock of the AHB"
    ]
