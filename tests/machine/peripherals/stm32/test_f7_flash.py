import pytest

from simtiny.machine.peripherals.stm32.f7 import F7Flash
from simtiny.machine.peripherals.stm32.flash import STRAY

ACR, KEYR, OPTKEYR, SR, CR, OPTCR = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14
LOCK, START = 1 << 31, 1 << 16
PGPERR, ERSERR, BSY = 1 << 6, 1 << 7, 1 << 16
OFF = {"prefetch": False, "alias_cache": False, "alias_prefetch": False}


@pytest.fixture
def flash(system, config):
    return F7Flash(config("stm32f7-flash"), system)


def unlock(flash):
    flash.write(KEYR, 4, 0x45670123)
    flash.write(KEYR, 4, 0xCDEF89AB)


def test_latency_reaches_the_machine(flash, system):
    assert system.flash == {"wait_states": 0, **OFF}
    flash.write(ACR, 4, 7)
    assert system.flash == {"wait_states": 7, **OFF}
    assert system.notes == []


def test_the_accelerator_does_not_serve_axi(flash, system):
    flash.write(ACR, 4, 7 | 1 << 8 | 1 << 9)
    assert flash.read(ACR, 4) == 0x307
    assert system.flash == {"wait_states": 7, "prefetch": False, "alias_cache": True, "alias_prefetch": True}
    flash.write(ACR, 4, 7 | 1 << 9)
    assert system.flash == {"wait_states": 7, **OFF, "alias_cache": True}
    assert len(system.notes) == 1
    assert "0x00200000" in system.notes[0]


def test_unlock_and_lock(flash):
    assert flash.read(CR, 4) == LOCK
    unlock(flash)
    assert flash.read(CR, 4) == 0
    flash.write(CR, 4, LOCK)
    assert flash.read(CR, 4) == LOCK
    unlock(flash)
    assert flash.read(CR, 4) == 0


def test_wrong_key_shuts_the_lock_until_reset(flash):
    flash.write(KEYR, 4, 0x12345678)
    unlock(flash)
    assert flash.read(CR, 4) == LOCK


def test_programming_clears_bits_in_accesses_of_the_chosen_size(flash, system):
    system.clock_hz = {"core": 1e6}
    flash.store(0x0800_8000, 4, 0)
    assert flash.read(SR, 4) == ERSERR
    assert system.notes == [f"BLOCK: {STRAY}"]
    unlock(flash)
    flash.write(SR, 4, ERSERR)
    flash.write(CR, 4, 2 << 8 | 1)  # PSIZE: 32 bits, PG
    flash.store(0x0800_8000, 4, 0xFFFF_0F0F)
    assert flash.read(SR, 4) == BSY
    assert system.run_to(16) == [16]  # us
    assert flash.read(SR, 4) == 0
    flash.store(0x0800_8000, 4, 0x1234_FFFF)
    flash.store(0x0800_8004, 2, 0)
    assert system.read_flash(0x0800_8000, 8) == bytes.fromhex("0f0f3412ffffffff")
    assert flash.read(SR, 4) == BSY | PGPERR


def test_a_sector_is_erased_and_takes_its_time(flash, system):
    system.clock_hz = {"core": 1e6}
    system.flash_range = range(0x0800_0000, 0x0810_0000)
    system.change_flash(0x0800_0000, bytes(0x10_0000))
    unlock(flash)
    flash.write(CR, 4, 1 << 1 | 4 << 3 | START | 1 << 24)  # SER, SNB, EOPIE
    assert flash.read(CR, 4) == 1 << 1 | 4 << 3 | 1 << 24
    assert flash.read(SR, 4) == BSY
    assert len(system.notes) == 1
    erased = [at for at in range(0, 0x10_0000, 0x8000) if system.flash_memory[at] == 0xFF]
    assert erased == [0x2_0000, 0x2_8000, 0x3_0000, 0x3_8000]  # the one of 128 KB, behind four of 32 KB
    system.run_to(1_000_000)
    assert flash.read(SR, 4) == 1  # EOP


def test_option_bytes_are_the_boards(flash, system):
    flash.write(OPTCR, 4, 0)
    assert (flash.read(OPTCR, 4), system.notes) == (0xC0FFAAFD, [])
    flash.write(OPTKEYR, 4, 0x08192A3B)
    flash.write(OPTKEYR, 4, 0x4C5D6E7F)
    assert flash.read(OPTCR, 4) == 0xC0FFAAFC
    flash.write(OPTCR, 4, 0)
    assert flash.read(OPTCR, 4) == 0xC0FFAAFC
    assert len(system.notes) == 1
    flash.write(OPTCR, 4, 1)
    assert flash.read(OPTCR, 4) == 0xC0FFAAFD
