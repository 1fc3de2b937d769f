"""DMA on the real machine: what it writes is what the core sees, executes and is woken by."""

import itertools
import struct

import pytest

from simtiny.board_file import load_board
from simtiny.image import Image, Segment
from simtiny.machine.machine import Machine, StopReason
from simtiny.machine.system import BusError
from tests.machine.programs.loader import RESULTS, board, boot, image, results, run, word

DMA1_CHANNEL1 = 16 + 11
RAM_CODE = 0x2000_2000


def test_code_that_dma_moves_is_executed_at_once() -> None:
    machine = run("dma", "moves_code")
    assert results(machine, 2) == [1, 2]


def test_the_interrupt_ends_the_sleep_when_all_is_moved() -> None:
    machine = boot("dma", "sleeps", {DMA1_CHANNEL1: "sleeps_handler"})
    start = machine.mark()
    assert machine.run(limit_cycles=100_000) is StopReason.IDLE
    profile = machine.profile(start, machine.mark())
    assert word(machine, RESULTS) == 0x7  # half and all
    assert profile.exceptions == 1
    assert profile.sleep_cycles == pytest.approx(5 * 1000, abs=20)
    assert machine.read_memory(RAM_CODE, 4000) == machine.read_memory(0x0800_0400, 4000)


def test_the_bus_of_masters() -> None:
    machine = boot("dma", "sleeps")
    assert machine.memory_bytes(0x2000_0010) == 0x3_0000 - 0x10
    assert machine.memory_bytes(0x1000_0000) == 0x1_0000  # an alias
    assert machine.memory_bytes(0x4002_0000) == 0
    with pytest.raises(BusError):
        machine.bus_read(0xE000_E100, 4)  # the core's own
    with pytest.raises(BusError):
        machine.bus_write(0x0800_0000, 4, 0)
    with pytest.raises(BusError):
        machine.bus_read(0x2009_FFFE, 4)  # beyond the end
    assert (machine.asks_for_dma("DMA1"), machine.asks_for_dma("SAI1"), machine.asks_for_dma("DMA7")) == (
        True,
        False,
        False,
    )


def test_a_data_cache_in_between_is_noted() -> None:
    """The machine's RAM is what the core sees; on a Cortex-M7 board the data cache may hold something else."""
    machine = Machine(load_board("disco-f746ng"), Image("test", "", (Segment(0x0800_0000, bytes(512)),)))
    machine.bus_write(0x2001_0000, 4, 1)
    assert not [note for note in machine.notes if note.place == "caches"]
    machine.set_flash_acceleration(data_cache=True)
    machine.bus_write(0x2000_0000, 4, 1)  # DTCM
    assert not [note for note in machine.notes if note.place == "caches"]
    machine.bus_write(0x2001_0000, 4, 1)
    assert len([note for note in machine.notes if note.place == "caches"]) == 1


def test_spi_is_served_by_two_channels_through_the_multiplexer() -> None:
    """As ST's HAL_SPI_TransmitReceive_DMA: a flash answers behind the four bytes of its command."""
    received, command = 0x2000_3000, 0x2000_3100
    spi1, dma1, dmamux1 = 0x4001_3000, 0x4002_0000, 0x4002_0800
    accesses = (
        *((0x4002_1060, 1 << 12), (0x4002_1048, 5)),  # APB2ENR.SPI1EN, AHB1ENR
        *((dmamux1 + 4, 10), (dmamux1 + 8, 11)),  # SPI1_RX to channel 2, SPI1_TX to channel 3
        *((dma1 + 0x20, 8), (dma1 + 0x24, spi1 + 0xC), (dma1 + 0x28, received), (dma1 + 0x1C, 0x81)),
        *((dma1 + 0x34, 8), (dma1 + 0x38, spi1 + 0xC), (dma1 + 0x3C, command), (dma1 + 0x30, 0x91)),
        *((spi1 + 4, 0x1703), (spi1, 0x344)),  # bytes, RXDMAEN, TXDMAEN; master, software NSS, SPE
    )
    steps = b"".join(struct.pack("<III", 4, *access) for access in accesses) + bytes(12)
    machine = Machine(board(), image("registers", "accesses"), segments=((0x0801_0000, steps),))
    machine.write_memory(command, b"\x03\x00\x10\x00....")
    sent = bytearray()

    def flash(data: bytes) -> bytes:
        sent.extend(data)
        return bytes(0x40 + len(sent) for _ in data)

    machine.attach("SPI1", flash)
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    assert bytes(sent) == b"\x03\x00\x10\x00...."
    assert machine.read_memory(received, 8) == b"ABCDEFGH"
    assert machine.bus_read(dma1, 4) == 0x770  # half and all of both
    assert [note.text for note in machine.notes if "drives" in note.text] == []


@pytest.mark.parametrize("request_number", [27, 29])
def test_a_serial_port_is_served_at_its_pace(request_number: int) -> None:
    """As ST's HAL_UART_Transmit_DMA: at 4 MHz and BRR 35 a character takes 350 cycles.

    Request 29 is of USART3: on the chip the channel waits for ever.
    """
    usart2, dma1, text = 0x4000_4400, 0x4002_0000, 0x2000_3000
    accesses = (
        *((0x4002_1048, 5), (0x4002_1058, 1 << 17), (usart2 + 0xC, 35), (usart2, 9)),
        *(
            (0x4002_0800, request_number),
            (dma1 + 0xC, 5),
            (dma1 + 0x10, usart2 + 0x28),
            (dma1 + 0x14, text),
            (dma1 + 8, 0x91),
        ),
        (usart2 + 8, 0x80),  # DMAT
    )
    steps = b"".join(struct.pack("<III", 4, *access) for access in accesses) + bytes(12)
    machine = Machine(board(), image("registers", "accesses"), segments=((0x0801_0000, steps),))
    machine.write_memory(text, b"hello")
    sent: list[tuple[int, int]] = []
    machine.peripherals["USART2"].on_transmit = lambda byte: sent.append((machine.cycles, byte))  # type: ignore[attr-defined]
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    assert bytes(byte for _, byte in sent) == b"hello"
    gaps = [after - before for (before, _), (after, _) in itertools.pairwise(sent)]
    assert gaps == pytest.approx([350] * 4, abs=3)
    assert machine.bus_read(dma1, 4) == 0x7
    told = [note.text for note in machine.notes if "accesses" in note.text]
    wrong = (
        "DMA1 channel 1 accesses USART2 on requests of USART3 (29): on the chip it waits for these; "
        "here USART2.tx serves it"
    )
    assert told == ([] if request_number == 27 else [wrong])


def test_a_channel_that_waits_for_a_block_that_never_asks_is_named() -> None:
    machine = Machine(board(), image("registers", "accesses"))
    machine.bus_write(0x4002_0800, 4, 6)
    assert "DMA1 channel 1 waits for request 6 (DAC1.ch1), which nothing drives" in [n.text for n in machine.notes]
