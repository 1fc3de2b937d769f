"""DMA with channels, alone and behind a DMAMUX. A transfer takes five cycles an item."""

import msgspec
import pytest

from simtiny.machine.peripherals.stm32.dma_channels import DmaChannels
from simtiny.machine.peripherals.stm32.dmamux import Dmamux
from simtiny.machine.peripherals.stm32.timer import Timer
from tests.machine.peripherals.ports import DATA, PORT

ISR, IFCR, CCR1, CNDTR1, CPAR1, CMAR1, CCR2 = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x1C
SOURCE, DESTINATION = 0x2000_0000, 0x2000_1000
WORDS = 0x4AC0  # MEM2MEM, from PAR to MAR, words, both increment
TO_PORT, FROM_PORT, CIRCULAR = 0x90, 0x80, 0x20  # bytes, memory increments


@pytest.fixture
def dma(system, config):
    block = DmaChannels(config("stm32-dma", 11, 12, requests=["MUX.0", "MUX.1"]), system)
    system.controllers.append(block)
    return block


@pytest.fixture
def mux(system, config, dma):
    names = ["DMA1 channel 1", "DMA1 channel 2"]
    block = Dmamux(config("stm32-dmamux", requests=["P.rx", "P.tx", "SPI2.rx"], channels=names), system)
    block._name = "MUX"
    system.controllers.append(block)
    system.modelled = {"P"}
    return block


def start(dma, channel, count, peripheral, memory, control):
    base = 0x14 * channel
    for register, word in ((CNDTR1, count), (CPAR1, peripheral), (CMAR1, memory), (CCR1, control)):
        dma.write(base + register, 4, word)


def test_memory_to_memory_tells_of_half_and_of_all(dma, system):
    data = bytes(range(256))
    system.put(SOURCE, data)
    start(dma, 0, 64, SOURCE, DESTINATION, WORDS | 7)  # with the interrupts of half and all
    assert not dma.timeless
    system.run_to(100)
    assert dma.read(CNDTR1, 4) == 64 - 20
    assert system.get(DESTINATION, 80) == data[:80]
    assert (dma.read(ISR, 4), system.lines.get(11)) == (0, None)
    assert system.run_to(160) == [160]
    assert (dma.read(ISR, 4), system.lines[11]) == (0x5, True)  # GIF and HTIF
    dma.write(IFCR, 4, 0x4)
    assert (dma.read(ISR, 4), system.lines[11]) == (0, False)
    assert system.run_to(400) == [320]
    assert (dma.read(ISR, 4), dma.read(CNDTR1, 4), system.lines[11]) == (0x3, 0, True)
    assert system.get(DESTINATION, 256) == data
    assert dma.read(CCR1, 4) & 1  # the hardware leaves it enabled
    assert dma.timeless
    dma.write(IFCR, 4, 0x1)  # CGIF clears all of the channel
    assert (dma.read(ISR, 4), system.lines[11]) == (0, False)
    assert system.notes == ["BLOCK: it moved data: that the core waits for the bus meanwhile is not priced"]


def test_many_items_are_two_events(dma, system):
    start(dma, 0, 65_535, SOURCE, SOURCE, WORDS | 1)
    assert len(system.run_to(400_000)) == 2
    assert dma.read(ISR, 4) == 0x7


def test_what_is_enabled_can_not_be_changed(dma, system):
    start(dma, 0, 64, SOURCE, DESTINATION, WORDS | 1)
    dma.write(CNDTR1, 4, 3)
    dma.write(CPAR1, 4, 3)
    dma.write(CCR1, 4, 0x3)  # that of an interrupt can be
    assert [dma.read(at, 4) for at in (CCR1, CNDTR1, CPAR1)] == [WORDS | 3, 64, SOURCE]
    system.run_to(52)
    dma.write(CCR1, 4, 0)  # abort
    system.run_to(1000)
    assert (dma.read(CNDTR1, 4), dma.read(ISR, 4)) == (54, 0)
    dma.write(CNDTR1, 4, 3)
    assert dma.read(CNDTR1, 4) == 3


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        (0x100, b"\x00\x02\x04\x06"),  # halfwords to bytes: the lower one
        (0x200, b"\x00\x04\x08\x0c"),  # words to bytes
        (0x400, b"\x00\x00\x01\x00\x02\x00\x03\x00"),  # bytes to halfwords: zeros on top
        (0x900, b"\x00\x01\x00\x00\x02\x03\x00\x00"),  # halfwords to words
    ],
)
def test_widths_differ(dma, system, sizes, expected):
    """RM0432, programmable data width: each item is cut or filled by itself."""
    system.put(SOURCE, bytes(range(16)))
    start(dma, 0, 4, SOURCE, DESTINATION, 0x40C0 | sizes | 1)
    system.run_to(20)
    assert system.get(DESTINATION, len(expected)) == expected


