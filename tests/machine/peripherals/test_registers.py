from typing import Literal, get_args, get_origin

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtiny.errors import BadInput
from simtiny.machine.peripherals import KINDS
from simtiny.machine.peripherals.constants import Constants
from simtiny.machine.peripherals.registers import Follow, Register, RegisterFile, follow
from simtiny.machine.peripherals.tables import MemoryRegisters, Registers
from simtiny.machine.peripherals.words import read_lane, write_lane


def test_rules_are_read():
    assert follow("CR[8] -> CR[10]") == Follow("CR", 8, "CR", 10, 1)
    assert follow("CFGR[1:0] -> CFGR[3:2]") == Follow("CFGR", 0, "CFGR", 2, 2)


@pytest.mark.parametrize("rule", ["", "CR[8]", "CR[8] -> CR", "CR[3:0] -> SR[1:0]", "CR[0:3] -> SR[0:3]"])
def test_bad_rules_are_refused(rule):
    with pytest.raises(ValueError, match="rule"):
        follow(rule)


def test_ready_bit_follows_and_can_not_be_written():
    file = RegisterFile({"CR": Register(0), "SR": Register(4)}, [follow("CR[0] -> SR[5]")])
    file.write(0, 4, 1)
    assert file.read(4, 4) == 1 << 5
    file.write(4, 4, 0)
    assert file.read(4, 4) == 1 << 5
    file.write(0, 4, 0)
    assert file.read(4, 4) == 0


def test_write_one_to_clear_touches_only_its_lane():
    file = RegisterFile({"PR": Register(0, reset=0x0101_0101, writable=0, clear=0xFFFFFFFF)})
    file.write(1, 1, 0x01)
    assert file.read(0, 4) == 0x0101_0001
    file.write(0, 4, 0x0100_0000)
    assert file.read(0, 4) == 0x0001_0001


def test_masks():
    file = RegisterFile({"CR": Register(0, reset=0xF0, writable=0xFF, pulse=0x01, always=0x100)})
    assert file.read(0, 4) == 0x1F0
    file.write(0, 4, 0xFFFFFFFF)
    assert file.read(0, 4) == 0x1FE


@given(
    word=st.integers(0, 2**32 - 1),
    value=st.integers(0, 2**32 - 1),
    lane=st.sampled_from([(0, 1), (1, 1), (2, 1), (3, 1), (0, 2), (2, 2), (0, 4)]),
)
def test_lanes_behave_like_little_endian_memory(word, value, lane):
    offset, size = lane
    memory = bytearray(word.to_bytes(4, "little"))
    assert read_lane(word, offset, size) == int.from_bytes(memory[offset : offset + size], "little")
    memory[offset : offset + size] = value.to_bytes(4, "little")[:size]
    assert write_lane(word, offset, size, value) == int.from_bytes(memory, "little")


def test_table_block_notes_unknown_registers_and_its_limits(system, config):
    block = Registers(config("registers", registers={"CR": {"offset": 0, "reset": 7}}, about="half a model"), system)
    assert block.read(0, 4) == 7
    block.write(8, 4, 3)
    block.write(8, 4, 4)
    assert block.read(8, 4) == 4
    assert system.notes == ["BLOCK: half a model", "BLOCK: unknown register 0x08 written"]


def test_bad_tables_are_named(system, config):
    with pytest.raises(BadInput, match=r"BLOCK.*XR"):
        Registers(config("registers", registers={"CR": {"offset": 0}}, follow=["CR[0] -> XR[1]"]), system)
    with pytest.raises(BadInput, match=r"BLOCK.*reset"):
        Registers(config("registers", registers={"CR": {"offset": 0, "reset": "high"}}), system)


def test_fallback_reads_back_and_notes_once(system, config):
    block = MemoryRegisters(config("memory-registers"), system)
    block.write(0x10, 2, 0xBEEF)
    assert block.read(0x10, 4) == 0xBEEF
    assert block.read(0x20, 4) == 0
    assert system.notes == ["BLOCK: not modelled, its registers read back what was written"]


def test_constants(system, config):
    block = Constants(config("constants", words=[[0x590, 0x00200041]], default=0xFFFFFFFF), system)
    assert block.read(0x590, 4) == 0x00200041
    assert block.read(0x592, 2) == 0x0020
    assert block.read(0, 1) == 0xFF
    block.write(0x590, 4, 0)
    assert block.read(0x590, 4) == 0x00200041
    assert len(system.notes) == 1


def required(kind):
    """Something for each parameter that a kind can't do without."""
    samples = {str: "c", int: 8, tuple[str, ...]: ["c"], tuple[tuple[str, ...], ...]: [["c"]]}
    needed = [field for field in msgspec.structs.fields(kind.takes) if field.required]
    return {
        field.name: get_args(field.type)[0]
        if get_origin(field.type) is Literal
        else {}
        if get_origin(field.type) is dict
        else samples[field.type]
        for field in needed
    }


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_can_be_made(system, config, name):
    system.clock_hz = {"core": 4e6, "c": 4e6}
    block = KINDS[name](config(name, **required(KINDS[name])), system)
    for offset in range(0, 0x400, 4):
        assert 0 <= block.read(offset, 4) <= 0xFFFFFFFF
        block.write(offset, 4, 0xFFFFFFFF)
        assert 0 <= block.read(offset, 4) <= 0xFFFFFFFF


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_refuses_what_it_does_not_take(system, config, name):
    with pytest.raises(BadInput, match="unknown field `colour`"):
        KINDS[name](config(name, **required(KINDS[name]), colour="red"), system)


def test_fields_and_the_register_that_clears_another():
    file = RegisterFile(
        {"SR": Register(0, reset=0xFF, writable=0), "SCR": Register(4, clears="SR", fields={"F": (2, 3)})}
    )
    file.write(4, 4, 0b1_0101)
    assert (file.read(0, 4), file.read(4, 4), file.field("SCR", "F")) == (0b1110_1010, 0, 0)
    file.write(5, 1, 0xFF)  # another lane
    assert file["SR"] == 0b1110_1010
    cr = RegisterFile({"CR": Register(0, reset=0xA5C3_0000, fields={"LOW": (16, 4), "HIGH": (28, 4)})})
    assert (cr.field("CR", "LOW"), cr.field("CR", "HIGH")) == (3, 0xA)
    with pytest.raises(ValueError, match="unknown register SR"):
        RegisterFile({"SCR": Register(4, clears="SR")})


def test_what_reads_differently_by_itself_is_not_timeless():
    assert not any(KINDS[name].timeless for name in ("psoc6-tcpwm", "stm32-crc", "stm32-timer"))
    assert all(KINDS[name].timeless for name in ("constants", "memory-registers", "registers", "stm32-usart"))
