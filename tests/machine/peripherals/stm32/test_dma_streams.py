"""DMA with streams: six cycles an item; FIFO, double buffer, the requests of CHSEL."""

import pytest

from simtiny.machine.peripherals.stm32.dma_streams import DmaStreams
from tests.machine.peripherals.ports import DATA, PORT, FakePort

LISR, HISR, LIFCR, HIFCR = 0x00, 0x04, 0x08, 0x0C
CR, NDTR, PAR, M0AR, M1AR, FCR = range(0x10, 0x28, 4)
SOURCE, DESTINATION = 0x2000_0000, 0x2000_1000
BYTES_TO_BYTES = 0x680  # memory to memory, both increment
TC, HT, TE, FE = 0x20, 0x10, 0x08, 0x01


@pytest.fixture
def dma(system, config):
    rows = [["", "P.rx"], ["P.tx", "SPI3.rx TIM2.up"], *[[]] * 6]
    block = DmaStreams(config("stm32-dma-streams", *range(11, 19), requests=rows), system)
    system.controllers.append(block)
    system.modelled = {"P"}
    return block


def start(dma, stream, count, par, m0ar, control, fifo=0):
    for register, word in ((NDTR, count), (PAR, par), (M0AR, m0ar), (FCR, fifo), (CR, control)):
        dma.write(register + 0x18 * stream, 4, word)


def test_memory_to_memory(dma, system):
    system.put(SOURCE, bytes(range(100)))
    start(dma, 5, 100, SOURCE, DESTINATION, BYTES_TO_BYTES | 0x19)  # TCIE, HTIE
    assert dma.read(FCR + 0x18 * 5, 4) == 0x24  # empty, no direct mode
    system.run_to(60)
    assert dma.read(NDTR + 0x18 * 5, 4) == 90
    assert system.run_to(1000) == [300, 600]
    assert dma.read(HISR, 4) == (TC | HT) << 6
    assert system.lines == {16: True}
    assert dma.read(CR + 0x18 * 5, 4) & 1 == 0  # the hardware disables it
    assert system.get(DESTINATION, 100) == bytes(range(100))
    assert system.requests["BLOCK.tc5"]
    dma.write(HIFCR, 4, 0x3D << 6)
    assert (dma.read(HISR, 4), system.lines, system.requests["BLOCK.tc5"]) == (0, {16: False}, False)


def test_the_fifo_packs_and_unpacks(dma, system):
    system.put(SOURCE, bytes(range(16)))
    start(dma, 0, 6, SOURCE, DESTINATION, BYTES_TO_BYTES | 2 << 13 | 1, 3)  # bytes to words: the rest in bytes
    system.run_to(100)
    assert system.get(DESTINATION, 8) == bytes(range(6)) + bytes(2)
    dma.write(LIFCR, 4, 0x3F)
    start(dma, 0, 2, SOURCE, DESTINATION + 32, BYTES_TO_BYTES | 2 << 11 | 1, 3)  # words to bytes
    system.run_to(200)
    assert system.get(DESTINATION + 32, 9) == bytes(range(8)) + bytes(1)


def test_transmits_on_request(dma, port, system):
    system.put(SOURCE, b"hello")
    start(dma, 1, 5, PORT + DATA, SOURCE, 0x440 | 0x11)  # from memory, which increments; channel 0
    port.drive("tx", True)
    system.run_to(6)
    assert (port.sent, dma.read(NDTR + 0x18, 4)) == ([*b"h"], 4)
    system.run_to(1000)
    assert bytes(port.sent) == b"hello"
    assert (dma.read(LISR, 4), system.lines) == ((TC | HT) << 6, {12: True})


def test_words_of_memory_are_sent_in_bytes(dma, port, system):
    system.put(SOURCE, b"hello!!!")
    start(dma, 1, 6, PORT + DATA, SOURCE, 0x440 | 2 << 13 | 1, 0x7)
    port.drive("tx", True)
    system.run_to(1000)
    assert bytes(port.sent) == b"hello!"


def test_receives_into_two_buffers(dma, port, system):
    dma.write(M1AR, 4, DESTINATION + 16)
    start(dma, 0, 2, PORT + DATA, DESTINATION, 1 << 25 | 1 << 18 | 0x400 | 0x11)  # channel 1, DBM
    port.bring(*b"abc")
    system.run_to(12)
    assert dma.read(CR, 4) & 1 << 19  # CT: the second buffer
    dma.write(M0AR, 4, DESTINATION + 32)  # the other may change now, this one not
    dma.write(M1AR, 4, 0)
    system.run_to(40)
    port.bring(*b"de")
    system.run_to(100)
    assert system.get(DESTINATION, 2) + system.get(DESTINATION + 16, 2) + system.get(DESTINATION + 32, 1) == b"abcde"
    assert dma.read(LISR, 4) == TC | HT


