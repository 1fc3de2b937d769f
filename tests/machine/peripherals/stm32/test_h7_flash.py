import pytest

from simtiny.machine.peripherals.stm32.h7_flash import H7Flash

ACR, OPTKEYR, OPTCR = 0x00, 0x08, 0x18
BANKS = pytest.mark.parametrize("bank", [0x000, 0x100])
KEYR, CR, SR = 0x04, 0x0C, 0x10
PG, START = 1 << 1, 1 << 5


@pytest.fixture
def flash(system, config):
    return H7Flash(config("stm32h7-flash"), system)


def unlock(flash, bank):
    flash.write(bank + KEYR, 4, 0x45670123)
    flash.write(bank + KEYR, 4, 0xCDEF89AB)


def test_latency_reaches_the_machine(flash, system):
    assert system.flash == {"wait_states": 3, "prefetch": False}
    flash.write(ACR, 4, 0x16)
    assert system.flash == {"wait_states": 6, "prefetch": False}
    assert flash.read(ACR, 4) == 0x16


@BANKS
def test_each_bank_has_its_lock(flash, bank):
    other = bank ^ 0x100
    unlock(flash, bank)
    assert (flash.read(bank + CR, 4), flash.read(other + CR, 4)) == (0, 1)
    flash.write(bank + CR, 4, 1)
    assert flash.read(bank + CR, 4) == 1
    unlock(flash, bank)
    assert flash.read(bank + CR, 4) == 0


def test_wrong_key_shuts_the_lock_until_reset(flash):
    flash.write(KEYR, 4, 0x12345678)
    unlock(flash, 0)
    assert flash.read(CR, 4) == 1


@BANKS
def test_a_flash_word_is_programmed_once_complete(flash, system, bank):
    system.clock_hz = {"core": 1e6}
    place = 0x0800_0000 + (0x10_2000 if bank else 0x2000)
    flash.store(place, 4, 0)
    assert flash.read(bank + SR, 4) == 1 << 18  # PGSERR
    flash.write(bank + 0x14, 4, 1 << 18)  # CCR
    assert flash.read(bank + SR, 4) == 0
    unlock(flash, bank)
    flash.write(bank + CR, 4, PG)
    for at in (0, 4, 8):
        flash.store(place + at, 4, 0x0101_0101 * at)
    assert flash.read(bank + SR, 4) == 2  # WBNE
    assert system.read_flash(place, 16) == b"\xff" * 16
    flash.store(place + 12, 4, 0x0C0C_0C0C)
    assert system.read_flash(place, 16) == bytes(byte for byte in (0, 4, 8, 12) for _ in range(4))
    assert flash.read(bank + SR, 4) == 5  # BSY, QW
    assert system.run_to(100) == [33]  # us
    assert flash.read(bank + SR, 4) == 1 << 16  # EOP


@BANKS
def test_a_sector_is_erased(flash, system, bank):
    system.clock_hz = {"core": 1e6}
    place = 0x0800_0000 + (0x10_0000 if bank else 0)
    system.change_flash(place, bytes(0x6000))
    unlock(flash, bank)
    flash.write(bank + CR, 4, 1 << 2 | 1 << 6 | START)  # SER, SNB 1
    assert flash.read(bank + CR, 4) == 1 << 2 | 1 << 6
    assert system.read_flash(place, 0x6000) == bytes(0x2000) + b"\xff" * 0x2000 + bytes(0x2000)
    assert system.run_to(3000) == [2200]  # us
    assert len(system.notes) == 1


def test_option_bytes_are_the_boards(flash, system):
    flash.write(OPTKEYR, 4, 0x08192A3B)
    flash.write(OPTKEYR, 4, 0x4C5D6E7F)
    assert flash.read(OPTCR, 4) == 0
    flash.write(OPTCR, 4, 2)
    assert flash.read(OPTCR, 4) == 0
    assert len(system.notes) == 1


def test_the_unknown_is_noted(flash, system):
    flash.write(0x1FC, 4, 5)
    assert system.notes == ["BLOCK: unknown register 0x1fc written"]
