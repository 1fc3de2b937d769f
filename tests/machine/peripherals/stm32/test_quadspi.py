import pytest

from simtiny.devices import MemoryCommand
from simtiny.machine.peripherals.stm32.octospi import OctoSpi
from simtiny.machine.peripherals.stm32.quadspi import QuadSpi

CR, SR, FCR, DLR, CCR, AR, ABR, DR, PSMKR, PSMAR, PIR = (
    0x00, 0x08, 0x0C, 0x10, 0x14, 0x18, 0x1C, 0x20, 0x24, 0x28, 0x2C,
)  # fmt: skip
EN, ABORT, DMAEN, TCIE, APMS = 1, 2, 4, 1 << 17, 1 << 22
TCF, FTF, SMF, BUSY = 2, 4, 8, 32
I_1, A_1, A_24, D_1, D_4 = 1 << 8, 1 << 10, 2 << 12, 1 << 24, 3 << 24
READ, POLL, MAPPED = 1 << 26, 2 << 26, 3 << 26
THRESHOLD_4 = 3 << 8


class Memory:
    """Reads count up from the address; its status is busy twice."""

    def __init__(self):
        self.commands = []

    def command(self, command):
        self.commands.append(command)
        if command.instruction == 5:
            return bytes([len(self.commands) < 3])
        start = command.address or 0
        return bytes((start + place) & 0xFF for place in range(command.count))


@pytest.fixture
def memory(system):
    system.devices.memories["BLOCK"] = memory = Memory()
    return memory


@pytest.fixture
def qspi(system, config):
    """At the core's clock by 2: a clock of the memory is two cycles."""
    system.clock_hz = {"core": 100e6, "c": 100e6}
    qspi = QuadSpi(config("stm32-quadspi", 92, clock="c", window=[0x9000_0000, 0x1000]), system)
    qspi.write(CR, 4, 1 << 24 | THRESHOLD_4 | EN | TCIE | DMAEN)
    return qspi


def test_a_read_without_address_begins_by_its_configuration(qspi, system, memory):
    qspi.write(DLR, 4, 2)
    qspi.write(CCR, 4, 0x9F | I_1 | D_1 | READ)
    assert qspi.read(SR, 4) == BUSY
    assert system.run_to(1000) == [(8 + 3 * 8) * 2]
    assert qspi.read(SR, 4) == 3 << 8 | BUSY | TCF | FTF
    assert system.lines == {92: True}
    assert [qspi.read(DR, 1) for _ in range(3)] == [0, 1, 2]
    assert qspi.read(SR, 4) == TCF
    assert memory.commands == [MemoryCommand(0x9F, None, None, 0, b"", 3)]


def test_a_fast_quad_read_fills_the_fifo_and_waits(qspi, system, memory):
    """8 clocks of instruction, 24 of address, 8 empty ones, then 2 a byte; 4 bytes a burst, until 32 wait."""
    qspi.write(DLR, 4, 39)
    qspi.write(CCR, 4, 0x6B | I_1 | A_1 | A_24 | 8 << 18 | D_4 | READ)
    qspi.write(AR, 4, 0x10)
    fired = system.run_to(10_000)
    assert fired == [(40 + 8 * burst) * 2 for burst in range(1, 9)]
    assert qspi.read(SR, 4) == 32 << 8 | BUSY | FTF
    assert qspi.read(DR, 4) == 0x13121110
    system.run_to(20_000)
    assert [qspi.read(DR, 4) & 0xFF for _ in range(8)] == [0x14 + 4 * word for word in range(8)]
    system.run_to(30_000)
    assert qspi.read(DR, 4) & 0xFF == 0x34
    assert qspi.read(SR, 4) == TCF


def test_a_write_goes_to_the_memory_as_one(qspi, system, memory):
    qspi.write(DLR, 4, 5)
    qspi.write(CCR, 4, 0x02 | I_1 | A_1 | A_24 | D_1)
    qspi.write(AR, 4, 0x1000)
    assert (qspi.read(SR, 4), system.deadlines, system.requests) == (FTF, [], {"BLOCK": True})
    qspi.write(DR, 4, 0x04030201)
    qspi.write(DR, 2, 0x0605)
    system.run_to(10_000)
    assert memory.commands == [MemoryCommand(2, 0x1000, None, 0, bytes(range(1, 7)), 0)]
    assert qspi.read(SR, 4) & (TCF | BUSY) == TCF


