"""DataWire and DMAC: six cycles an element; descriptors, triggers and their multiplexer."""

import struct
import zlib

import pytest

from simtiny.machine.peripherals.psoc6.datawire import DataWire, Dmac
from simtiny.machine.peripherals.psoc6.peri import Peri
from tests.machine.peripherals.ports import DATA, FakePort

CTL, CH = 0x00, 0x8000
CH_CTL, CH_STATUS, CH_IDX, CH_CURR_PTR, INTR, INTR_MASK, TR_CMD = (CH + at for at in (0, 4, 8, 0xC, 0x10, 0x18, 0x28))
ENABLED = 1 << 31
SOURCE, DESTINATION, PORT, LIST = 0x0800_0000, 0x0800_1000, 0x4000_4400, 0x0800_2000
SINGLE, ONE_D, TWO_D, CRC = (kind << 30 for kind in range(4))
EACH, X_LOOP, WHOLE, CHAIN = range(4)


def control(kind, trigger, tells=CHAIN, size=0, more=0):
    return kind | size << 28 | trigger << 6 | tells << 2 | CHAIN << 4 | more


def loop(count, source=1, destination=1):
    return count - 1 << 24 | (destination & 0xFFF) << 12 | source & 0xFFF


@pytest.fixture
def dw(system, config):
    block = DataWire(config("psoc6-datawire", 56, 57, channels=2), system)
    block._name = "DW0"
    system.controllers.append(block)
    system.put(SOURCE, bytes(range(64)))
    block.write(CTL, 4, ENABLED)
    return block


def describe(system, dw, *words, channel=0):
    system.put(LIST, struct.pack(f"<{len(words)}I", *words))
    dw.write(CH_CURR_PTR + 0x40 * channel, 4, LIST)
    dw.write(INTR_MASK + 0x40 * channel, 4, 1)
    dw.write(CH_CTL + 0x40 * channel, 4, ENABLED)


def test_one_dimension_by_software(dw, system):
    """What the PDL makes of Cy_DMA_Descriptor_Init, Cy_DMA_Channel_Enable and a trigger."""
    describe(system, dw, control(ONE_D, WHOLE), SOURCE, DESTINATION, loop(32), 0)
    system.run_to(100)
    assert dw.read(CH_STATUS, 4) == 0
    dw.write(TR_CMD, 4, 1)
    system.run_to(160)
    assert (dw.read(CH_IDX, 4), dw.read(CH_STATUS, 4)) == (10, 1 << 31)
    system.run_to(100 + 32 * 6)
    assert system.get(DESTINATION, 33) == bytes([*range(32), 0])
    assert (dw.read(CH_STATUS, 4), dw.read(INTR, 4), system.lines) == (1, 1, {56: True})  # completion
    assert dw.read(CH_CURR_PTR, 4) == 0
    dw.write(INTR, 4, 1)
    assert system.lines == {56: False}
    dw.write(TR_CMD, 4, 1)  # there is no descriptor left
    assert (dw.read(CH_STATUS, 4), dw.read(CH_CTL, 4)) == (6, 0)


def test_two_dimensions(dw, system):
    words = control(TWO_D, WHOLE, size=1), SOURCE, DESTINATION, loop(2), loop(3, 8, 2), 0
    describe(system, dw, *words)
    dw.write(TR_CMD, 4, 1)
    system.run_to(100)
    assert system.get(DESTINATION, 12) == bytes([0, 1, 2, 3, 16, 17, 18, 19, 32, 33, 34, 35])


def test_each_trigger_moves_an_x_loop(dw, system):
    describe(system, dw, control(TWO_D, X_LOOP, X_LOOP), SOURCE, DESTINATION, loop(2), loop(2, 4, 2), 0)
    dw.write(TR_CMD, 4, 1)
    system.run_to(100)
    assert (system.get(DESTINATION, 4), dw.read(INTR, 4), dw.read(CH_IDX, 4)) == (b"\0\1\0\0", 1, 0x100)
    dw.write(TR_CMD, 4, 1)
    system.run_to(200)
    assert system.get(DESTINATION, 4) == b"\0\1\4\5"


def test_chain_of_descriptors(dw, system):
    first = control(ONE_D, CHAIN), SOURCE, DESTINATION, loop(4), LIST + 20
    second = control(SINGLE, CHAIN, size=2, more=1 << 24), SOURCE + 32, DESTINATION + 32, 0
    describe(system, dw, *first, *second)
    dw.write(TR_CMD, 4, 1)
    assert system.run_to(1000) == [24, 30]
    assert system.get(DESTINATION, 4) + system.get(DESTINATION + 32, 4) == bytes([0, 1, 2, 3, 32, 33, 34, 35])
    assert dw.read(CH_CTL, 4) == 0  # the last one disables the channel


