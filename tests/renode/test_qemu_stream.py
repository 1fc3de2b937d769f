"""QEMU with scripts/qemu_stream.c: its streams are counted as simtiny's own machine counts the same image."""

import io
import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from simtiny.board import Board
from simtiny.board_file import load_board
from simtiny.counting import stream
from simtiny.counting.stream import RECORD_BYTES, Event
from simtiny.errors import BadInput
from simtiny.image import Image
from simtiny.image_load import load
from simtiny.machine.machine import Machine, StopReason
from simtiny.machine.replay import Replay
from simtiny.profiles import Profile

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES, PROGRAMS = ROOT / "docs" / "examples", Path(__file__).parent / "programs_qemu"
TOOLS = ("cc", "arm-none-eabi-gcc", "qemu-system-arm")
BEGIN, END = "window_begins", "window_ends"
COUNTING_INSTRUCTIONS = ("-icount", "shift=0")
pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}: apt-get install qemu-system-arm"
)


@dataclass(frozen=True)
class Ran:
    """What QEMU has done: exit status, what the plugin said, the stream."""

    status: int
    said: str
    stream: bytes

    def profile(self, board: Board) -> Profile:
        replay = self.replay(board)
        return replay.profile(replay.marks[0], replay.marks[1])

    def replay(self, board: Board) -> Replay:
        replay = Replay(io.BytesIO(self.stream), board)
        replay.run()
        return replay


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("qemu") / "qemu_stream.so"
    strict = ("-std=c11", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror")
    command = ["cc", "-O2", "-shared", "-fPIC", *strict, "-o", built, ROOT / "scripts" / "qemu_stream.c"]
    subprocess.run(command, check=True)
    return built


@pytest.fixture(scope="session")
def board() -> Board:
    return load_board(str(EXAMPLES / "mps2-an386.toml"))


def build(source: Path, to: Path, code: int = 0, ram: int = 0x2000_0000) -> Image:
    elf = to / f"{source.stem}.elf"
    options = ["-nostdlib", "-I", PROGRAMS, f"-Wa,--defsym,RAM={ram:#x}", f"-Wl,-Ttext={code:#x},-e,start"]
    subprocess.run(["arm-none-eabi-gcc", *options, "-o", elf, source], check=True)
    return load(elf)


def command_line(plugin: Path, image: Image, machine: str, arguments: str, *options: str) -> list[str]:
    command = ["qemu-system-arm", "-M", machine, "-display", "none", "-monitor", "none", "-serial", "none"]
    command += ["-semihosting-config", "enable=on,target=native", *options]
    command += ["-plugin", f"{plugin},output={folder(image) / 'stream'}{arguments}"]
    return command + (["-kernel", str(folder(image) / image.name)] if image.segments else [])


def folder(image: Image) -> Path:
    assert image.folder is not None
    return image.folder


def qemu(plugin: Path, image: Image, *options: str, machine: str = "mps2-an386", arguments: str = "") -> Ran:
    """Run an image to its end, with marks at the window's begin and end unless `arguments` say something else."""
    marks = "".join(f",mark={image.symbols[name].address:#x}" for name in (BEGIN, END) if name in image.symbols)
    command = command_line(plugin, image, machine, arguments or marks, *options)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    file = folder(image) / "stream"
    return Ran(done.returncode, own_lines(done.stderr), file.read_bytes() if file.exists() else b"")


def own_lines(said: str) -> str:
    """What the plugin said, without what QEMU did, of modules that miss above all."""
    return "\n".join(line for line in said.splitlines() if line.startswith("simtiny"))


def unicorn(image: Image, board: Board) -> Profile:
    machine = Machine(board, image)
    marks = []
    for name in (BEGIN, END):
        machine.watch(image.symbols[name].address & ~1, lambda: marks.append(machine.mark()))
    machine.watch(image.symbols[END].address & ~1, machine.stop)
    assert machine.run(limit_cycles=10_000_000) is StopReason.CONDITION
    return machine.profile(*marks)


def by_address(profile: Profile) -> Counter[int]:
    """How often the code at each halfword ran, however blocks are cut."""
    counts = Counter[int]()
    for _, number, count in profile.edges:
        block = profile.blocks[number]
        counts.update(dict.fromkeys(range(block.address, block.address + len(block.code), 2), int(count)))
    return counts


def edges(profile: Profile) -> dict[tuple[tuple[int, bytes] | None, tuple[int, bytes]], int]:
    def code(number: int) -> tuple[int, bytes]:
        return profile.blocks[number].address, profile.blocks[number].code

    return {(None if one < 0 else code(one), code(other)): int(count) for one, other, count in profile.edges}


def by_block(profile: Profile) -> dict[str, dict[int, list[int]]]:
    """What is counted by block, where anything is."""
    names = ("fetch_misses", "data_reads", "ram_misses", "ram_waits", "mispredicts", "unaligned_loads", "read_ahead")
    counts = {name: getattr(profile, name).reshape(len(profile.blocks), -1) for name in names}
    return {
        name: {profile.blocks[number].address: rows[number].tolist() for number in np.flatnonzero(rows.any(axis=1))}
        for name, rows in counts.items()
    }


def totals(profile: Profile) -> dict[str, object]:
    """What does not depend on how blocks are cut."""
    return {
        "cycles": profile.cycles,
        "divides": profile.divides.tolist(),
        "data_reads": profile.data_reads.sum(axis=0).tolist(),
        "unaligned_loads": int(profile.unaligned_loads.sum()),
        "operating_point": profile.operating_point,
        "code": by_address(profile),
    }


def assert_same(replayed: Profile, live: Profile) -> None:
    """All but blocks that did not run, and notes."""
    assert totals(replayed) == totals(live)
    assert edges(replayed) == edges(live)
    assert by_block(replayed) == by_block(live)
    assert replayed.hidden.tolist() == live.hidden.tolist()


def tells_values(ran: Ran, board: Board) -> bool:
    """Whether this QEMU does: its plugin interface is not the first."""
    return not ran.replay(board).header.facts["engine"].endswith(" 1")


def lacks(ran: Ran, board: Board) -> list[str]:
    return ran.replay(board).header.facts["lacks"].split(", ")


def records(data: bytes) -> Iterator[tuple[int, int]]:
    """But for those of code."""
    file = io.BytesIO(data)
    stream.read_header(file)
    for chunk in stream.read_chunks(file):
        at = 0
        while at < len(chunk):
            what, operands = stream.unpack(chunk[at : at + RECORD_BYTES])
            yield what, operands
            at += RECORD_BYTES * (1 + (stream.code_length(operands) if what & 0xFF == Event.CODE else 0))


def record_address(what: int) -> int:
    return what >> 32


def number_of(what: int) -> int:
    return what >> 8 & 0xFF_FFFF


def test_cycles_that_were_counted_by_hand(plugin: Path, board: Board, tmp_path: Path) -> None:
    ran = qemu(plugin, build(PROGRAMS / "loop.s", tmp_path))
    assert (ran.status, ran.said) == (0, "")
    profile = ran.profile(board)
    assert profile.cycles == 1 + 1 + 10 * 2 + 9 * 1 + 3 + 1 + 1 + 1
    assert profile.operating_point.clock_hz == 25e6


def test_a_mark_within_a_block_cuts_it(plugin: Path, board: Board, tmp_path: Path) -> None:
    image = build(PROGRAMS / "loop.s", tmp_path)
    head, end = (image.symbols[name].address for name in ("head", END))
    replay = qemu(plugin, image, arguments=f",mark={head},mark={end | 1:#x}").replay(board)
    cycles = [mark.cycles for mark in replay.marks]
    assert np.diff(cycles).tolist() == [2, *[1 + 2] * 8, 1 + 2 + 3 + 1 + 1 + 1]  # a refill comes with what is behind it


def test_every_counter_is_that_of_unicorn(plugin: Path, board: Board, tmp_path: Path) -> None:
    image = build(EXAMPLES / "mps2.s", tmp_path)
    ran = qemu(plugin, image)
    assert (ran.status, ran.said) == (0, "")
    assert_same(ran.profile(board), unicorn(image, board))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("machine", "core", "code", "ram"),
    [
        ("mps2-an385", "cortex-m3", 0, 0x2000_0000),
        ("mps2-an500", "cortex-m7", 0, 0x2000_0000),
        ("mps2-an505", "cortex-m33", 0x1000_0000, 0x3800_0000),
    ],
)
def test_other_cores(machine: str, core: str, code: int, ram: int, plugin: Path, board: Board, tmp_path: Path) -> None:
    image = build(EXAMPLES / "mps2.s", tmp_path, code, ram)
    flash, memory = board.memories
    other = replace(board, core=core, memories=(replace(flash, base=code), replace(memory, base=ram)))
    assert_same(qemu(plugin, image, machine=machine).profile(other), unicorn(image, other))


