"""What Unicorn did, written down and counted again without it: every counter of the profile is the same."""

import io
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtiny.board_file import board_names, load_board
from simtiny.counting import recorder as recorders
from simtiny.counting import stream
from simtiny.counting.counters import Mark
from simtiny.errors import BadInput, Unpriced
from simtiny.estimate import estimate
from simtiny.machine.cores import CORES
from simtiny.machine.machine import Machine, StopReason
from simtiny.machine.replay import Replay
from simtiny.mlperf.measure import synthetic_input_for
from simtiny.mlperf.protocol import Session
from simtiny.mlperf.workload import build
from simtiny.profiles import Profile
from simtiny.request import Request
from tests.machine.programs.loader import after, boot

PENDSV, SVC, IRQ0 = 14, 11, 16
ROOT = Path(__file__).resolve().parents[2]


def assert_same(replayed: Profile, live: Profile) -> None:
    for field in fields(Profile):
        if field.name != "notes":  # reads, which some notes speak of, are not in a stream
            one, other = getattr(replayed, field.name), getattr(live, field.name)
            assert np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other, field.name


def recorded(machine: Machine) -> tuple[io.BytesIO, Profile, Mark, Mark]:
    """A program from reset to its WFI."""
    file = io.BytesIO()
    recorder = machine.record(file)
    start = machine.mark()
    assert machine.run(limit_cycles=10_000_000) is StopReason.IDLE
    end = machine.mark()
    recorder.close()
    file.seek(0)
    return file, machine.profile(start, end), start, end


def has_firmware(name: str) -> bool:
    """Whether simtiny's own runs on it."""
    return (ROOT / f"firmware/images/{load_board(name).firmware or name}-portable.elf").is_file()


@pytest.mark.parametrize("name", [name for name in board_names() if has_firmware(name)])
def test_a_benchmark_on_every_board(name: str) -> None:
    workload = build(Request("ad01", name))
    file = io.BytesIO()
    machine = Machine(workload.board, workload.image, workload.segments, serial_takes_time=False)
    recorder = machine.record(file)
    session = Session(machine)
    session.boot()
    session.load_input(synthetic_input_for(session, workload.flashed)[1])
    result = session.infer()
    recorder.close()
    file.seek(0)
    replay = Replay(file, workload.board)
    replay.run()
    live = machine.profile(result.start, result.end)
    replayed = replay.profile(replay.marks[result.start.number], replay.marks[result.end.number])
    assert_same(replayed, live)
    assert estimate(replayed, CORES[workload.board.core].timing).cycles == live.cycles


@pytest.mark.parametrize(
    ("program", "entry", "handlers"),
    [
        ("counting", "mixed", {}),
        ("counting", "conditional_loads", {}),
        ("counting", "patched", {}),  # code in RAM that changes
        ("counting", "divide_in_ram", {}),
        ("counting", "alias", {}),
        ("exceptions", "svc_main_stack", {SVC: "keep_frame"}),
        ("exceptions", "fpu_user_eager", {SVC: "fpu_handler"}),
        ("exceptions", "fpu_user", {SVC: "fpu_handler"}),
        ("exceptions", "three_deep", {16: "pending_all_handler", 17: "logging_handler", 18: "logging_handler"}),
        ("exceptions", "pendsv_and_svc", {SVC: "logging_handler", PENDSV: "logging_handler"}),
    ],
)
def test_programs(program: str, entry: str, handlers: dict[int, str]) -> None:
    machine = boot(program, entry, handlers)
    file, live, start, end = recorded(machine)
    replay = Replay(file, machine.board)
    replay.run()
    assert_same(replay.profile(replay.marks[start.number], replay.marks[end.number]), live)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 4000), max_size=12), st.sampled_from(["mixed", "conditional_loads", "patched"]))
def test_stops_at_any_cycle_are_not_in_a_stream(cycles: list[int], entry: str) -> None:
    machine = boot("counting", entry)
    for cycle in cycles:
        after(machine, cycle, lambda: None)
    file, live, start, end = recorded(machine)
    replay = Replay(file, machine.board)
    replay.run()
    assert_same(replay.profile(replay.marks[start.number], replay.marks[end.number]), live)


