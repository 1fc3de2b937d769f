import pytest

from simtiny.machine.peripherals.stm32.g0 import G0Flash

ACR, KEYR, OPTKEYR, SR, CR, OPTR = 0x00, 0x08, 0x0C, 0x10, 0x14, 0x20


@pytest.fixture
def flash(system, config):
    return G0Flash(config("stm32g0-flash"), system)


def test_reset_state(flash, system):
    assert flash.read(ACR, 4) == 0x600
    assert system.flash == {"wait_states": 0, "prefetch": False, "instruction_cache": True, "data_cache": False}


def test_latency_and_cache_reach_the_machine(flash, system):
    flash.write(ACR, 4, 2 | 1 << 8)
    assert system.flash == {"wait_states": 2, "prefetch": True, "instruction_cache": False, "data_cache": False}
    flash.write(ACR, 1, 1)  # a byte write leaves the other bytes alone
    assert system.flash == {"wait_states": 1, "prefetch": True, "instruction_cache": False, "data_cache": False}


def test_cache_reset_is_over_at_once(flash):
    flash.write(ACR, 4, 1 << 11)
    assert flash.read(ACR, 4) == 0


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


def test_a_locked_control_register_ignores_writes(flash, system):
    flash.write(CR, 4, 1)
    assert flash.read(CR, 4) == 0xC0000000
    assert system.notes == []


def test_a_page_of_the_second_bank_is_erased(flash, system):
    system.clock_hz = {"core": 1e6}
    system.flash_range = range(0x0800_0000, 0x0808_0000)
    system.change_flash(0x0804_0000, bytes(0x1000))
    flash.write(KEYR, 4, 0x45670123)
    flash.write(KEYR, 4, 0xCDEF89AB)
    flash.write(CR, 4, 1 << 1 | 1 << 3 | 1 << 13 | 1 << 16)  # PER, page 1, BKER, STRT
    assert flash.read(CR, 4) == 0x40000002 | 1 << 3 | 1 << 13
    assert flash.read(SR, 4) == 1 << 17  # BSY2
    assert (system.read_flash(0x0804_07FF, 2), system.read_flash(0x0804_0FFF, 1)) == (b"\x00\xff", b"\xff")
    assert system.run_to(30_000) == [22_000]  # us
    assert flash.read(SR, 4) == 0
    assert len(system.notes) == 1
    flash.write(OPTR, 4, 0)
    assert flash.read(OPTR, 4) != 0
