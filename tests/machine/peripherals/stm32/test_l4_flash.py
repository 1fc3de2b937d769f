import pytest

from simtiny.machine.peripherals.stm32.l4 import L4Flash

ACR, KEYR, OPTKEYR, SR, CR, OPTR = 0x00, 0x08, 0x0C, 0x10, 0x14, 0x20


@pytest.fixture
def flash(system, config):
    return L4Flash(config("stm32l4-flash"), system)


def test_reset_state(flash, system):
    assert flash.read(ACR, 4) == 0x600
    assert system.flash == {"wait_states": 0, "prefetch": False, "instruction_cache": True, "data_cache": True}
    assert flash.read(SR, 4) == 0
    assert flash.read(OPTR, 4) == 0xFFEFF8AA  # dual bank


def test_latency_and_caches_reach_the_machine(flash, system):
    flash.write(ACR, 4, 5 | 1 << 8 | 1 << 9)
    assert system.flash == {"wait_states": 5, "prefetch": True, "instruction_cache": True, "data_cache": False}
    assert flash.read(ACR, 4) & 0xF == 5
    flash.write(ACR, 1, 4)  # a byte write leaves the other bytes alone
    assert system.flash == {"wait_states": 4, "prefetch": True, "instruction_cache": True, "data_cache": False}


def test_single_bank_board(system, config):
    flash = L4Flash(config("stm32l4-flash", dual_bank=False), system)
    assert flash.read(OPTR, 4) == 0xFFAFF8AA


def test_unlock_sequences(flash):
    assert flash.read(CR, 4) == 0xC0000000
    flash.write(KEYR, 4, 0x45670123)
    flash.write(KEYR, 4, 0xCDEF89AB)
    assert flash.read(CR, 4) == 0x40000000
    flash.write(OPTKEYR, 4, 0x08192A3B)
    flash.write(OPTKEYR, 4, 0x4C5D6E7F)
    assert flash.read(CR, 4) == 0
    flash.write(CR, 4, 1 << 31)
    assert flash.read(CR, 4) == 1 << 31
    flash.write(KEYR, 4, 0x45670123)
    flash.write(KEYR, 4, 0xCDEF89AB)
    assert flash.read(CR, 4) == 0


def test_wrong_key_shuts_the_lock_until_reset(flash):
    flash.write(KEYR, 4, 0x12345678)
    flash.write(KEYR, 4, 0x45670123)
    flash.write(KEYR, 4, 0xCDEF89AB)
    assert flash.read(CR, 4) == 0xC0000000


def test_a_lock_shut_by_a_wrong_key_stays_shut_when_the_other_register_is_written(flash):
    flash.write(OPTKEYR, 4, 0)
    flash.write(KEYR, 4, 0x45670123)
    flash.write(KEYR, 4, 0xCDEF89AB)
    flash.write(CR, 4, flash.read(CR, 4))
    flash.write(OPTKEYR, 4, 0x08192A3B)
    flash.write(OPTKEYR, 4, 0x4C5D6E7F)
    assert flash.read(CR, 4) == 1 << 30


def test_a_locked_control_register_ignores_writes(flash, system):
    flash.write(CR, 4, 1)
    assert flash.read(CR, 4) == 0xC0000000
    assert system.notes == []


def test_programming_is_noted_and_over_at_once(flash, system):
    flash.write(KEYR, 4, 0x45670123)
    flash.write(KEYR, 4, 0xCDEF89AB)
    flash.write(CR, 4, 1 << 1 | 1 << 16)
    assert flash.read(CR, 4) & 1 << 16 == 0
    assert flash.read(SR, 4) & 1 << 16 == 0
    assert len(system.notes) == 1
