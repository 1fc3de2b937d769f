"""QEMU with scripts/qemu_stream.c: its streams are counted as simtiny's own machine counts the same image."""

import io
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from simtiny.board import Board
from simtiny.board_file import load_board
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
    """What QEMU has done: exit status, what it said, the stream."""

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


def build(source: Path, to: Path) -> Image:
    elf = to / f"{source.stem}.elf"
    options = ["-nostdlib", "-I", PROGRAMS, "-Wl,-Ttext=0,-e,start"]
    subprocess.run(["arm-none-eabi-gcc", *options, "-o", elf, source], check=True)
    return load(elf)


def qemu(plugin: Path, image: Image, *options: str, machine: str = "mps2-an386", arguments: str = "") -> Ran:
    """Run an image to its end, with marks at the window's begin and end unless `arguments` say something else."""
    file = image.folder / "stream"
    marks = "".join(f",mark={image.symbols[name].address:#x}" for name in (BEGIN, END))
    command = ["qemu-system-arm", "-M", machine, "-display", "none", "-monitor", "none", "-serial", "none"]
    command += ["-semihosting-config", "enable=on,target=native", "-kernel", str(image.folder / image.name), *options]
    command += ["-plugin", f"{plugin},output={file}{arguments or marks}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return Ran(done.returncode, done.stderr, file.read_bytes() if file.exists() else b"")


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


def lines(said: str) -> Iterator[str]:
    """What the plugin said. QEMU's own lines, such as of missing modules, are not ours."""
    return (line for line in said.splitlines() if line.startswith("simtiny"))


def test_cycles_that_were_counted_by_hand(plugin: Path, board: Board, tmp_path: Path) -> None:
    ran = qemu(plugin, build(PROGRAMS / "loop.s", tmp_path))
    assert ran.status == 0 and not list(lines(ran.said))
    profile = ran.profile(board)
    cycles = 1 + 10 * 2 + 9 * 1 + 3 + 1 + 1 + 2
    assert profile.cycles == cycles == 37
    assert profile.operating_point.clock_hz == 25e6


def test_every_counter_is_that_of_unicorn(plugin: Path, board: Board, tmp_path: Path) -> None:
    image = build(EXAMPLES / "mps2.s", tmp_path)
    ran = qemu(plugin, image)
    assert ran.status == 0 and not list(lines(ran.said))
    replayed, live = ran.profile(board), unicorn(image, board)
    assert totals(replayed) == totals(live)
    assert edges(replayed) == edges(live)
    assert by_block(replayed) == by_block(live)
    assert replayed.hidden.tolist() == live.hidden.tolist()


@pytest.mark.parametrize("options", [(), COUNTING_INSTRUCTIONS], ids=["plain", "icount"])
@pytest.mark.parametrize("program", ["pages", "registers", "patched"])
def test_where_blocks_are_cut_changes_no_count(
    program: str, options: tuple[str, ...], plugin: Path, board: Board, tmp_path: Path
) -> None:
    image = build(PROGRAMS / f"{program}.s", tmp_path)
    ran = qemu(plugin, image, *options)
    assert ran.status == 0
    assert totals(ran.profile(board)) == totals(unicorn(image, board))
