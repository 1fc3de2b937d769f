from simtiny.machine.peripherals.psoc6.flashc import Flashc

FLASH_CTL, FLASH_CMD, CM4_CA_CTL0, CM4_CA_CMD = 0x000, 0x008, 0x480, 0x48C


def test_reset_has_cache_and_prefetch_on(system, config):
    Flashc(config("psoc6-flashc"), system)
    assert system.flash == {"wait_states": 0, "prefetch": True, "instruction_cache": True}


def test_wait_states_and_cache_take_effect(system, config):
    flash = Flashc(config("psoc6-flashc"), system)
    flash.write(FLASH_CTL, 4, 0x0011_0005)
    assert system.flash["wait_states"] == 5
    flash.write(CM4_CA_CTL0, 4, 1 << 31)
    assert system.flash == {"wait_states": 5, "prefetch": False, "instruction_cache": True}
    flash.write(CM4_CA_CTL0, 4, 0)
    assert not system.flash["instruction_cache"]


def test_commands_are_done_at_once(system, config):
    flash = Flashc(config("psoc6-flashc"), system)
    flash.write(FLASH_CMD, 4, 1)
    flash.write(CM4_CA_CMD, 4, 1)
    assert flash.read(FLASH_CMD, 4) == flash.read(CM4_CA_CMD, 4) == 0
    assert system.notes == []


def test_programming_is_noted(system, config):
    flash = Flashc(config("psoc6-flashc"), system)
    flash.write(0xF000, 4, 1)
    assert system.notes == ["BLOCK: programming and erasing flash is not modelled"]