def a_stream() -> tuple[bytes, Machine]:
    machine = boot("counting", "patched")
    file, *_ = recorded(machine)
    return file.getvalue(), machine


def test_a_recording_begins_before_the_first_run() -> None:
    machine = boot("counting", "mixed")
    machine.run(limit_cycles=10)
    with pytest.raises(ValueError, match="has run already"):
        machine.record(io.BytesIO())


def test_another_board_is_refused() -> None:
    data, _ = a_stream()
    with pytest.raises(BadInput, match="recorded on nucleo-l4r5zi, not on nucleo-g0b1re"):
        Replay(io.BytesIO(data), load_board("nucleo-g0b1re"))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_stream_ends_in_one_clear_line(data: st.DataObject) -> None:
    whole, machine = WHOLE
    place = data.draw(st.integers(0, len(whole) - 1))
    damaged = bytearray(whole)
    damaged[place] ^= 1 << data.draw(st.integers(0, 7))
    if data.draw(st.booleans()):
        del damaged[place:]
    with pytest.raises(BadInput, match=r"^(the stream|not a stream)[^\n]*$"):
        Replay(io.BytesIO(damaged), machine.board).run()


WHOLE = a_stream()


HERE = 0x0800_0400
TWO_NOPS = bytes.fromhex("00bf00bf")


def behind_a_block(*records: tuple[int, dict[str, int]]) -> Replay:
    """A stream of one block of two NOPs, and these records."""
    file = io.BytesIO()
    stream.write_header(file, stream.Header("nucleo-l4r5zi", "test", {}))
    rows = [(stream.Event.BLOCK, {"address": HERE, "operands": 4}), *records]
    packed = [stream.pack(*stream.record(event, **words)) for event, words in rows]
    stream.write_records(file, stream.code_records(HERE, TWO_NOPS) + b"".join(packed))
    stream.write_end(file, {})
    file.seek(0)
    return Replay(file, load_board("nucleo-l4r5zi"))


@pytest.mark.parametrize(
    ("event", "words", "message"),
    [
        (0, {}, "unknown kind 0"),
        (99, {}, "unknown kind 99"),
        (stream.Event.CODE, {"address": 0x0800_0000, "operands": 1 << 40}, "code without its bytes"),
        (stream.Event.BLOCK, {"address": 0x4000_0000, "operands": 4}, "outside of flash and RAM"),
        (stream.Event.BLOCK, {"address": HERE, "operands": 0}, "a block of 0 bytes"),
        (stream.Event.BLOCK, {"address": 0, "operands": 0}, "a block of 0 bytes"),
        (stream.Event.BLOCK, {"address": HERE, "operands": 3}, "a block of 3 bytes"),
        (stream.Event.BLOCK, {"address": HERE + 1, "operands": 4}, "a block of 4 bytes"),
        (stream.Event.BLOCK, {"address": HERE, "operands": 4 | 5 << 40}, "a block of"),
        (stream.Event.BLOCK, {"address": HERE, "operands": 4098}, "a block of 4098 bytes"),
        (stream.Event.ACCESS, {"address": HERE + 4, "operands": 0}, "not in the block that runs"),
        (stream.Event.DIVIDE, {"address": HERE - 2, "operands": 0}, "not in the block that runs"),
        (stream.Event.SLEEP, {"operands": 1 << 63}, "sleep"),
        (stream.Event.WRITE, {"address": 0x4002_1000, "number": 3}, "3 bytes"),
        (stream.Event.WRITE, {"address": 0x4002_1000, "number": 1, "operands": 256}, "1 bytes with the value 0x100"),
        (stream.Event.ENTER, {"number": 512}, "the exception 512"),
        (stream.Event.ENTER, {"number": 15, "operands": 4}, "with the flags 4"),
        (stream.Event.LEAVE, {"operands": 7}, "7 times"),
        (stream.Event.MARK, {"operands": 1}, "mark 1 behind 0 marks"),
    ],
)
def test_records_that_can_not_be(event: int, words: dict[str, int], message: str) -> None:
    with pytest.raises((BadInput, Unpriced), match=message):
        behind_a_block((event, words)).run()


