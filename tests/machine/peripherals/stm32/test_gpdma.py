"""GPDMA: four cycles a beat; linked lists, two-dimensional addressing, suspension."""

import struct

import pytest

from simtiny.machine.peripherals.stm32.gpdma import Gpdma
from tests.machine.peripherals.ports import DATA, PORT

LBAR, FCR, SR, CR = 0x50, 0x5C, 0x60, 0x64
TR1, TR2, BR1, SAR, DAR, TR3, BR2, LLR = 0x90, 0x94, 0x98, 0x9C, 0xA0, 0xA4, 0xA8, 0xCC
MISR = 0x0C
SOURCE, DESTINATION, LIST = 0x2000_0000, 0x2000_1000, 0x2000_2000
WORDS = 2 | 1 << 3 | 2 << 16 | 1 << 19
BYTES = 1 << 3 | 1 << 19
SOFTWARE, TO_PERIPHERAL = 1 << 9, 1 << 10
IDLE, TC, HT, DTE, ULE, USE, SUSPENDED = 1, 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13


@pytest.fixture
def dma(system, config):
    block = Gpdma(
        config("stm32-gpdma", 29, 30, 31, requests=["P.rx", "P.tx", "SPI1.rx"], channels=3, first_2d=2), system
    )
    system.controllers.append(block)
    system.modelled = {"P"}
    return block


def start(dma, channel, size, source, destination, tr1, tr2, control=1):
    for register, word in ((TR1, tr1), (TR2, tr2), (BR1, size), (SAR, source), (DAR, destination), (CR, control)):
        dma.write(register + 0x80 * channel, 4, word)


def test_memory_to_memory(dma, system):
    system.put(SOURCE, bytes(range(200)))
    assert dma.read(SR, 4) == IDLE
    start(dma, 0, 200, SOURCE, DESTINATION, WORDS, SOFTWARE, 0x301)
    assert dma.read(SR, 4) == 0
    system.run_to(41)
    assert (dma.read(BR1, 4), dma.read(SAR, 4), dma.read(DAR, 4)) == (160, SOURCE + 40, DESTINATION + 40)
    assert system.run_to(1000) == [100, 200]
    assert (dma.read(SR, 4), dma.read(CR, 4), dma.read(MISR, 4)) == (IDLE | TC | HT, 0x300, 1)
    assert system.lines == {29: True}
    assert system.get(DESTINATION, 201) == bytes(range(200)) + b"\0"
    dma.write(FCR, 4, 0x7F00)
    assert (dma.read(SR, 4), dma.read(MISR, 4), system.lines[29]) == (IDLE, 0, False)


def test_transmits_on_request(dma, port, system):
    system.put(SOURCE, b"hello")
    port.drive("tx", True)
    start(dma, 1, 5, SOURCE, PORT + DATA, 1 << 3, 1 | TO_PERIPHERAL, 0x101)
    system.run_to(1000)
    assert bytes(port.sent) == b"hello"
    assert (dma.read(SR + 0x80, 4), system.lines[30]) == (IDLE | TC | HT, True)


def test_a_list_that_begins_with_nothing_goes_round(dma, port, system):
    """What ST's HAL makes of a circular reception: the first item is linked to, and links to itself."""
    links = 1 << 31 | 1 << 30 | 1 << 29 | 1 << 28 | 1 << 27 | 1 << 16 | LIST & 0xFFFC
    system.put(LIST, struct.pack("<6I", 1 << 19, 0, 4, PORT + DATA, DESTINATION, links))
    dma.write(LBAR, 4, LIST)
    dma.write(LLR, 4, links)
    dma.write(CR, 4, 0x101)
    port.bring(*b"abcdef")
    system.run_to(100)
    assert system.get(DESTINATION, 5) == b"efcd\0"
    assert (dma.read(BR1, 4), dma.read(SR, 4), dma.read(CR, 4) & 1) == (2, TC | HT, 1)


def test_two_dimensions(dma, system):
    """A picture of 3 by 2 bytes out of rows of 8, turned into rows of 4."""
    system.put(SOURCE, bytes(range(16)))
    dma.write(TR3 + 0x100, 4, 0)
    dma.write(BR2 + 0x100, 4, 5 | 1 << 16)
    start(dma, 2, 3 | 1 << 16, SOURCE, DESTINATION, BYTES, SOFTWARE | 1 << 30)
    system.run_to(100)
    assert system.get(DESTINATION, 8) == b"\x00\x01\x02\x00\x08\x09\x0a\x00"
    assert dma.read(SR + 0x100, 4) & TC
    assert dma.read(BR1 + 0x100, 4) == 0


