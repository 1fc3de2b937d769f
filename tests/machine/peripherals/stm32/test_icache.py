import pytest

from simtiny.machine.peripherals.stm32.icache import Icache

CR, SR, FCR, CRR0 = 0x00, 0x04, 0x0C, 0x20
EN, CACHEINV, WAYSEL, HITMEN = 1, 2, 4, 1 << 16


@pytest.fixture
def icache(system, config):
    return Icache(config("stm32-icache"), system)


def test_starts_off_with_two_ways(icache, system):
    assert icache.read(CR, 4) == WAYSEL
    assert system.flash == {"instruction_cache": False, "ways": 2}


def test_on_with_two_ways(icache, system):
    icache.write(CR, 4, WAYSEL | EN)
    assert system.flash == {"instruction_cache": True, "ways": 2}


def test_on_and_direct_mapped(icache, system):
    icache.write(CR, 4, 0)
    icache.write(CR, 4, EN)
    assert icache.read(CR, 4) == EN
    assert system.flash == {"instruction_cache": True, "ways": 1}


def test_ways_are_locked_while_it_is_on(icache, system):
    icache.write(CR, 4, WAYSEL | EN)
    icache.write(CR, 4, EN)
    assert icache.read(CR, 4) == WAYSEL | EN
    assert system.flash["ways"] == 2


def test_invalidation_is_over_at_once_and_says_so(icache):
    icache.write(CR, 4, WAYSEL | CACHEINV)
    assert icache.read(CR, 4) == WAYSEL
    assert icache.read(SR, 4) == 2  # BSYENDF without BUSYF
    icache.write(FCR, 4, 2)
    assert icache.read(SR, 4) == 0


def test_what_is_not_modelled_is_noted(icache, system):
    icache.write(CR, 4, WAYSEL | HITMEN)
    icache.write(CRR0, 4, 1 << 15 | 0x200)
    icache.write(0x30, 4, 1)
    icache.write(CR, 4, WAYSEL | EN)
    assert len(system.notes) == 3
    icache.write(CR, 4, WAYSEL | EN | CACHEINV)
    assert len(system.notes) == 4
