"""Characters take their time on the line: flags, FIFOs and requests follow."""

import pytest

from simtiny.machine.peripherals.stm32.usart import Usart

CR1, CR2, CR3, BRR, ISR, ICR, RDR, TDR = 0x00, 0x04, 0x08, 0x0C, 0x1C, 0x20, 0x24, 0x28
UE, RE, TE, FIFOEN, M0, M1 = 1, 4, 8, 1 << 29, 1 << 12, 1 << 28
IDLE, RXNE, TC, TXE, TXFE, RXFT, TXFT = 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 23, 1 << 26, 1 << 27
CHARACTER = 5550  # cycles: 10 bits of 555, 64 MHz / 115,200


@pytest.fixture
def usart(system, config):
    system.serial_takes_time = True
    system.clock_hz = {"usart3": 64e6, "core": 64e6}
    usart = Usart(config("stm32-usart", 39, clock="usart3", fifo=16), system)
    usart.write(BRR, 4, 555)
    usart.write(CR1, 4, UE | RE | TE)
    return usart


@pytest.fixture
def sent(usart, system):
    came = []
    usart.on_transmit = lambda byte: came.append((system.cycles, byte))
    return came


def test_one_byte_waits_behind_the_one_that_goes_out(usart, system, sent):
    usart.write(TDR, 4, 1)
    assert usart.read(ISR, 4) & (TXE | TC) == TXE
    usart.write(TDR, 4, 2)
    assert usart.read(ISR, 4) & (TXE | TC) == 0
    system.run_to(CHARACTER)
    assert usart.read(ISR, 4) & (TXE | TC) == TXE
    system.run_to(2 * CHARACTER - 1)
    assert not usart.read(ISR, 4) & TC
    system.run_to(2 * CHARACTER)
    assert usart.read(ISR, 4) & TC
    assert sent == [(CHARACTER, 1), (2 * CHARACTER, 2)]


def test_a_byte_without_room_is_lost_with_a_note(usart, system, sent):
    for byte in (1, 2, 3):
        usart.write(TDR, 4, byte)
    system.run_to(10 * CHARACTER)
    assert [byte for _, byte in sent] == [1, 3]  # the register holds what was written last
    assert len(system.notes) == 1


def test_sixteen_bytes_wait_in_the_fifo(usart, system):
    usart.write(CR3, 4, 2 << 29)  # TXFTCFG: half of it free
    usart.write(CR1, 4, UE | TE | FIFOEN)
    for byte in range(17):
        assert usart.read(ISR, 4) & TXE
        usart.write(TDR, 4, byte)
    assert usart.read(ISR, 4) & (TXE | TXFE | TXFT | TC) == 0
    system.run_to(8 * CHARACTER - 1)
    assert usart.read(ISR, 4) & (TXE | TXFT) == TXE
    system.run_to(8 * CHARACTER)
    assert usart.read(ISR, 4) & TXFT
    system.run_to(16 * CHARACTER)
    assert usart.read(ISR, 4) & (TXFE | TC) == TXFE


@pytest.mark.parametrize(
    ("control", "stop", "halves"), [(0, 0, 20), (M0, 0, 22), (M1, 0, 18), (0, 2, 22), (0, 1, 19), (0, 3, 21)]
)
def test_bits_of_a_character(usart, system, control, stop, halves):
    usart.write(CR1, 4, UE | TE | control)
    usart.write(CR2, 4, stop << 12)
    usart.write(TDR, 4, 1)
    assert system.deadlines == [-(-555 * halves // 2)]


def test_received_bytes_come_one_after_the_other_and_wait_for_the_firmware(usart, system):
    usart.send(b"abc")
    assert not usart.read(ISR, 4) & RXNE
    system.run_to(CHARACTER)
    assert usart.read(ISR, 4) & RXNE
    assert usart.read(RDR, 4) == ord("a")
    assert not usart.read(ISR, 4) & RXNE
    system.run_to(10 * CHARACTER)  # b is in RDR, c in the shift register
    assert usart.pending == 2
    assert usart.read(RDR, 4) == ord("b")
    assert usart.read(RDR, 4) == ord("c")
    assert not usart.read(ISR, 4) & RXNE


def test_a_line_is_idle_one_character_after_the_last(usart, system):
    usart.send(b"a")
    system.run_to(2 * CHARACTER - 1)
    assert not usart.read(ISR, 4) & IDLE
    system.run_to(2 * CHARACTER)
    assert usart.read(ISR, 4) & IDLE
    usart.write(ICR, 4, IDLE)
    assert not usart.read(ISR, 4) & IDLE


def test_requests_of_dma_follow_the_time(usart, system):
    usart.write(CR3, 4, 3 << 6)
    assert system.requests == {"BLOCK.tx": True}
    usart.write(TDR, 4, 1)
    usart.write(TDR, 4, 2)
    assert system.requests == {"BLOCK.tx": False}
    usart.send(b"x")
    system.run_to(CHARACTER)
    assert system.requests == {"BLOCK.tx": True, "BLOCK.rx": True}