@pytest.mark.slow
def test_a_core_that_simtiny_has_no_model_of(plugin: Path, board: Board, tmp_path: Path) -> None:
    """The stream is there; on another core's board it can be looked at."""
    ran = qemu(plugin, build(EXAMPLES / "mps2.s", tmp_path), machine="mps3-an547")
    assert ran.status == 0
    assert by_address(ran.profile(board)) == by_address(unicorn(load(tmp_path / "mps2.elf"), board))
    (tmp_path / "m55.toml").write_text((EXAMPLES / "mps2-an386.toml").read_text().replace("cortex-m4f", "cortex-m55"))
    with pytest.raises(BadInput, match="unknown core 'cortex-m55'"):
        load_board(str(tmp_path / "m55.toml"))


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), COUNTING_INSTRUCTIONS], ids=["plain", "icount"])
@pytest.mark.parametrize("program", ["pages", "registers", "patched"])
def test_where_blocks_are_cut_changes_no_count(
    program: str, options: tuple[str, ...], plugin: Path, board: Board, tmp_path: Path
) -> None:
    image = build(PROGRAMS / f"{program}.s", tmp_path)
    ran = qemu(plugin, image, *options)
    assert ran.status == 0
    assert totals(ran.profile(board)) == totals(unicorn(image, board))


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), COUNTING_INSTRUCTIONS], ids=["plain", "icount"])
def test_divides(options: tuple[str, ...], plugin: Path, board: Board, tmp_path: Path) -> None:
    image = build(PROGRAMS / "divides.s", tmp_path)
    ran = qemu(plugin, image, *options)
    live = unicorn(image, board)
    assert live.divides.sum() == 48
    if tells_values(ran, board):
        assert totals(ran.profile(board)) == totals(live)
        assert lacks(ran, board) == ["exceptions", "sleep"]
    else:  # each is counted as the shortest, of 2 cycles
        longer = sum((cycles - 2) * int(count) for cycles, count in enumerate(live.divides) if count)
        assert ran.profile(board).cycles == live.cycles - longer
        assert lacks(ran, board) == ["exceptions", "sleep", "divides"]
        assert "not in the stream: 0 register writes, 72 divides, 0 marks" in ran.said  # with those that are skipped


