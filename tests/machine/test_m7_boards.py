"""The boards with a Cortex-M7: what their platform files must get right for firmware to start."""

from simtiny.board_file import load_board
from simtiny.machine.machine import Machine
from tests.machine.programs.loader import CODE, image

RLR0 = 0x80


def kilobytes(name: str, kind: str) -> dict[str, int]:
    return {memory.name: memory.size // 1024 for memory in load_board(name).memories if memory.kind == kind}


def test_memories_of_the_f746() -> None:
    assert kilobytes("disco-f746ng", "flash") == {"flash": 1024}
    assert kilobytes("disco-f746ng", "ram") == {"itcm": 16, "dtcm": 64, "sram1": 240, "sram2": 16}
    board = load_board("disco-f746ng")
    # One range from DTCM's start to where firmware puts its stack
    assert all(board.memory_at(address) for address in range(0x2000_0000, 0x2005_0000, 0x1000))
    assert board.memory_at(0x2005_0000) is None


def test_memories_of_the_h7a3() -> None:
    assert kilobytes("nucleo-h7a3zi-q", "flash") == {"flash": 2048}
    ram = kilobytes("nucleo-h7a3zi-q", "ram")
    assert ram == {"itcm": 64, "dtcm": 128, "axi_sram": 1024, "ahb_sram": 128, "srd_sram": 32, "backup_sram": 4}


def test_only_tightly_coupled_memories_are_not_behind_the_data_cache() -> None:
    for name in ("disco-f746ng", "nucleo-h7a3zi-q"):
        rams = [memory for memory in load_board(name).memories if memory.kind == "ram"]
        assert {memory.name for memory in rams if not memory.cached} == {"itcm", "dtcm"}


def test_the_f746_shows_its_flash_on_the_itcm_interface_too() -> None:
    machine = Machine(load_board("disco-f746ng"), image("cortex_m7", "enable_caches"))
    assert machine.read_memory(CODE - 0x0800_0000 + 0x0020_0000, 64) == machine.read_memory(CODE, 64)


def test_the_h7a3_finds_its_hardware_semaphore_free() -> None:
    """HAL_HSEM_FastTake reads RLR and expects its own core, 1, and the lock bit."""
    machine = Machine(load_board("nucleo-h7a3zi-q"), image("cortex_m7", "enable_caches"))
    assert machine.peripherals["HSEM"].read(RLR0, 4) == 0x8000_0100
