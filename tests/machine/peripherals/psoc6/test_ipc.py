import pytest

from simtiny.machine.peripherals.psoc6.ipc import Ipc

ACQUIRE, RELEASE, NOTIFY, DATA0, DATA1, LOCK_STATUS = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x1C
CHANNEL = 0x20
INTR, INTR_MASK, INTR_MASKED = 0x1000, 0x1008, 0x100C
LOCKED = 1 << 31


@pytest.fixture
def ipc(system, config):
    return Ipc(config("psoc6-ipc", *range(23, 39)), system)


def test_a_lock_is_taken_once(ipc):
    channel = 4 * CHANNEL
    assert not ipc.read(channel + LOCK_STATUS, 4) & LOCKED
    assert ipc.read(channel + ACQUIRE, 4) & LOCKED
    assert not ipc.read(channel + ACQUIRE, 4) & LOCKED
    assert ipc.read(channel + LOCK_STATUS, 4) & LOCKED
    assert not ipc.read(LOCK_STATUS, 4) & LOCKED
    ipc.write(channel + RELEASE, 4, 0)
    assert ipc.read(channel + ACQUIRE, 4) & LOCKED


def test_data_words(ipc):
    ipc.write(5 * CHANNEL + DATA0, 4, 0x1234)
    ipc.write(5 * CHANNEL + DATA1, 4, 0x5678)
    assert ipc.read(5 * CHANNEL + DATA0, 4) == 0x1234
    assert ipc.read(5 * CHANNEL + DATA1, 4) == 0x5678


def test_notify_and_release_interrupt(ipc, system):
    ipc.write(INTR_MASK + 7 * CHANNEL, 4, 1 << 21 | 1 << 5)
    ipc.write(5 * CHANNEL + NOTIFY, 4, 1 << 7)
    assert system.lines[30]
    assert ipc.read(INTR_MASKED + 7 * CHANNEL, 4) == 1 << 21
    ipc.write(INTR + 7 * CHANNEL, 4, 1 << 21)
    assert not system.lines[30]
    ipc.write(5 * CHANNEL + RELEASE, 4, 1 << 7)
    assert ipc.read(INTR + 7 * CHANNEL, 4) == 1 << 5
    assert system.lines[30]


def test_flash_voltage_call_is_answered(ipc, system):
    channel = CHANNEL  # of the CM4's system calls
    assert ipc.read(channel + ACQUIRE, 4) & LOCKED
    ipc.write(channel + DATA0, 4, 0x0C00_0001)
    ipc.write(channel + NOTIFY, 4, 1)
    assert not ipc.read(channel + LOCK_STATUS, 4) & LOCKED
    assert ipc.read(channel + DATA0, 4) == 0xA000_0000
    assert system.notes == []


def test_other_calls_are_noted(ipc, system):
    ipc.read(CHANNEL + ACQUIRE, 4)
    ipc.write(CHANNEL + DATA0, 4, 0x0800_0100)
    ipc.write(CHANNEL + NOTIFY, 4, 1)
    assert ipc.read(CHANNEL + LOCK_STATUS, 4) & LOCKED
    assert system.notes == ["BLOCK: system call 0x08000100 is not modelled, it is never answered"]