def test_a_command_alone(qspi, system, memory):
    qspi.write(CCR, 4, 0x06 | I_1)
    assert system.run_to(1000) == [8 * 2]
    assert memory.commands == [MemoryCommand(6, None, None, 0, b"", 0)]


def test_polling_ends_when_the_status_matches(qspi, system, memory):
    qspi.write(CR, 4, 1 << 24 | EN | APMS)
    qspi.write(PSMKR, 4, 1)
    qspi.write(PIR, 4, 16)
    qspi.write(DLR, 4, 0)
    qspi.write(CCR, 4, 0x05 | I_1 | D_1 | POLL)
    assert system.run_to(10_000) == [32, 32 + 64, 32 + 128]
    assert qspi.read(SR, 4) == SMF
    qspi.write(FCR, 4, SMF)
    assert qspi.read(SR, 4) == 0


def test_polling_where_nothing_answers_is_visible_and_ends_by_abort(qspi, system):
    qspi.write(PSMKR, 4, 1)
    qspi.write(CCR, 4, 0x05 | I_1 | D_1 | POLL)
    system.run_to(100_000)
    assert (qspi.read(SR, 4), system.deadlines) == (BUSY, [])
    assert system.notes == ["BLOCK: no device attached, reads 0xFF"]
    qspi.write(CR, 4, EN | ABORT)
    assert (qspi.read(SR, 4), qspi.read(CR, 4)) == (TCF, EN)


def test_the_window(qspi, system, memory):
    assert (qspi.read_window(0x20, 4), system.windows) == (0, [])
    qspi.write(CCR, 4, 0x6B | I_1 | A_1 | A_24 | 8 << 18 | D_4 | MAPPED)
    assert (qspi.read_window(0x20, 4), system.windows) == (0x23222120, ["BLOCK"])
    assert memory.commands == [MemoryCommand(0x6B, 0x20, None, 8, b"", 4)]


def test_octospi_by_its_own_registers(system, config, memory):
    """8 lines at double rate: 16 bits of instruction and 32 of address take 1 and 2 clocks, 8 are empty."""
    system.clock_hz = {"core": 100e6, "c": 50e6}
    ospi = OctoSpi(config("stm32-octospi", 76, clock="c"), system)
    ospi.write(0x00, 4, 1 << 28 | EN)
    ospi.write(0x40, 4, 3)
    ospi.write(0x100, 4, 4 | 1 << 3 | 1 << 4 | 4 << 8 | 1 << 11 | 3 << 12 | 4 << 24 | 1 << 27)
    ospi.write(0x108, 4, 8)
    ospi.write(0x110, 4, 0xEE11)
    ospi.write(0x48, 4, 0x40)
    assert system.run_to(1000)[-1] == (1 + 2 + 8) * 2 + 4
    assert memory.commands == [MemoryCommand(0xEE11, 0x40, None, 8, b"", 4)]
    assert ospi.read(0x50, 4) == 0x43424140


def test_a_read_of_four_gigabytes_asks_for_a_piece_at_a_time(qspi, system, memory):
    qspi.write(DLR, 4, 0xFFFF_FFFE)
    qspi.write(CCR, 4, 0x03 | I_1 | A_1 | A_24 | D_1 | READ)
    qspi.write(AR, 4, 0x100)
    expected = (0x100 + place & 0xFF for place in range(1 << 17))
    for _ in range((1 << 16) // 32):
        system.run_to(system.cycles + 2 * 32 * 16)
        assert [qspi.read(DR, 1) for _ in range(32)] == [next(expected) for _ in range(32)]
    assert [(each.address, each.count) for each in memory.commands] == [(0x100, 1 << 16), (0x1_0100, 1 << 16)]
    qspi.write(CR, 4, qspi.read(CR, 4) | ABORT)
    assert qspi.read(SR, 4) == TCF