def test_bursts_jump(dma, system):
    system.put(SOURCE, bytes(range(16)))
    dma.write(TR3 + 0x100, 4, 2)
    start(dma, 2, 4, SOURCE, DESTINATION, BYTES | 1 << 4, SOFTWARE)  # bursts of two beats
    system.run_to(100)
    assert system.get(DESTINATION, 4) == bytes([0, 1, 4, 5])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [(0, b"\x80\x00\x01\x00"), (1, b"\x80\xff\x01\x00"), (2, b"\x80\x01\x82\x03")],
)
def test_bytes_become_halfwords(dma, system, mode, expected):
    system.put(SOURCE, b"\x80\x01\x82\x03")
    start(dma, 0, 4, SOURCE, DESTINATION, BYTES | 1 << 16 | mode << 11, SOFTWARE)
    system.run_to(100)
    assert system.get(DESTINATION, 4) == expected


def test_suspend_resume_and_reset(dma, system):
    start(dma, 0, 400, SOURCE, DESTINATION, WORDS, SOFTWARE)
    system.run_to(100)
    dma.write(CR, 4, 5)
    assert (dma.read(SR, 4), dma.read(BR1, 4)) == (SUSPENDED | IDLE, 300)
    system.run_to(500)
    assert dma.read(BR1, 4) == 300
    dma.write(FCR, 4, SUSPENDED)
    dma.write(CR, 4, 1)
    system.run_to(600)
    assert (dma.read(SR, 4), dma.read(BR1, 4)) == (HT, 200)
    dma.write(CR, 4, 7)  # as ST's __HAL_DMA_DISABLE
    assert (dma.read(SR, 4), dma.read(CR, 4)) == (IDLE, 0)
    system.run_to(10_000)
    assert dma.read(BR1, 4) == 200


def test_what_is_enabled_can_not_be_changed(dma):
    start(dma, 0, 400, SOURCE, DESTINATION, WORDS, SOFTWARE)
    for register in (TR1, TR2, BR1, SAR, DAR, LLR, LBAR):
        dma.write(register, 4, 0)
    dma.write(CR, 4, 0)  # EN is cleared by hardware alone
    assert [dma.read(at, 4) for at in (CR, TR1, TR2, BR1, SAR)] == [1, WORDS, SOFTWARE, 400, SOURCE]


def test_errors(dma, system):
    start(dma, 0, 3, SOURCE, DESTINATION, WORDS, SOFTWARE)  # no whole words
    assert (dma.read(SR, 4), dma.read(CR, 4)) == (USE | IDLE, 0)
    start(dma, 1, 0, SOURCE, DESTINATION, WORDS, SOFTWARE)
    assert dma.read(SR + 0x80, 4) == USE | IDLE
    system.refused = {LIST, DESTINATION + 8}
    dma.write(LBAR + 0x80, 4, LIST)
    dma.write(LLR + 0x80, 4, 1 << 29 | LIST & 0xFFFC)
    dma.write(CR + 0x80, 4, 1)
    assert dma.read(SR + 0x80, 4) == USE | ULE | IDLE
    start(dma, 2, 4, SOURCE, DESTINATION + 8, WORDS, SOFTWARE)
    system.run_to(100)
    assert dma.read(SR + 0x100, 4) == DTE | IDLE


def test_it_says_that_nobody_asks(dma, system):
    start(dma, 0, 4, PORT, DESTINATION, 1 << 19, 2)
    assert system.notes == ["BLOCK channel 0 waits for request 2 (SPI1.rx), which nothing drives"]


def test_requests_of_another_block_leave_it_to_the_one_that_is_accessed(dma, port, system):
    system.names = {PORT: "Q"}
    start(dma, 0, 3, PORT + DATA, DESTINATION, 1 << 19, 0)  # request 0: P.rx
    port.received += b"abc"
    for _ in range(3):
        dma.dma_request("Q.rx", True)
        system.run_to(system.cycles + 4)
        dma.dma_request("Q.rx", False)
    assert system.get(DESTINATION, 3) == b"abc"
    what = "BLOCK channel 0 accesses Q on requests of P (0): on the chip it waits for these; here Q.rx serves it"
    assert what in system.notes