def test_crc(dw, system):
    """CRC-32 as zlib's: reversed data and remainder, complemented."""
    system.put(SOURCE, b"123456789")
    for register, word in ((0x100, 0x101), (0x120, 0x04C1_1DB7), (0x130, 0xFFFF_FFFF), (0x140, 0xFFFF_FFFF)):
        dw.write(register, 4, word)
    describe(system, dw, control(CRC, WHOLE), SOURCE, DESTINATION, loop(9), 0)
    dw.write(TR_CMD, 4, 1)
    system.run_to(100)
    assert dw.read(0x148, 4) == zlib.crc32(b"123456789") == 0xCBF4_3926
    assert system.get(DESTINATION, 4) == bytes.fromhex("2639f4cb")


def test_serves_a_port_through_the_multiplexer(dw, system, config):
    """A level that is passed on from one to one, as a serial block's that has room."""
    peri = Peri(config("psoc6-peri", clocks=1, one_to_one=[[["P.rx", "DW0.tr0"], ["P.tx", "DW0.tr1"]]]), system)
    system.controllers.append(peri)
    port = FakePort(system, "P")
    port.controllers = system.controllers
    system.blocks[PORT] = port
    port.drive("tx", True)
    describe(system, dw, control(ONE_D, EACH, size=0, more=1 << 27), SOURCE, PORT + DATA, loop(5, 1, 0), 0, channel=1)
    system.run_to(100)
    assert port.sent == []
    peri.write(0xC004, 4, 1)  # Cy_TrigMux_Select
    system.run_to(105)
    assert port.sent == []
    system.run_to(106)
    assert port.sent == [0]
    system.run_to(2000)
    assert port.sent == [0, 1, 2, 3, 4]
    assert system.lines == {57: True}


def test_triggers_by_command_and_by_another_channel(dw, system, config):
    groups = {"trigger_inputs": [["DW0.out0", ""]], "trigger_outputs": [["DW0.tr0", "DW0.tr1"]]}
    peri = Peri(config("psoc6-peri", clocks=1, **groups), system)
    system.controllers.append(peri)
    system.run_to(0)  # it tells its clocks
    peri.write(0x8004, 4, 1)  # the second channel by the first
    peri.write(0x8000, 4, 2)
    assert system.notes == ["BLOCK: DW0.tr0 waits for input 2 of its group, which nothing drives"]
    describe(system, dw, control(ONE_D, WHOLE), SOURCE, DESTINATION, loop(2), 0)
    dw.write(CH_CURR_PTR + 0x40, 4, LIST)
    dw.write(CH_CTL + 0x40, 4, ENABLED)
    peri.write(0x220, 4, 1 << 31 | 1 << 30 | 1 << 29)  # Cy_TrigMux_SwTrigger: output 0, two cycles
    assert peri.read(0x220, 4) >> 31 == 0
    assert system.run_to(1000) == [12, 24]
    assert dw.read(CH_STATUS + 0x40, 4) == 1


def test_errors(dw, system):
    describe(system, dw, control(SINGLE, WHOLE, size=2), SOURCE + 2, DESTINATION, 0)
    dw.write(TR_CMD, 4, 1)
    assert (dw.read(CH_STATUS, 4), dw.read(CH_CTL, 4), system.lines[56]) == (4, 0, True)  # not aligned
    system.refused = {DESTINATION}
    describe(system, dw, control(SINGLE, WHOLE), SOURCE, DESTINATION, 0)
    dw.write(TR_CMD, 4, 1)
    system.run_to(100)
    assert dw.read(CH_STATUS, 4) == 3
    system.refused = {LIST}
    describe(system, dw, 0)
    dw.write(TR_CMD, 4, 1)
    assert dw.read(CH_STATUS, 4) == 8


def test_dmac_copies_memory(system, config):
    dmac = Dmac(config("psoc6-dmac", 52, channels=1), system)
    system.put(SOURCE, bytes(range(100)))
    system.put(LIST, struct.pack("<5I", 3 << 28 | CHAIN << 6 | CHAIN << 4 | CHAIN << 2, SOURCE, DESTINATION, 99, 0))
    for register, word in ((0, ENABLED), (0x1020, LIST), (0x1088, 1), (0x1000, ENABLED), (0x1028, 1)):
        dmac.write(register, 4, word)
    assert dmac.read(0x8, 4) == 1
    assert system.run_to(1000) == [600]
    assert (dmac.read(0x1080, 4), dmac.read(0x8, 4), system.lines) == (1, 0, {52: True})
    assert system.get(DESTINATION, 101) == bytes([*range(100), 0])


def test_dmac_in_one_dimension(system, config):
    dmac = Dmac(config("psoc6-dmac", 52, channels=1), system)
    system.put(SOURCE, bytes(range(16)))
    words = 1 << 28 | 2 << 16 | WHOLE << 6, SOURCE, DESTINATION, 1, 1 << 16 | 2, 0
    system.put(LIST, struct.pack("<6I", *words))
    for register, word in ((0, ENABLED), (0x1020, LIST), (0x1000, ENABLED), (0x1028, 1)):
        dmac.write(register, 4, word)
    system.run_to(100)
    assert system.get(DESTINATION, 8) == bytes([0, 1, 2, 3, 8, 9, 10, 11])