@pytest.mark.parametrize(
    ("event", "message"), [(stream.Event.RESET, "more than 4096 resets"), (stream.Event.MARK, "of at most 4096")]
)
def test_there_is_an_end_to_resets_and_marks(event: int, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    replay = behind_a_block(*[(event, {"operands": number}) for number in range(4097)])
    monkeypatch.setattr(replay, "_reset", lambda: None)  # it takes 10 ms
    with pytest.raises(BadInput, match=message):
        replay.run()


def test_sleeps_do_not_add_up_beyond_the_clock() -> None:
    with pytest.raises(BadInput, match="sleep of many years"):
        behind_a_block(*[(stream.Event.SLEEP, {"operands": 1 << 55})] * 3).run()


def test_an_operand_behind_an_exception_has_no_block() -> None:
    with pytest.raises(BadInput, match="not in the block that runs"):
        behind_a_block((stream.Event.ENTER, {"number": 15}), (stream.Event.ACCESS, {"address": HERE})).run()


def test_many_records_in_one_chunk_take_time_in_proportion() -> None:
    replay = behind_a_block(*[(stream.Event.SLEEP, {"operands": 1})] * 200_000)  # minutes, if each copied the rest
    replay.run()
    assert replay.cycles == 200_000 + 2


def test_code_in_flash_does_not_change() -> None:
    file = io.BytesIO()
    stream.write_header(file, stream.Header("nucleo-l4r5zi", "test", {}))
    for code in (TWO_NOPS, TWO_NOPS, bytes(4)):
        stream.write_records(file, stream.code_records(HERE, code))
    stream.write_end(file, {})
    file.seek(0)
    with pytest.raises(BadInput, match="code in flash changes at 0x08000400"):
        Replay(file, load_board("nucleo-l4r5zi")).run()


def test_nothing_is_written_behind_the_end() -> None:
    machine = boot("counting", "patched")
    file = io.BytesIO()
    recorder = machine.record(file)
    machine.run(limit_cycles=100)
    recorder.close()
    size = len(file.getvalue())
    machine.mark()
    assert machine.run(limit_cycles=10_000_000) is StopReason.IDLE
    assert len(file.getvalue()) == size


class FullDisk(io.BytesIO):
    """Takes the header, and then so many bytes."""

    def __init__(self, error: BaseException, room: int) -> None:
        super().__init__()
        self.error, self.room = error, room

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > self.room:
            raise self.error
        return super().write(data)


def test_a_full_disk_is_told_at_the_end() -> None:
    machine = boot("counting", "mixed")
    recorder = machine.record(FullDisk(OSError(28, "No space left on device"), 200))
    assert machine.run(limit_cycles=10_000_000) is StopReason.IDLE
    with pytest.raises(OSError, match="No space left"):
        recorder.close()


def test_an_interruption_while_writing_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """It can't pass through the native hook that asked for it."""
    monkeypatch.setattr(recorders, "_ROOM", 64)
    machine = boot("counting", "mixed")
    file = FullDisk(KeyboardInterrupt(), 1_000)
    machine.record(file)
    with pytest.raises(KeyboardInterrupt):
        machine.run(limit_cycles=10_000_000)


def test_no_emulator_is_needed(tmp_path: Path) -> None:
    (tmp_path / "stream").write_bytes(WHOLE[0])
    program = """
import sys
from pathlib import Path
from simtiny.board_file import load_board
from simtiny.machine.replay import Replay
replay = Replay(Path(sys.argv[1]).open("rb"), load_board("nucleo-l4r5zi"))
replay.run()
print(replay.profile(replay.marks[0], replay.marks[1]).cycles, "unicorn" in sys.modules)
"""
    command = [sys.executable, "-c", program, str(tmp_path / "stream")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    _, live, *_ = recorded(boot("counting", "patched"))
    assert done.stdout.split() == [str(live.cycles), "False"]
