"""The table of the private peripheral bus, and what writes to registers without behaviour leave behind."""

from itertools import combinations

import pytest

from simtiny.board_file import load_board
from simtiny.image import Image, Segment
from simtiny.machine.cortex_m7_scs import CortexM7Registers
from simtiny.machine.dwt import Dwt
from simtiny.machine.fault_registers import FaultRegisters
from simtiny.machine.itm import Itm
from simtiny.machine.machine import Machine, StopReason
from simtiny.machine.mpu import Mpu
from simtiny.machine.nvic_registers import NvicRegisters
from simtiny.machine.scb import SystemControlBlock
from simtiny.machine.system_register import ALL, INERT, SystemRegister
from simtiny.machine.systick import SysTick
from simtiny.notes import Note, NoteKind, texts
from tests.machine.programs.loader import FLASH, results
from tests.machine.test_nvic import load, machine_for, store

UNITS = (Itm, Dwt, SysTick, NvicRegisters, SystemControlBlock, FaultRegisters, Mpu)
TABLE = [*INERT, *(register for unit in UNITS for register in unit.registers)]
ACTLR, SAU, UNKNOWN, CYCCNT = 0xE000_E008, 0xE000_EDD0, 0xE000_8000, 0xE000_1004
DWT_CTRL, DEMCR = 0xE000_1000, 0xE000_EDFC


def by_name(name: str) -> SystemRegister:
    return next(register for register in TABLE if register.name == name)


def test_no_two_units_answer_for_one_register() -> None:
    for one, other in combinations(TABLE, 2):
        assert not set(one.offsets) & set(other.offsets), (one.name, other.name)
    assert len({register.name for register in TABLE}) == len(TABLE)


def test_cortex_m7_renames_nothing() -> None:
    """What it answers for itself has the name and a part of the cores of the general table."""
    common = {register.offset: register for register in TABLE}
    for register in CortexM7Registers.registers:
        if register.offset in common:
            assert register.name == common[register.offset].name
            assert register.cores <= common[register.offset].cores


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("VTOR", {"cortex-m0"}),
        ("CFSR", {"cortex-m0", "cortex-m0plus"}),  # Armv6-M has HardFault only
        ("DWT_CYCCNT", {"cortex-m0", "cortex-m0plus"}),
        ("STIR", {"cortex-m0", "cortex-m0plus"}),
        ("CPACR", {"cortex-m0", "cortex-m0plus", "cortex-m3"}),
        ("FPCCR", {"cortex-m0", "cortex-m0plus", "cortex-m3"}),
        ("SAU", set(ALL) - {"cortex-m33"}),
        ("SYST_CSR", set()),
        ("NVIC_ISER", set()),
    ],
)
def test_which_cores_have_a_register(name: str, without: set[str]) -> None:
    assert {core for core in ALL if not by_name(name).is_in(core)} == without


def test_writes_without_effect_are_in_the_details_only() -> None:
    """An L4 is a Cortex-M4: it has no SAU."""
    machine = machine_for(store(ACTLR, 5), load(ACTLR), store(SAU, 3), load(SAU), store(UNKNOWN, 7), load(UNKNOWN))
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    assert results(machine, 3) == [5, 0, 7]
    assert machine.notes == (
        Note(NoteKind.STORED, "ACTLR", 1, "ACTLR: without effect, it reads back"),
        Note(NoteKind.STORED, "SAU", 1, "SAU: cortex-m4f has none, it reads as zero"),
        Note(NoteKind.FIRMWARE, "SAU", 1, "SAU: cortex-m4f has none, it reads as zero"),
        Note(NoteKind.STORED, "0xe0008000", 1, "0xe0008000: no known register of the core, it reads back"),
    )
    assert texts(machine.notes) == ["SAU: cortex-m4f has none, it reads as zero"]


@pytest.mark.parametrize(
    ("name", "control", "cycles"), [("nucleo-g0b1re", 2 << 28, 0), ("nucleo-l4r5zi", 4 << 28 | 1, 7)]
)
def test_armv6_m_has_no_cycle_counter(name: str, control: int, cycles: int) -> None:
    machine = Machine(load_board(name), Image("x", "", (Segment(FLASH, bytes(8)),)))
    machine.write_memory(DEMCR, (1 << 24).to_bytes(4, "little"))
    machine.write_memory(DWT_CTRL, b"\x01\0\0\0")
    machine.write_memory(CYCCNT, b"\x07\0\0\0")
    assert [int.from_bytes(machine.read_memory(at, 4), "little") for at in (DWT_CTRL, CYCCNT)] == [control, cycles]
    missing = [note.text for note in machine.notes if note.kind is NoteKind.FIRMWARE]
    assert missing == ([] if cycles else ["DWT_CYCCNT: cortex-m0plus has none, it reads as zero"])


def test_what_has_an_effect_is_not_noted() -> None:
    machine = machine_for(store(CYCCNT, 0), store(0xE000_ED08, 0x2000_0000), store(0xE000_ED88, 0xF << 20))
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    assert machine.notes == ()
