"""Semihosting calls by the numbers of Arm's specification (abi-aa, semihosting.rst), on the real machine."""

import struct
from pathlib import Path

import pytest

from simtiny.engine import StopReason
from simtiny.errors import FirmwareFault
from simtiny.machine.host_files import HostFolder
from simtiny.machine.machine import Machine
from tests.machine.bare import CODE, HERE, board

ARGUMENTS, DATA = 0x2000_1000, 0x2000_2000
FAILED = 0xFFFF_FFFF
OPEN, CLOSE, WRITEC, WRITE0, WRITE, READ, READC = 1, 2, 3, 4, 5, 6, 7
ISERROR, ISTTY, SEEK, FLEN, TMPNAM, REMOVE, RENAME = 8, 9, 0x0A, 0x0C, 0x0D, 0x0E, 0x0F
CLOCK, TIME, SYSTEM, ERRNO, GET_CMDLINE, HEAPINFO, EXIT = 0x10, 0x11, 0x12, 0x13, 0x15, 0x16, 0x18
EXIT_EXTENDED, ELAPSED, TICKFREQ = 0x20, 0x30, 0x31
CALL = 0xBEAB


@pytest.fixture
def machine() -> Machine:
    return board([HERE])


def call(machine: Machine, operation: int, *words: int) -> int | None:
    machine.write_memory(ARGUMENTS, struct.pack(f"<{len(words)}I", *words))
    return machine.semihosting.call(operation, ARGUMENTS)


def put(machine: Machine, data: bytes, address: int = DATA) -> int:
    machine.write_memory(address, data)
    return address


def opened(machine: Machine, name: bytes, mode: int) -> int | None:
    return call(machine, OPEN, put(machine, name + b"\0"), mode, len(name))


def printed(machine: Machine) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    machine.on_output = lambda console, data: found.append((console, data))
    return found


def test_a_call_takes_its_breakpoint_and_nothing_else() -> None:
    """Movs r0, 3 (WRITEC); adr r1, text; bkpt 0xAB; b . with the text behind: 1 + 1 + 1 cycles, then the loop."""
    code = [0x2003, 0xA101, CALL, HERE, *struct.unpack("<2H", b"A\0\0\0")]
    machine = board(code)
    found = printed(machine)
    machine.run(limit_cycles=4)
    assert found == [("semihosting", b"A")]
    plain = board([0x2003, 0xA101, 0xBF00, HERE])
    plain.run(limit_cycles=4)
    assert machine.cycles - plain.cycles == 0
    assert machine.serial.last_line() == "A"


def test_exit_ends_the_run_and_every_later_one() -> None:
    # ldr r1, =0x20026; movs r0, 0x18; bkpt 0xAB; b .
    machine = board([0x4901, 0x2018, CALL, HERE, 0x0026, 0x0002])
    assert machine.run() is StopReason.EXIT
    assert machine.explanation == "it has exited by semihosting, with status 0"
    cycles = machine.cycles
    assert machine.run() is StopReason.EXIT
    assert machine.cycles == cycles


@pytest.mark.parametrize(
    ("operation", "words", "status"),
    [(EXIT_EXTENDED, (0x20026, 7), 7), (EXIT_EXTENDED, (0x20026, 256), 0), (EXIT_EXTENDED, (0x20023, 0), 1)],
)
def test_the_status_of_an_exit(machine: Machine, operation: int, words: tuple[int, ...], status: int) -> None:
    call(machine, operation, *words)
    assert machine.semihosting.exit is not None
    assert machine.semihosting.exit.status == status


def test_an_exit_for_another_reason_is_named(machine: Machine) -> None:
    machine.semihosting.call(EXIT, 0x20023)
    assert machine.semihosting.exit is not None
    assert "run-time error" in machine.semihosting.exit.text


@pytest.mark.slow
def test_calls_without_end() -> None:
    machine = board([0x2010, CALL, 0xE7FC])  # movs r0, 0x10 (SYS_CLOCK); bkpt 0xAB; b to the first
    assert machine.run() is StopReason.STORM
    assert machine.explanation.startswith("it has called the host by semihosting 2")


def test_another_breakpoint_ends_the_run_in_words() -> None:
    with pytest.raises(FirmwareFault, match=f"breakpoint without a debugger, at pc 0x{CODE:08x}"):
        board([0xBE00], [HERE]).run()


