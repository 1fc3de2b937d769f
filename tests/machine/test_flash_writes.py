"""Flash that firmware changes, pins that wake it, and what a reset leaves."""

import struct

import pytest

from simtiny.engine import StopReason
from simtiny.errors import BadInput
from simtiny.estimate import estimate
from simtiny.machine.machine import Machine
from simtiny.timing.cortex_m4 import CortexM4
from tests.machine.bare import CODE, HANDLER, HERE, NOP, RETURN, board, literal

KEYR, SR, CR = 0x4002_2008, 0x4002_2010, 0x4002_2014
PLACE = 0x080F_F000
LDR_R0, LDR_R1, LDR_R2 = 0x4800, 0x4900, 0x4A00  # from the words behind the code: the low byte says which
STORES = [
    *(LDR_R0 | 2, LDR_R1 | 3, LDR_R2 | 3),  # PC is two halfwords on, and rounded down
    *(0x6001, 0x6042, HERE),  # str r1, [r0]; str r2, [r0, #4]
    *literal(PLACE),
    *literal(0x1234_5678),
    *literal(0x9ABC_DEF0),
]


def unlocked(machine: Machine) -> Machine:
    for key in (0x4567_0123, 0xCDEF_89AB):
        machine.bus_write(KEYR, 4, key)
    return machine


def test_stores_program_flash_where_that_is_asked_for() -> None:
    machine = unlocked(board(STORES))
    machine.bus_write(CR, 4, 1)
    machine.run(limit_cycles=40)
    assert machine.read_memory(PLACE, 9) == bytes.fromhex("78563412f0debc9aff")
    assert machine.read_memory(PLACE - 0x0800_0000, 4) == bytes.fromhex("78563412")  # through the alias
    assert machine.bus_read(SR, 4) == 1 << 16
    machine.run(limit_cycles=400)  # at 4 MHz, 82 us are 328 cycles
    assert machine.bus_read(SR, 4) == 0
    machine.reset()
    assert machine.read_memory(PLACE, 4) == bytes.fromhex("78563412")


def test_other_stores_leave_flash_as_it_is() -> None:
    machine = board(STORES)
    machine.run(limit_cycles=40)
    assert machine.read_memory(PLACE, 8) == b"\xff" * 8
    assert machine.bus_read(SR, 4) == 1 << 7  # PGSERR
    assert machine.fault_registers()["CFSR"] == 0
    assert any("a store to flash, which is not being programmed" in note.text for note in machine.notes)


def test_a_reset_behind_a_store_leaves_flash_as_it_is() -> None:
    machine = board(STORES)
    for _ in range(4):
        machine.step()
    assert machine.rest_of_block
    machine.reset()
    assert machine.read_memory(PLACE, 8) == b"\xff" * 8


def test_code_that_was_programmed_is_executed_and_counted_as_it_is_now() -> None:
    # loop: bl victim; b loop; victim: movs r0, #1; bx lr; then two nops and back
    machine = board([0xF000, 0xF801, 0xE7FC, 0x2001, RETURN])
    victim = CODE + 6
    machine.run(limit_cycles=200)
    assert machine.register(0) == 1
    start = machine.mark()
    machine.change_flash(victim, struct.pack("<4H", 0x2007, NOP, NOP, RETURN))
    machine.run(limit_cycles=1000)
    assert machine.register(0) == 7
    profile = machine.profile(start, machine.mark())
    assert b"\x07\x20" in {block.code[:2] for block in profile.blocks if block.address == victim}
    assert estimate(profile, CortexM4()).cycles == profile.cycles


def test_a_driven_pin_wakes_the_core_and_stays_through_a_reset() -> None:
    handler = [LDR_R0 | 1, 0x2120, 0x6001, RETURN, *literal(0x4001_0414)]  # EXTI PR1 = 1 << 5
    code = [LDR_R0 | 2, LDR_R1 | 3, 0x6001, 0xBF30, 0x3401, 0xE7FC]  # str r1, [r0]; loop: wfi; adds r4, #1; b loop
    machine = board([*code, *literal(0xE000_E100), *literal(1 << 23)], handler)
    for address, value in ((0x4800_0000, 0xABFF_F3FF), (0x4001_0408, 1 << 5), (0x4001_0400, 1 << 5)):
        machine.bus_write(address, 4, value)  # GPIOA_MODER: PA5 is an input; RTSR1, IMR1
    assert machine.run(limit_cycles=10_000) is StopReason.IDLE
    before = machine.register(4)
    machine.drive("PA5", True)
    assert machine.run(limit_cycles=10_000) is StopReason.IDLE
    assert machine.register(4) == before + 1
    machine.drive("PA5", True)  # no edge
    assert machine.run(limit_cycles=10_000) is StopReason.IDLE
    assert machine.register(4) == before + 1
    machine.reset()
    machine.bus_write(0x4800_0000, 4, 0xABFF_F3FF)
    assert machine.bus_read(0x4800_0010, 4) & 1 << 5
    with pytest.raises(BadInput, match="no pin 'PZ1'"):
        machine.drive("PZ1", True)
    assert HANDLER % 2 == 0


def test_a_watchdog_resets_the_board_and_the_flags_say_so() -> None:
    machine = board([HERE])
    for key, register, value in ((0xCCCC, 0x08, 9), (0x5555, 0x08, 9)):
        machine.bus_write(0x4000_3000, 4, key)
        machine.bus_write(0x4000_3000 + register, 4, value)
    assert machine.bus_read(0x4002_1094, 4) >> 24 == 0x0C  # BORRSTF, PINRSTF
    machine.run(limit_cycles=6_000)  # at 4 MHz, 10 counts of 4 cycles at 32 kHz are 5,000 cycles
    assert machine.bus_read(0x4002_1094, 4) >> 24 == 0x2C
    machine.bus_write(0x4002_1094, 4, 1 << 23)
    assert machine.bus_read(0x4002_1094, 4) >> 24 == 0
