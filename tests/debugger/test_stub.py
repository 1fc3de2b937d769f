"""What is answered to packets: by the GDB manual, appendix E."""

import random
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from zlib import crc32

import pytest

from simtiny.board_file import load_board
from simtiny.debugger.description import memory_map_xml, registers, target_xml
from simtiny.debugger.meter import EnergyMeter
from simtiny.debugger.monitor import HELP, Monitor
from simtiny.debugger.stub import Stub
from simtiny.debugger.target import Target
from tests.machine.bare import CODE, FLASH, HERE, NOP, STACK, board, literal

CAN = "qXfer:features:read+;qXfer:memory-map:read+;QStartNoAckMode+;vContSupported+"


class Session:
    """A stub without a connection. `told`: what it has sent beside its answers."""

    def __init__(self, code: list[int]) -> None:
        self.target, self.told = Target(board(code)), list[bytes]()
        machine = self.target.machine
        self.stub = Stub(self.target, Monitor(self.target, EnergyMeter(machine, machine.board)), self.told.append)

    def __call__(self, packet: bytes | str) -> str | None:
        answer = self.stub.answer(packet.encode() if isinstance(packet, str) else packet)
        return None if answer is None else answer.decode("latin-1")

    def monitor(self, command: str) -> str:
        answer = self("qRcmd," + command.encode().hex())
        return "" if answer == "OK" else bytes.fromhex(answer or "").decode()


@pytest.fixture(scope="module")
def idle() -> Session:
    """For questions that change nothing."""
    return Session([HERE])