def test_the_firmware_may_debug_itself() -> None:
    """Ldr r0, =DEMCR; ldr r1, =MON_EN; str r1, [r0]; bkpt 0: DebugMonitor, exception 12, is entered."""
    code = [0x4802, 0x4903, 0x6001, 0xBE00, HERE, 0xBF00, 0xEDFC, 0xE000, 0x0000, 0x0001]
    machine = board(code, [HERE])
    with pytest.raises(FirmwareFault, match="in its DebugMonitor handler"):
        machine.run()


def test_the_console(machine: Machine) -> None:
    found = printed(machine)
    assert call(machine, WRITE0, 0) is not None  # the argument is the string itself
    put(machine, b"hello\0")
    machine.semihosting.call(WRITE0, DATA)
    out, error = opened(machine, b":tt", 4), opened(machine, b":tt", 8)
    assert out is not None and error is not None and out != error
    put(machine, b"abc")
    assert call(machine, WRITE, out, DATA, 3) == 0
    assert call(machine, WRITE, error, DATA, 2) == 0
    assert found[-3:] == [("semihosting", b"hello"), ("semihosting", b"abc"), ("semihosting", b"ab")]
    assert call(machine, ISTTY, out) == 1
    assert call(machine, CLOSE, out) == 0
    assert call(machine, CLOSE, out) == FAILED
    assert machine.semihosting.call(ERRNO, 0) == 9


def test_a_string_may_end_where_memory_does_and_not_beyond(machine: Machine) -> None:
    found = printed(machine)
    end = next(m.base + m.size for m in machine.board.memories if m.kind == "ram" and m.name == "sram3")
    put(machine, b"end\0", end - 4)
    machine.semihosting.call(WRITE0, end - 4)
    assert found == [("semihosting", b"end")]
    put(machine, b"endl", end - 4)
    assert machine.semihosting.call(WRITE0, end - 4) == FAILED
    assert any("where no memory is" in note.text for note in machine.notes)


def test_what_is_typed(machine: Machine) -> None:
    typed = iter((b"x", b"line\n", b"", None))
    machine.semihosting.read = lambda most: next(typed)
    assert machine.semihosting.call(READC, 0) == ord("x")
    handle = opened(machine, b":tt", 0)
    assert handle is not None
    assert call(machine, READ, handle, DATA, 8) == 3  # three of the eight are not filled
    assert machine.read_memory(DATA, 5) == b"line\n"
    assert call(machine, READ, handle, DATA, 8) == 8  # the end
    assert call(machine, READ, handle, DATA, 8) is None  # waits


def test_a_call_that_waits_goes_on_when_there_is_input() -> None:
    """Movs r0, 7 (READC); movs r1, 0; bkpt 0xAB; b ."""
    machine = board([0x2007, 0x2100, CALL, HERE])
    machine.semihosting.read = lambda most: None
    assert machine.run() is StopReason.IDLE
    assert machine.explanation == "it waits for input by semihosting"
    cycles = machine.cycles
    assert machine.run() is StopReason.IDLE
    assert machine.cycles == cycles
    machine.semihosting.read = lambda most: b"z"
    assert machine.run(limit_cycles=10) is StopReason.LIMIT
    assert machine.register(0) == ord("z")


def test_time_is_emulated(machine: Machine) -> None:
    machine.pass_time(4_000_000)  # one second at the 4 MHz of reset
    assert machine.semihosting.call(TIME, 0) == 1_577_836_801  # 2020-01-01, 00:00:01 UTC
    assert machine.semihosting.call(CLOCK, 0) == int(machine.elapsed_s * 100) == 100
    assert machine.semihosting.call(TICKFREQ, 0) == 1_000_000_000
    assert machine.semihosting.call(ELAPSED, DATA) == 0
    (ticks,) = struct.unpack("<Q", machine.read_memory(DATA, 8))
    assert ticks == pytest.approx(1e9, rel=1e-5)


def test_the_command_line(machine: Machine) -> None:
    machine.semihosting.command_line = "test one two"
    assert call(machine, GET_CMDLINE, DATA, 80) == 0
    assert machine.read_memory(DATA, 13) == b"test one two\0"
    assert struct.unpack("<2I", machine.read_memory(ARGUMENTS, 8)) == (DATA, 12)
    assert call(machine, GET_CMDLINE, DATA, 12) == FAILED


