import pytest

from simtiny.errors import BadInput
from simtiny.machine.peripherals.stm32.usart import Usart

CR1, CR2, CR3, BRR, RQR, ISR, ICR, RDR, TDR, PRESC = 0x00, 0x04, 0x08, 0x0C, 0x18, 0x1C, 0x20, 0x24, 0x28, 0x2C
UE, RE, TE, RXNEIE, TCIE, TXEIE = 1, 4, 8, 0x20, 0x40, 0x80
RXNE, TC, TXE, TEACK, REACK = 0x20, 0x40, 0x80, 1 << 21, 1 << 22


@pytest.fixture
def usart(system, config):
    system.clock_hz = {"lpuart1": 120e6}
    return Usart(config("stm32-usart", 70, clock="lpuart1", low_power=True), system)


@pytest.fixture
def sent(usart):
    received = []
    usart.on_transmit = received.append
    return received


def test_reset_status_is_transmitter_idle(usart):
    assert usart.read(ISR, 4) == TXE | TC


def test_acknowledge_bits_follow_the_enables(usart):
    usart.write(CR1, 4, UE | RE | TE)
    assert usart.read(ISR, 4) == TXE | TC | TEACK | REACK
    usart.write(CR1, 4, UE | TE)
    assert usart.read(ISR, 4) == TXE | TC | TEACK


def test_transmits_at_once(usart, sent, system):
    usart.write(BRR, 4, 266_667)  # 256 * 120 MHz / 115200
    usart.write(CR1, 4, UE | TE)
    for byte in b"m-ready":
        usart.write(TDR, 4, byte)
        assert usart.read(ISR, 4) & TC
    assert bytes(sent) == b"m-ready"
    assert system.notes == []


def test_disabled_transmitter_loses_data_with_a_note(usart, sent, system):
    usart.write(TDR, 4, 0x41)
    assert sent == []
    assert len(system.notes) == 1


def test_receives_byte_after_byte(usart, system):
    usart.send(b"ab")
    assert usart.read(ISR, 4) & RXNE == 0
    usart.write(CR1, 4, UE | RE | RXNEIE)
    assert system.lines[70]
    assert usart.read(RDR, 4) == ord("a")
    assert system.lines[70]
    assert usart.read(RDR, 1) == ord("b")
    assert not system.lines[70]
    assert usart.read(ISR, 4) & RXNE == 0
    assert usart.pending == 0


def test_bytes_raise_the_line_when_they_arrive(usart, system):
    usart.write(CR1, 4, UE | RE | RXNEIE)
    assert not system.lines.get(70)
    usart.send(b"x")
    assert system.lines[70]


def test_transmission_complete_can_be_cleared_and_comes_back(usart, system):
    usart.write(CR1, 4, UE | TE | TCIE)
    assert system.lines[70]
    usart.write(ICR, 4, TC)
    assert not system.lines[70]
    assert usart.read(ISR, 4) & TC == 0
    usart.write(TDR, 4, 1)
    assert usart.read(ISR, 4) & TC


def test_flush_request_drops_what_waits(usart):
    usart.write(CR1, 4, UE | RE)
    usart.send(b"abc")
    usart.write(RQR, 4, 1 << 3)
    assert usart.read(ISR, 4) & RXNE == 0


def test_fifo_flags(usart, system):
    usart.write(CR3, 4, 1 << 28 | 2 << 25)  # threshold interrupt at half of 8
    usart.write(CR1, 4, UE | RE | TE | 1 << 29)
    usart.send(b"123")
    assert usart.read(ISR, 4) & (1 << 23 | 1 << 24 | 1 << 26 | 1 << 27) == 1 << 23 | 1 << 27
    assert not system.lines.get(70)
    usart.send(b"4")
    assert usart.read(ISR, 4) & 1 << 26
    assert system.lines[70]
    usart.send(b"5678")
    assert usart.read(ISR, 4) & 1 << 24


@pytest.mark.parametrize(
    ("clock_hz", "divider", "control", "prescaler", "baud"),
    [
        (80e6, 694, 0, 0, 115_274),  # 80 MHz / 694
        (80e6, 0x566, 1 << 15, 0, 115_274),  # oversampling by 8: USARTDIV 0x56C = 1388, 2 * 80 MHz / 1388
        (7.5e6, 65, 0, 0, 115_385),
        (80e6, 174, 0, 2, 114_943),  # prescaler 4: 20 MHz / 174
    ],
)
def test_baud_rates(system, config, clock_hz, divider, control, prescaler, baud):
    system.clock_hz = {"usart2": clock_hz}
    usart = Usart(config("stm32-usart", clock="usart2"), system)
    usart.write(CR1, 4, control)
    usart.write(BRR, 4, divider)
    usart.write(PRESC, 4, prescaler)
    assert usart.baud_rate() == pytest.approx(baud, rel=1e-3)
    assert usart.read(BRR, 4) == divider


def test_low_power_rate(usart):
    usart.write(BRR, 4, 0x411AB)  # 256 * 120 MHz / 115200 = 266,667
    assert usart.baud_rate() == pytest.approx(115_200, rel=1e-5)


def test_another_rate_is_noted_once(usart, sent, system):
    usart.write(BRR, 4, 3_200_000)
    usart.write(CR1, 4, UE | TE)
    usart.write(TDR, 4, 1)
    usart.write(TDR, 4, 2)
    assert system.notes == ["BLOCK: the firmware programmed 9600 baud, not 115200"]


def test_status_register_generation(system, config):
    """SR 0x00, DR 0x04, BRR 0x08, CR1 0x0C; UE is bit 13 (STM32F4)."""
    system.clock_hz = {"usart2": 42e6}
    usart = Usart(config("stm32-usart", 38, clock="usart2", generation="sr"), system)
    sent = []
    usart.on_transmit = sent.append
    assert usart.read(0x00, 4) == TXE | TC
    usart.write(0x08, 4, 365)
    usart.write(0x0C, 4, 1 << 13 | RE | TE | RXNEIE)
    usart.write(0x04, 4, 0x5A)
    assert sent == [0x5A]
    usart.send(b"q")
    assert usart.read(0x00, 4) & RXNE
    assert system.lines[38]
    assert usart.read(0x04, 4) == ord("q")
    assert usart.read(0x00, 4) & RXNE == 0
    assert not system.lines[38]
    usart.write(0x00, 4, ~TC & 0xFFFFFFFF)
    assert usart.read(0x00, 4) & TC == 0
    assert system.notes == []


def test_requests_of_direct_memory_access_follow_the_flags(usart, system):
    usart.write(CR3, 4, 3 << 6)
    assert system.requests == {}
    usart.write(CR1, 4, UE | RE | TE)
    assert system.requests == {"BLOCK.tx": True}
    usart.send(b"x")
    assert system.requests == {"BLOCK.tx": True, "BLOCK.rx": True}
    usart.read(RDR, 4)
    assert system.requests == {"BLOCK.tx": True, "BLOCK.rx": False}


def test_wrong_parameters_are_named(system, config):
    with pytest.raises(BadInput, match=r"BLOCK.*generation"):
        Usart(config("stm32-usart", clock="x", generation="new"), system)
    with pytest.raises(BadInput, match="clok"):
        Usart(config("stm32-usart", clock="x", clok="y"), system)
