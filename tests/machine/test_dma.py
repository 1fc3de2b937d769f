"""DMA on the real machine: what it writes is what the core sees, executes and is woken by."""

import pytest

from simtiny.board_file import load_board
from simtiny.image import Image, Segment
from simtiny.machine.machine import Machine, StopReason
from simtiny.machine.system import BusError
from tests.machine.programs.loader import RESULTS, boot, results, run, word

DMA1_CHANNEL1 = 16 + 11
RAM_CODE = 0x2000_2000


def test_code_that_dma_moves_is_executed_at_once() -> None:
    machine = run("dma", "moves_code")
    assert results(machine, 2) == [1, 2]


def test_the_interrupt_ends_the_sleep_when_all_is_moved() -> None:
    machine = boot("dma", "sleeps", {DMA1_CHANNEL1: "sleeps_handler"})
    start = machine.mark()
    assert machine.run(limit_cycles=100_000) is StopReason.IDLE
    profile = machine.profile(start, machine.mark())
    assert word(machine, RESULTS) == 0x7  # half and all
    assert profile.exceptions == 1
    assert profile.sleep_cycles == pytest.approx(5 * 1000, abs=20)
    assert machine.read_memory(RAM_CODE, 4000) == machine.read_memory(0x0800_0400, 4000)


def test_the_bus_of_masters() -> None:
    machine = boot("dma", "sleeps")
    assert machine.memory_bytes(0x2000_0010) == 0x3_0000 - 0x10
    assert machine.memory_bytes(0x1000_0000) == 0x1_0000  # an alias
    assert machine.memory_bytes(0x4002_0000) == 0
    with pytest.raises(BusError):
        machine.bus_read(0xE000_E100, 4)  # the core's own
    with pytest.raises(BusError):
        machine.bus_write(0x0800_0000, 4, 0)
    with pytest.raises(BusError):
        machine.bus_read(0x2009_FFFE, 4)  # beyond the end
    assert (machine.is_modelled("DMA1"), machine.is_modelled("SAI1"), machine.is_modelled("DMA7")) == (
        True,
        False,
        False,
    )


def test_a_data_cache_in_between_is_noted() -> None:
    """The machine's RAM is what the core sees; on a Cortex-M7 board the data cache may hold something else."""
    machine = Machine(load_board("disco-f746ng"), Image("test", "", (Segment(0x0800_0000, bytes(512)),)))
    machine.bus_write(0x2001_0000, 4, 1)
    assert not [note for note in machine.notes if note.place == "caches"]
    machine.set_flash_acceleration(data_cache=True)
    machine.bus_write(0x2000_0000, 4, 1)  # DTCM
    assert not [note for note in machine.notes if note.place == "caches"]
    machine.bus_write(0x2001_0000, 4, 1)
    assert len([note for note in machine.notes if note.place == "caches"]) == 1