def test_fill(dma, system):
    system.put(SOURCE, b"\xaa\xbb\xcc\xdd")
    start(dma, 0, 100, SOURCE, DESTINATION, WORDS & ~0x40 | 1)  # the source stays
    system.run_to(500)
    assert system.get(DESTINATION, 404) == b"\xaa\xbb\xcc\xdd" * 100 + bytes(4)


def test_an_overlap_is_moved_item_by_item(dma, system):
    system.put(SOURCE, b"abcd")
    start(dma, 0, 16, SOURCE, SOURCE + 4, 0x40C1)  # bytes
    system.run_to(80)
    assert system.get(SOURCE, 20) == b"abcd" * 5


def test_transmits_on_request(dma, mux, port, system):
    mux.write(0, 4, 2)
    system.put(SOURCE, b"hello")
    port.drive("tx", True)
    start(dma, 0, 5, PORT + DATA, SOURCE, TO_PORT | 3)
    system.run_to(4)
    assert port.sent == []
    system.run_to(5)
    assert port.sent == [*b"h"]
    assert dma.read(CNDTR1, 4) == 4
    assert dma.timeless  # the next comes by an event
    system.run_to(5 + 4 * 105)
    assert bytes(port.sent) == b"hello"
    assert (dma.read(ISR, 4), system.lines[11]) == (0x7, True)
    system.run_to(2000)
    assert bytes(port.sent) == b"hello"


def test_receives_in_a_circle(dma, mux, port, system):
    mux.write(4, 4, 1)  # the second channel
    start(dma, 1, 4, PORT + DATA, DESTINATION, FROM_PORT | CIRCULAR | 7)
    port.bring(*b"ab")
    system.run_to(20)
    assert (dma.read(CNDTR1 + 0x14, 4), system.get(DESTINATION, 4)) == (2, b"ab\0\0")
    assert (dma.read(ISR, 4), system.lines[12]) == (0x50, True)
    port.bring(*b"cde")
    system.run_to(50)
    assert (dma.read(CNDTR1 + 0x14, 4), system.get(DESTINATION, 4)) == (3, b"ebcd")
    assert dma.read(ISR, 4) == 0x70
    assert port.received == []


def test_what_was_asked_for_before_is_served_when_enabled(dma, mux, port, system):
    port.bring(*b"x")
    mux.write(0, 4, 1)
    start(dma, 0, 1, PORT + DATA, DESTINATION, FROM_PORT | 1)
    system.run_to(5)
    assert system.get(DESTINATION, 1) == b"x"


def test_a_bus_error_disables_the_channel(dma, system):
    system.refused = {DESTINATION + 8}
    start(dma, 0, 4, SOURCE, DESTINATION, WORDS & ~0x400 & ~0x80 | 0x9)  # TEIE; one address
    dma.write(CCR1, 4, 0)
    start(dma, 0, 4, SOURCE, DESTINATION + 8, WORDS | 0x9)
    system.run_to(100)
    assert (dma.read(ISR, 4), dma.read(CCR1, 4) & 1, system.lines[11]) == (0x9, 0, True)
    assert "BLOCK channel 1 met a bus error, from 0x20000004 to 0x20001008" in system.notes[-1]