@pytest.mark.parametrize(
    ("packet", "answer"),
    [
        ("?", "T05thread:1;"),
        ("qSupported:multiprocess+", f"PacketSize=4000;{CAN}"),
        ("qAttached", "1"),
        ("qC", "QC1"),
        ("qfThreadInfo", "m1"),
        ("qsThreadInfo", "l"),
        ("qOffsets", "Text=0;Data=0;Bss=0"),
        ("qSymbol::", "OK"),
        ("qTStatus", ""),
        ("vMustReplyEmpty", ""),
        ("vCont?", "vCont;c;C;s;S;r"),
        ("Hg0", "OK"),
        ("T1", "OK"),
        ("p0", "00000000"),
        ("pd", STACK.to_bytes(4, "little").hex()),
        ("pf", CODE.to_bytes(4, "little").hex()),
        ("p11", STACK.to_bytes(4, "little").hex()),  # msp
        ("p64", "E01"),
        (f"m{FLASH:x},8", "0080002021010008"),
        ("m0,4", "00800020"),  # flash is at 0, too
        ("m70000000,4", "E01"),
        ("m8000000", "E01"),
        ("m8000000,zz", "E01"),
        ("m123456789,4", "E01"),
        ("m,", "E01"),
        ("Mg,1:00", "E01"),
        ("M20000000,4:00", "E01"),
        ("M70000000,1:00", "E01"),
        ("X20000000,0:", "OK"),
        ("X20000000", "E01"),
        ("P0", "E01"),
        ("P99=00000000", "E01"),
        ("Gzz", "E01"),
        ("Z0", "E01"),
        ("Z9,0,2", ""),
        ("Z2,20000000,0", "E01"),
        ("vFlashErase:20000000,100", "E01"),
        ("vFlashWrite:20000000:a", "E.memtype"),
        ("vCont;x", "E01"),
        ("vCont;r1", "E01"),
        ("qRcmd,zz", "E01"),
        ("qXfer:nothing:read::0,10", ""),
        ("qXfer:memory-map:read::0", "E01"),
        ("qCRC:70000000,4", "E01"),
        ("qCRC:8000000,ffffffff", "E01"),
        ("unknown", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_answers(idle: Session, packet: str, answer: str) -> None:
    assert idle(packet) == answer


def test_registers_and_memory_are_written() -> None:
    session = Session([HERE])
    assert session("P0=78563412") == session("P10=000000f1") == "OK"
    assert session("p0") == "78563412"
    everything = session("g") or ""
    assert len(everything) == 2 * sum(register.bits // 8 for register in session.stub._registers)
    assert session("G" + "05000000" + everything[8:]) == "OK"
    assert (session("p0"), session("g")) == ("05000000", "05000000" + everything[8:])
    assert session("M20000010,4:0a0b0c0d") == session(b"X20000014,2:\x7d#") == "OK"
    assert session("m20000010,6") == "0a0b0c0d7d23"
    assert session(f"Pf={CODE.to_bytes(4, 'little').hex()}") == "OK"


def test_a_large_request_is_answered_in_part(idle: Session) -> None:
    assert len(idle("m20000000,ffffff") or "") == 2 * (0x2000 - 8)


def test_stops() -> None:
    session = Session([0x2001, 0x3001, 0x3001, HERE])
    session("qSupported:swbreak+;hwbreak+")
    assert session(f"Z0,{CODE + 2:x},2") == session(f"Z1,{CODE + 4:x},2") == "OK"
    assert session("vCont;c:1") == "T05swbreak:;thread:1;"
    assert session("c") == "T05hwbreak:;thread:1;"
    assert session("?") == "T05hwbreak:;thread:1;"
    assert session(f"z0,{CODE + 2:x},2") == session(f"z1,{CODE + 4:x},2") == session("z0,0,2") == "OK"
    assert session("vCont;s:1;c") == session(f"vCont;r{CODE:x},{CODE + 4:x}:1") == "T05thread:1;"
    assert session("c") == "T02thread:1;"
    assert b"".join(session.told).startswith(b"O" + b"simtiny: the firmware loops without end".hex().encode())
    assert session(f"s{CODE:x}") == "T05thread:1;"
    assert session("p0") == "01000000"


def test_watchpoints() -> None:
    # ldr r1, =RAM; str r0, [r1]; ldr r0, [r1, 4]; b .
    session = Session([0x4901, 0x6008, 0x6848, HERE, *literal(0x2000_0000)])
    assert session("Z2,20000000,4") == session("Z3,20000004,2") == "OK"
    assert session("c") == "T05watch:20000000;thread:1;"
    assert session("z2,20000000,4") == "OK"
    assert session("C05") == "T05rwatch:20000004;thread:1;"


def test_a_client_that_does_not_know_named_breakpoints_is_not_told() -> None:
    session = Session([0x2001, HERE])
    session(f"Z0,{CODE + 2:x},2")
    assert session("c") == "T05thread:1;"


def test_flash_is_loaded() -> None:
    session = Session([0x2001, NOP, HERE])
    assert session("s") == "T05thread:1;"
    assert session(f"vFlashErase:{FLASH:x},400") == "OK"
    content = bytes(session.target.machine.read_memory(FLASH, 0x200))
    changed = content.replace(b"\x01\x20\x00\xbf", b"\x07\x20\x00\xbf")
    for at in range(0, 0x200, 0x80):
        assert session(b"vFlashWrite:%x:%s" % (FLASH + at, changed[at : at + 0x80])) == "OK"
    assert session("m8000200,4") == "ffffffff"
    assert session("vFlashDone") == "OK"
    assert session(f"m{CODE:x},4") == "072000bf"
    assert session(f"Pf={CODE.to_bytes(4, 'little').hex()}") == "OK"
    session("s")
    assert session("p0") == "07000000"


def test_checksums_of_memory(idle: Session) -> None:
    # zlib's CRC is this one with all bits the other way round, and inverted at both ends
    data = idle.target.machine.read_memory(FLASH, 0x100)
    mirrored = bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)
    expected = int(f"{crc32(mirrored) ^ 0xFFFFFFFF:032b}"[::-1], 2)
    assert idle(f"qCRC:{FLASH:x},100") == f"C{expected:x}"


def test_monitor_commands() -> None:
    session = Session([0x2001, 0x3001, HERE])
    assert session.monitor("help") == session.monitor("") == HELP
    assert session.monitor("cycles") == "0\n"
    session("s")
    block = f"block from 0x{CODE:08x} to 0x{CODE + 6:08x}"
    cycles = session.target.machine.cycles
    assert session.monitor("cycles") == f"{cycles} (with all of the {block} that is executed now)\n"
    assert session.monitor("time").endswith(" ms\n")
    assert " uJ in " in session.monitor("energy")
    assert session.monitor("halt") == ""
    for how in ("reset", "reset halt", "reset init", "reset run"):
        assert session.monitor(how).startswith(f"reset; the core stands at 0x{CODE:08x}")
    assert session.target.machine.pc == CODE
    assert session.monitor("energy").startswith("0.000 uJ in 0 cycles")
    assert session.monitor("send hello") == ""
    assert session.monitor("gdb_breakpoint_override hard").startswith(
        "there is no command 'gdb_breakpoint_override hard'"
    )


def test_the_end() -> None:
    session = Session([HERE])
    assert session("D") == "OK"
    assert session.stub.is_done and not session.stub.is_killed
    assert session("k") is None
    assert session.stub.is_killed


def test_an_extended_client_can_run_it_again() -> None:
    session = Session([0x2001, HERE])
    session("s")
    assert session("!") == "OK"
    assert session("vKill;1") == "OK"
    assert session.target.machine.pc == CODE
    session("s")
    assert session("R00") is None
    assert session.target.machine.pc == CODE
    assert session("vRun;") == "T05thread:1;"
    assert not session.stub.is_done


def test_semihosting_exit() -> None:
    # movs r0, 0x18; ldr r1, =ApplicationExit; bkpt 0xab
    session = Session([0x2018, 0x4901, 0xBEAB, HERE, *literal(0x20026)])
    assert session("c") == "W00"
    assert session("vRun;") == "T05thread:1;"
    assert session("s") == "T05thread:1;"


@pytest.mark.parametrize("name", ["nucleo-l4r5zi", "nucleo-g0b1re", "disco-f746ng", "cy8cproto-062-4343w"])
def test_descriptions(name: str) -> None:
    chip = load_board(name)
    features = {feature.get("name"): len(feature) for feature in ElementTree.fromstring(target_xml(chip))[1:]}
    small = {"org.gnu.gdb.arm.m-profile": 17, "org.gnu.gdb.arm.m-system": 4}
    assert (
        features == small if "m0" in chip.core else {**small, "org.gnu.gdb.arm.m-system": 6, "org.gnu.gdb.arm.vfp": 17}
    )
    assert len(registers(chip)) == sum(features.values())
    spans = [
        range(int(memory.get("start", ""), 0), int(memory.get("start", ""), 0) + int(memory.get("length", ""), 0))
        for memory in ElementTree.fromstring(memory_map_xml(chip))
    ]
    assert all(first.stop <= second.start for first, second in pairwise(spans))
    flash = chip.main_flash
    assert range(flash.base, flash.base + flash.size) in spans


def test_nonsense_is_survived(idle: Session) -> None:
    choose = random.Random(1)
    kinds = b"?gGpPmMXZzHTqQv!"
    for _ in range(3_000):
        packet = bytes([choose.choice(kinds)]) + bytes(
            choose.choices(b"0123456789abcdef,;:=\xff\x00}", k=choose.randrange(12))
        )
        answer = idle.stub.answer(packet)
        assert answer is not None
