import pytest

from simtiny.machine.peripherals.stm32.u5 import U5Flash

ACR, NSKEYR, OPTKEYR, NSSR, NSCR, OPTR = 0x00, 0x08, 0x10, 0x20, 0x28, 0x40
LOCK, OPTLOCK = 1 << 31, 1 << 30


@pytest.fixture
def flash(system, config):
    return U5Flash(config("stm32u5-flash"), system)


def test_starts_with_one_wait_state_and_leaves_the_caches_alone(flash, system):
    assert flash.read(ACR, 4) == 1
    assert system.flash == {"wait_states": 1, "prefetch": False}


def test_latency_and_prefetch_take_effect(flash, system):
    flash.write(ACR, 4, 4 | 1 << 8)
    assert flash.read(ACR, 4) == 0x104
    assert system.flash == {"wait_states": 4, "prefetch": True}


def test_a_bank_powers_down_when_asked(flash):
    flash.write(ACR, 4, 2 | 1 << 13)
    assert flash.read(NSSR, 4) == 1 << 21
    flash.write(ACR, 4, 2)
    assert flash.read(NSSR, 4) == 0


def test_low_power_reads_are_noted(flash, system):
    flash.write(ACR, 4, 1 << 11)
    assert len(system.notes) == 1


def unlock(flash):
    flash.write(NSKEYR, 4, 0x45670123)
    flash.write(NSKEYR, 4, 0xCDEF89AB)


def test_unlocks_with_both_keys_and_locks_again(flash):
    assert flash.read(NSCR, 4) == LOCK | OPTLOCK
    unlock(flash)
    assert flash.read(NSCR, 4) == OPTLOCK
    flash.write(OPTKEYR, 4, 0x08192A3B)
    flash.write(OPTKEYR, 4, 0x4C5D6E7F)
    assert flash.read(NSCR, 4) == 0
    flash.write(NSCR, 4, LOCK)
    assert flash.read(NSCR, 4) == LOCK
    unlock(flash)
    assert flash.read(NSCR, 4) == 0


def test_a_wrong_key_leaves_it_locked(flash):
    flash.write(NSKEYR, 4, 0x45670123)
    flash.write(NSKEYR, 4, 0)
    unlock(flash)
    assert flash.read(NSCR, 4) & LOCK


def test_a_quad_word_is_programmed_and_a_page_erased(flash, system):
    system.clock_hz = {"core": 1e6}
    unlock(flash)
    flash.write(NSCR, 4, 1)  # PG
    for at in range(0, 12, 4):
        flash.store(0x0810_0000 + at, 4, 0)
    assert flash.read(NSSR, 4) == 1 << 17  # WDW
    flash.store(0x0810_000C, 4, 0)
    assert flash.read(NSSR, 4) == 1 << 16
    assert system.run_to(200) == [118]  # us
    assert system.read_flash(0x0810_0000, 17) == bytes(16) + b"\xff"
    flash.write(NSCR, 4, 2 | 1 << 11 | 1 << 16)  # PER, BKER, page 0, STRT
    assert flash.read(NSCR, 4) == OPTLOCK | 2 | 1 << 11
    assert system.read_flash(0x0810_0000, 16) == b"\xff" * 16


def test_option_bytes_stay_and_the_unknown_is_noted(flash, system):
    flash.write(OPTR, 4, 0)
    assert flash.read(OPTR, 4) == 0x1FEF_F8AA
    flash.write(0x200, 4, 0)
    assert system.notes == [
        "BLOCK: option bytes written: not modelled, the board keeps its own",
        "BLOCK: unknown register 0x200 written",
    ]
