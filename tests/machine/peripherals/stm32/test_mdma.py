"""MDMA: four cycles an item; what a request moves, repeated blocks, linked lists."""

import struct

import pytest

from simtiny.machine.peripherals.stm32.mdma import Mdma

GISR, CISR, CIFCR, CCR, CTCR, CBNDTR, CSAR, CDAR, CBRUR, CLAR, CTBR, CMAR, CMDR = (
    0x00, 0x40, 0x44, 0x4C, 0x50, 0x54, 0x58, 0x5C, 0x60, 0x64, 0x68, 0x70, 0x74,
)  # fmt: skip
SOURCE, DESTINATION, LIST = 0x2000_0000, 0x2000_1000, 0x2000_2000
TE, CTC, BRT, BT, TC, ACTIVE = 1, 2, 4, 8, 16, 1 << 16
SOFTWARE, PACK = 1 << 30, 1 << 25
BUFFER, BLOCK, REPEATED, ALL = (mode << 28 for mode in range(4))
WORDS = 2 | 2 << 2 | 2 << 4 | 2 << 6 | 2 << 8 | 2 << 10  # both sides increment by words
EN, REQUEST = 1, 1 << 16


def buffer(size):
    return size - 1 << 18


@pytest.fixture
def mdma(system, config):
    block = Mdma(config("stm32-mdma", 122, requests=["DMA1.tc0"]), system)
    system.controllers.append(block)
    system.modelled = {"DMA1"}
    system.put(SOURCE, bytes(range(256)))
    return block


def start(mdma, size, control, source=SOURCE, destination=DESTINATION, enable=EN | 0x3E):
    for register, word in ((CTCR, control), (CBNDTR, size), (CSAR, source), (CDAR, destination), (CCR, enable)):
        mdma.write(register, 4, word)


def test_a_block_by_software(mdma, system):
    start(mdma, 256, WORDS | SOFTWARE | BLOCK | buffer(128), enable=EN | 4)  # CTCIE
    system.run_to(1000)
    assert mdma.read(CBNDTR, 4) == 256  # it waits for the request
    mdma.write(CCR, 4, mdma.read(CCR, 4) | REQUEST)
    assert mdma.read(CISR, 4) == ACTIVE
    system.run_to(1042)
    assert mdma.read(CBNDTR, 4) == 256 - 40
    system.run_to(2000)
    assert (mdma.read(CISR, 4), mdma.read(CCR, 4)) == (CTC | BRT | BT | TC, 4)  # and it is disabled
    assert (mdma.read(GISR, 4), system.lines) == (1, {122: True})
    assert system.get(DESTINATION, 256) == bytes(range(256))
    mdma.write(CIFCR, 4, 0x1F)
    assert (mdma.read(CISR, 4), mdma.read(GISR, 4), system.lines) == (0, 0, {122: False})


def test_a_request_moves_a_buffer(mdma, system):
    start(mdma, 64, WORDS | SOFTWARE | BUFFER | buffer(16))
    for moved in (16, 32, 48):
        mdma.write(CCR, 4, EN | REQUEST)
        system.run_to(system.cycles + 100)
        assert (mdma.read(CBNDTR, 4), mdma.read(CISR, 4)) == (64 - moved, TC)
    mdma.write(CCR, 4, EN | REQUEST)
    system.run_to(system.cycles + 100)
    assert mdma.read(CISR, 4) == CTC | BRT | BT | TC


def test_repeated_blocks(mdma, system):
    """Two rows of four bytes out of rows of 16."""
    mdma.write(CBRUR, 4, 12)
    start(mdma, 4 | 1 << 20, WORDS | SOFTWARE | REPEATED | buffer(4))
    mdma.write(CCR, 4, EN | REQUEST)
    system.run_to(100)
    assert system.get(DESTINATION, 9) == bytes([0, 1, 2, 3, 16, 17, 18, 19, 0])
    assert mdma.read(CISR, 4) == CTC | BRT | BT | TC


def test_a_list(mdma, system):
    control = WORDS | SOFTWARE | ALL | buffer(8)
    node = (control, 8, SOURCE + 32, DESTINATION + 64, 0, 0, 0, 0, 0, 0)
    system.put(LIST, struct.pack("<10I", *node))
    mdma.write(CLAR, 4, LIST)
    start(mdma, 8, control)
    mdma.write(CCR, 4, EN | REQUEST)
    system.run_to(100)
    assert system.get(DESTINATION, 8) + system.get(DESTINATION + 64, 8) == bytes([*range(8), *range(32, 40)])
    assert mdma.read(CISR, 4) & CTC


def test_other_controllers_ask(mdma, system):
    """DMA1's first stream is done, and its flag is cleared by what MDMA writes for it."""
    mdma.write(CMAR, 4, DESTINATION + 128)
    mdma.write(CMDR, 4, 0x20)
    start(mdma, 32, WORDS | BLOCK | buffer(32))
    system.request_dma("DMA1.tc0", True)
    system.run_to(100)
    assert system.get(DESTINATION, 32) == bytes(range(32))
    assert system.get(DESTINATION + 128, 4) == b"\x20\0\0\0"


def test_bytes_are_packed_into_words_or_padded(mdma, system):
    bytes_to_words = 2 | 2 << 2 | 2 << 6 | 2 << 10
    start(mdma, 6, bytes_to_words | SOFTWARE | BLOCK | PACK | buffer(64))
    mdma.write(CCR, 4, EN | REQUEST)
    system.run_to(100)
    assert system.get(DESTINATION, 8) == bytes([0, 1, 2, 3, 4, 5, 0, 0])
    start(mdma, 2, bytes_to_words | SOFTWARE | BLOCK | buffer(64), destination=DESTINATION + 16)
    mdma.write(CCR, 4, EN | REQUEST)
    system.run_to(200)
    assert system.get(DESTINATION + 16, 8) == bytes([0, 0, 0, 0, 1, 0, 0, 0])


def test_downwards(mdma, system):
    start(mdma, 4, 3 | 2 << 2 | SOFTWARE | BLOCK | buffer(64), source=SOURCE + 9)
    mdma.write(CCR, 4, EN | REQUEST)
    system.run_to(100)
    assert system.get(DESTINATION, 4) == bytes([9, 8, 7, 6])


def test_errors(mdma, system):
    start(mdma, 3, WORDS | SOFTWARE | BLOCK)
    assert (mdma.read(CISR, 4), mdma.read(CCR, 4) & 1) == (TE, 0)
    mdma.write(CIFCR, 4, 0x1F)
    system.refused = {DESTINATION}
    start(mdma, 4, WORDS | SOFTWARE | BLOCK | buffer(4))
    mdma.write(CCR, 4, EN | REQUEST)
    system.run_to(100)
    assert (mdma.read(CISR, 4), mdma.read(CCR, 4) & 1) == (TE, 0)