def test_heap_and_stack(machine: Machine) -> None:
    assert call(machine, HEAPINFO, DATA) is not None
    heap, heap_limit, stack, limit = struct.unpack("<4I", machine.read_memory(DATA, 16))
    assert (heap, heap_limit, stack) == (0, 0, machine.initial_sp)  # no symbol tells where a heap begins
    assert limit == 0x2000_0000


def test_what_is_an_error(machine: Machine) -> None:
    assert call(machine, ISERROR, FAILED) != 0
    assert call(machine, ISERROR, 5) == 0


def test_the_features_are_told(machine: Machine) -> None:
    handle = opened(machine, b":semihosting-features", 0)
    assert handle is not None
    assert call(machine, FLEN, handle) == 5
    assert call(machine, READ, handle, DATA, 5) == 0
    assert machine.read_memory(DATA, 5) == b"SHFB\x03"
    assert call(machine, SEEK, handle, 4) == 0
    assert call(machine, READ, handle, DATA, 1) == 0
    assert machine.read_memory(DATA, 1) == b"\x03"
    assert call(machine, ISTTY, handle) == 0
    assert opened(machine, b":semihosting-features", 4) == FAILED


def test_no_file_and_no_command_of_the_host_unless_a_folder_is_named(machine: Machine, tmp_path: Path) -> None:
    assert opened(machine, str(tmp_path / "x").encode(), 4) == FAILED
    assert machine.semihosting.call(ERRNO, 0) == 13
    assert call(machine, SYSTEM, put(machine, b"touch x\0"), 7) == FAILED
    assert call(machine, REMOVE, put(machine, b"x\0"), 1) != 0
    assert call(machine, TMPNAM, DATA, 1, 64) == FAILED
    assert list(tmp_path.iterdir()) == []
    assert any("may open no files of the host" in note.text for note in machine.notes)


def test_files_of_a_folder(machine: Machine, tmp_path: Path) -> None:
    machine.semihosting.folder = HostFolder(tmp_path)
    handle = opened(machine, b"a.txt", 4)
    assert handle is not None
    assert call(machine, WRITE, handle, put(machine, b"0123456789"), 10) == 0
    assert call(machine, READ, handle, DATA, 1) == 1  # it was opened to be written
    assert call(machine, CLOSE, handle) == 0
    assert (tmp_path / "a.txt").read_bytes() == b"0123456789"
    handle = opened(machine, b"a.txt", 1)
    assert handle is not None
    assert call(machine, FLEN, handle) == 10
    assert call(machine, SEEK, handle, 7) == 0
    assert call(machine, READ, handle, DATA, 8) == 5
    assert machine.read_memory(DATA, 3) == b"789"
    assert call(machine, SEEK, handle, 11) == FAILED
    names = put(machine, b"a.txt\0b.txt\0")
    assert call(machine, RENAME, names, 5, names + 6, 5) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]
    assert call(machine, TMPNAM, DATA, 9, 64) == 0
    assert machine.read_memory(DATA, 7) == b"tmp009\0"
    assert call(machine, REMOVE, put(machine, b"b.txt\0"), 5) == 0
    assert list(tmp_path.iterdir()) == []
    assert call(machine, REMOVE, put(machine, b"b.txt\0"), 5) == 2


def test_nothing_that_firmware_hands_over_is_an_error_of_ours(machine: Machine) -> None:
    for parameter in (0, 3, 0x4000_0000, 0xE000_ED00, FAILED, 0x0800_0000, 0x2000_0000):
        for operation in range(0x40):
            machine.semihosting.call(operation, parameter)
        assert machine.semihosting.call(0x100, parameter) == FAILED


def test_what_is_read_may_be_code(machine: Machine) -> None:
    """Code in RAM that the emulator has translated is put anew by SYS_READ: movs r0, 1 and then movs r0, 2."""
    place = 0x2000_3000
    machine.write_memory(place, struct.pack("<2H", 0x2001, HERE))
    state = machine.context()
    for number in (1, 2):
        there = state.__class__((*state.core[:15], place), state.status, state.floats, state.fpscr, asleep=False)
        machine.resume(there)
        machine.run(limit_cycles=4)
        assert machine.register(0) == number
        machine.semihosting.read = lambda most: struct.pack("<2H", 0x2002, HERE)
        handle = opened(machine, b":tt", 0)
        assert handle is not None
        assert call(machine, READ, handle, place, 4) == 0