def test_abort_tells_by_tcif(dma, system):
    """ST's HAL_DMA_Abort_IT disables the stream and waits for the interrupt of TCIF."""
    start(dma, 0, 100, SOURCE, DESTINATION, BYTES_TO_BYTES | 0x11)
    system.run_to(120)
    dma.write(CR, 4, BYTES_TO_BYTES | 0x10)
    assert (dma.read(LISR, 4), dma.read(NDTR, 4), system.lines[11]) == (TC, 80, True)
    system.run_to(10_000)
    assert system.get(DESTINATION + 20, 1) == b"\0"


def test_what_is_enabled_can_not_be_changed(dma, system):
    start(dma, 0, 100, SOURCE, DESTINATION, BYTES_TO_BYTES | 1)
    for register in (NDTR, PAR, M0AR, M1AR):
        dma.write(register, 4, 1)
    dma.write(CR, 4, 0x1F)
    assert dma.read(CR, 4) == BYTES_TO_BYTES | 0x1F
    assert [dma.read(at, 4) for at in (NDTR, PAR, M0AR, M1AR)] == [100, SOURCE, DESTINATION, 0]


def test_bursts_must_fill_the_fifo(dma, system):
    """RM0385, table of FIFO thresholds: bursts of four words need a full FIFO."""
    start(dma, 0, 4, SOURCE, DESTINATION, BYTES_TO_BYTES | 2 << 13 | 1 << 23 | 1, 2)
    assert (dma.read(LISR, 4), dma.read(CR, 4) & 1) == (FE, 0)
    dma.write(LIFCR, 4, FE)
    start(dma, 0, 4, SOURCE, DESTINATION, BYTES_TO_BYTES | 2 << 13 | 1 << 23 | 1, 3)
    system.run_to(100)
    assert dma.read(LISR, 4) == TC | HT


def test_bus_error(dma, system):
    system.refused = {DESTINATION}
    start(dma, 3, 4, SOURCE, DESTINATION, BYTES_TO_BYTES | 5)
    system.run_to(100)
    assert (dma.read(LISR, 4), dma.read(CR + 0x48, 4) & 1, system.lines[14]) == (TE << 22, 0, True)


def test_some_controllers_can_not_move_within_memory(system, config):
    dma = DmaStreams(config("stm32-dma-streams", requests=[[]], memory_to_memory=False), system)
    start(dma, 0, 4, SOURCE, DESTINATION, BYTES_TO_BYTES | 1)
    assert (dma.read(LISR, 4), dma.read(CR, 4) & 1) == (TE, 0)


def test_it_says_that_nobody_asks_and_that_flags_are_set(dma, system):
    start(dma, 1, 4, PORT, DESTINATION, 1 << 25 | 1)
    assert system.notes == ["BLOCK stream 1 waits for channel 1 (SPI3.rx or TIM2.up), which nothing drives"]
    dma.write(CR + 0x18, 4, 0)
    dma.write(CR + 0x18, 4, 1)
    assert "flags 0x20 set" in system.notes[1]


def test_requests_of_another_block_leave_it_to_the_one_that_is_accessed(dma, port, system):
    other = FakePort(system, "Q")
    other.controllers = system.controllers
    system.blocks[PORT + 0x400], system.names = other, {PORT: "P", PORT + 0x400: "Q"}
    system.put(SOURCE, b"hello")
    other.drive("tx", True)
    start(dma, 1, 5, PORT + 0x400 + DATA, SOURCE, 1 << 10 | 1 << 6 | 1)  # CHSEL 0: P's
    system.run_to(10_000)
    assert bytes(other.sent) == b"hello"
    assert (
        "BLOCK stream 1 accesses Q on requests of P (0): on the chip it waits for these; here Q.tx serves it"
        in system.notes
    )


def test_requests_of_timers_are_waited_for_whatever_is_accessed(dma, port, system):
    """And those of a block that asks itself serve the channel, as on the chip, whatever it accesses."""
    system.names = {PORT: "Q"}
    system.put(SOURCE, b"hello")
    start(dma, 1, 5, PORT + DATA, SOURCE, 1 << 25 | 1 << 10 | 1 << 6 | 1)  # CHSEL 1: SPI3.rx or TIM2.up
    dma.dma_request("Q.rx", True)
    system.run_to(1_000)
    assert port.sent == []
    dma.write(CR + 0x18, 4, 0)
    dma.write(LIFCR, 4, 0x3F << 6)
    port.drive("tx", True)
    start(dma, 1, 5, PORT + DATA, SOURCE, 1 << 10 | 1 << 6 | 1)  # CHSEL 0: P.tx
    system.run_to(10_000)
    assert bytes(port.sent) == b"hello"
    assert not [note for note in system.notes if "accesses" in note]