def test_a_channel_of_its_own_registers(dma, system):
    """A transfer that disables its own channel ends there."""
    system.blocks[0x4002_0000] = dma
    start(dma, 0, 4, SOURCE, 0x4002_0000 + CCR1, WORDS & ~0x80 | 1)
    system.run_to(1000)
    assert (dma.read(CCR1, 4), dma.read(CNDTR1, 4)) == (0, 4)


def test_double_buffer_of_bdma(system, config):
    dma = DmaChannels(config("stm32-dma", requests=["a"], double_buffer=True), system)
    dma.write(0x18, 4, DESTINATION)  # CM1AR
    system.put(SOURCE, b"12345678")
    start(dma, 0, 4, SOURCE, SOURCE + 0x100, 0x80C1 | 0x4000)
    system.run_to(20)
    assert dma.read(CCR1, 4) & 1 << 16  # CT
    dma.write(CMAR1, 4, SOURCE + 0x200)  # that of the other buffer can be changed
    assert dma.read(CMAR1, 4) == SOURCE + 0x200
    system.run_to(40)
    assert (system.get(SOURCE + 0x100, 4), system.get(DESTINATION, 4)) == (b"1234", b"1234")


def test_where_there_is_no_way(system, config):
    dma = DmaChannels(config("stm32-dma", requests=["a"], unreachable=[[SOURCE, 0x1000]]), system)
    start(dma, 0, 4, SOURCE, DESTINATION, WORDS | 1)
    system.run_to(100)
    assert dma.read(ISR, 4) == 0x9


def test_the_multiplexer_says_that_nobody_asks(mux, system):
    mux.write(4, 4, 3)
    mux.write(4, 4, 3)
    mux.write(0, 4, 9)
    assert system.notes == [
        "DMA1 channel 2 waits for request 3 (SPI2.rx), which nothing drives",
        "DMA1 channel 1 waits for request 9 (reserved), which nothing drives",
    ]
    mux.write(0, 4, 1 << 16 | 1)
    mux.write(0x100, 4, 1 << 16)
    assert "synchronisation" in system.notes[2]
    assert "generators" in system.notes[3]


def test_cycles_are_those_of_its_bus(system, config):
    system.clock_hz = {"core": 280e6, "axi": 140e6}
    dma = DmaChannels(config("stm32-dma", requests=["a"], clock="axi"), system)
    start(dma, 0, 8, SOURCE, DESTINATION, WORDS | 1)
    assert system.run_to(1000) == [40, 80]


def test_in_a_replay_it_moves_nothing_and_says_nothing(dma, system):
    system.moves_data = False
    start(dma, 0, 4, SOURCE, DESTINATION, WORDS | 1)
    assert (system.run_to(1000), dma.read(ISR, 4), system.notes) == ([], 0, [])


def test_what_counts_down_is_not_steady(dma, system):
    """A loop that waits for a flag may be skipped up to the next event, one that waits for the count may not."""
    assert dma.steady_until(CNDTR1) == dma.steady_until(ISR) > 1 << 60
    start(dma, 0, 64, SOURCE, DESTINATION, WORDS | 1)
    assert (dma.steady_until(CNDTR1), dma.steady_until(CNDTR1 + 0x14)) == (0, dma.steady_until(ISR))


def test_a_timer_has_one_item_moved_each_time(dma, mux, system, config):
    """TIM2's updates, 100 cycles apart, each through the multiplexer to an output register."""
    system.clock_hz = {"core": 1e6, "tim": 1e6}
    timer = Timer(config("stm32-timer", clock="tim"), system)
    timer._name = "P"
    mux._given = msgspec.structs.replace(mux._given, requests=("P.up",))
    system.holders = {"P": timer, "MUX": mux}
    mux.write(0, 4, 1)
    system.put(SOURCE, b"abcd")
    start(dma, 0, 4, DESTINATION, SOURCE, TO_PORT | 1)
    for register, word in ((0x2C, 99), (0x0C, 1 << 8), (0x00, 1)):
        timer.write(register, 4, word)
    counts = []
    for cycle in (104, 105, 204, 205, 405):
        system.run_to(cycle)
        counts.append(4 - dma.read(CNDTR1, 4))
    assert counts == [0, 1, 1, 2, 4]
    assert system.get(DESTINATION, 2) == b"d\0"