@pytest.mark.slow
def test_writes_to_registers(plugin: Path, board: Board, tmp_path: Path) -> None:
    ran = qemu(plugin, build(PROGRAMS / "registers.s", tmp_path))
    written = Counter(
        (record_address(what), number_of(what), operand)
        for what, operand in records(ran.stream)
        if what & 0xFF == Event.WRITE
    )
    if tells_values(ran, board):
        assert written[0xE000_ED88, 4, 0xF0_0000] == 20  # CPACR
        assert {address for address, *_ in written} == {0xE000_E010, 0xE000_E014, 0xE000_E018, 0xE000_ED88}
        assert written.total() == 20 * 5
    else:
        assert not written
        assert lacks(ran, board) == ["exceptions", "sleep", "writes"]
        assert "not in the stream: 100 register writes, 0 divides, 0 marks" in ran.said


@pytest.mark.slow
def test_code_of_handlers_is_counted(plugin: Path, board: Board, tmp_path: Path) -> None:
    image = build(PROGRAMS / "supervisor_call.s", tmp_path)
    replayed, live = qemu(plugin, image).profile(board), unicorn(image, board)
    assert by_address(replayed) == by_address(live)
    assert (replayed.exceptions, live.exceptions) == (0, 5)


@pytest.mark.slow
def test_a_qemu_that_is_ended_leaves_a_whole_stream_and_one_that_is_killed_none(
    plugin: Path, board: Board, tmp_path: Path
) -> None:
    image = build(PROGRAMS / "endless.s", tmp_path)
    for kill in (False, True):
        command = command_line(plugin, image, "mps2-an386", "")
        running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while not (tmp_path / "stream").exists() or (tmp_path / "stream").stat().st_size < 1 << 20:
            time.sleep(0.01)
        (running.kill if kill else running.terminate)()
        running.wait()
        ran = Ran(running.returncode, "", (tmp_path / "stream").read_bytes())
        (tmp_path / "stream").unlink()
        if kill:
            with pytest.raises(BadInput, match="the stream "):
                ran.replay(board)
        else:
            assert ran.replay(board).cycles > 100_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (",mark=main", "no address: mark=main"),
        (",mark=-4", "no address: mark=-4"),
        (",mark=0x100000000", "no address: mark=0x100000000"),
        (",marks=1", "it takes output=, board=, image= and mark=, not marks=1"),
        (',image=a"b', "without quotation marks"),
        (",output=/dev/full", "the stream can't be written: No space left on device"),
        (",output=/nowhere/stream", "/nowhere/stream: No such file or directory"),
        ("".join(f",mark={2 * number}" for number in range(65)), "too many marks: 128"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arguments: str, message: str, plugin: Path, tmp_path: Path) -> None:
    ran = qemu(plugin, Image("none", "", (), folder=tmp_path), arguments=arguments)
    assert ran.status == 1
    assert [message in line for line in ran.said.splitlines()] == [True]


@pytest.mark.slow
def test_a_machine_with_two_cores_is_refused(plugin: Path, tmp_path: Path) -> None:
    ran = qemu(plugin, Image("none", "", (), folder=tmp_path), machine="mps2-an521")
    assert ran.status == 1 and "a stream is of one core" in ran.said


@pytest.mark.slow
def test_a_reader_that_goes_away_is_told_at_the_end(plugin: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "stream")
    command = command_line(plugin, build(EXAMPLES / "mps2.s", tmp_path), "mps2-an386", "")
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    with (tmp_path / "stream").open("rb") as file:
        assert stream.read_header(file).facts["lacks"].startswith("exceptions, sleep")
    _, said = running.communicate(timeout=60)
    assert own_lines(said) == "simtiny: the stream could not be written: Broken pipe"
