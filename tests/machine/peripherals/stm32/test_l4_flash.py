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


def unlock(flash):
    flash.write(KEYR, 4, 0x45670123)
    flash.write(KEYR, 4, 0xCDEF89AB)


def test_a_double_word_is_programmed_where_it_is_erased(flash, system):
    system.clock_hz = {"core": 1e6}
    unlock(flash)
    flash.write(CR, 4, 1)  # PG
    flash.store(0x080F_F000, 4, 0x1234_5678)
    assert system.read_flash(0x080F_F000, 4) == b"\xff" * 4
    flash.store(0x080F_F004, 4, 0x9ABC_DEF0)
    assert system.read_flash(0x080F_F000, 8) == bytes.fromhex("78563412f0debc9a")
    assert flash.read(SR, 4) == 1 << 16
    assert system.run_to(100) == [82]  # us
    assert flash.read(SR, 4) == 0
    for half in (0, 4):
        flash.store(0x080F_F000 + half, 4, 1)
    assert flash.read(SR, 4) == 1 << 3  # PROGERR
    flash.write(SR, 4, 0xFFFF)
    for half in (0, 4):
        flash.store(0x080F_F000 + half, 4, 0)
    assert system.read_flash(0x080F_F000, 8) == bytes(8)  # zeros can be programmed anywhere


@pytest.mark.parametrize(
    ("control", "stores", "error"),
    [
        (0, [(0, 4)], 1 << 7),  # PGSERR
        (1, [(0, 2)], 1 << 6),  # SIZERR
        (1, [(4, 4)], 1 << 5),  # PGAERR
        (1, [(0, 4), (8, 4)], 1 << 5),
        (1, [(0, 1), (0, 4)], 1 << 6 | 1 << 7),  # an error stands
    ],
)
def test_wrong_stores_change_nothing(flash, system, control, stores, error):
    unlock(flash)
    flash.write(CR, 4, control)
    for offset, size in stores:
        flash.store(0x0800_1000 + offset, size, 0)
    assert flash.read(SR, 4) == error
    assert system.read_flash(0x0800_1000, 16) == b"\xff" * 16


def test_a_page_is_erased_and_an_interrupt_says_when(system, config):
    system.clock_hz = {"core": 1e6}
    flash = L4Flash(config("stm32l4-flash", 4), system)
    system.change_flash(0x0800_0000, bytes(0x3000))
    unlock(flash)
    flash.write(CR, 4, 1 << 1 | 1 << 3 | 1 << 24)  # PER, page 1, EOPIE
    flash.write(CR, 4, flash.read(CR, 4) | 1 << 16)
    assert system.read_flash(0x0800_0000, 0x3000) == bytes(0x1000) + b"\xff" * 0x1000 + bytes(0x1000)
    assert system.run_to(30_000) == [22_020]  # us
    assert (flash.read(SR, 4), system.lines[4]) == (1, True)
    flash.write(SR, 4, 1)
    assert not system.lines[4]
    assert len(system.notes) == 1


def test_a_lock_keeps_flash_as_it_is(flash, system):
    flash.write(CR, 4, 1)
    flash.store(0x0800_1000, 4, 0)
    flash.store(0x0800_1004, 4, 0)
    assert flash.read(SR, 4) == 1 << 7
    assert system.read_flash(0x0800_1000, 8) == b"\xff" * 8
