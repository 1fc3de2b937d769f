"""The plugin's commands in a user's own Renode, and its hooks where Renode has other callbacks than known."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simtiny import api
from simtiny.counts import Question, counted
from simtiny.mlperf.workload import build
from simtiny.renode import engine
from simtiny.renode.find import Found
from simtiny.renode.script import absolute
from simtiny.renode.transcript import Transcript
from simtiny.request import Request
from tests.renode.programs.build import kernel

pytestmark = pytest.mark.slow

BOARD = "nucleo-l4r5zi"
PLATFORM = """
flash: Memory.MappedMemory @ sysbus 0x08000000 { size: 0x200000 }
ram: Memory.MappedMemory @ sysbus 0x20000000 { size: 0xA0000 }
nvic: IRQControllers.NVIC @ sysbus 0xE000E000 { priorityMask: 0xF0; systickFrequency: 4000000; IRQ -> cpu@0 }
cpu: CPU.CortexM @ sysbus { cpuType: "cortex-m4"; nvic: nvic }
"""


def told(renode: Found, folder: Path, environment: dict[str, str], *commands: str) -> tuple[list[str], int]:
    """What Renode's monitor says to commands, in lines, and its exit status."""
    words = (*renode.command, "--disable-gui", "--console", "--hide-log", "--config", str(folder / "config"))
    done = subprocess.run(
        words,
        input="\n".join([*commands, "quit", ""]),
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder), "XDG_CONFIG_HOME": str(folder), **environment},
        check=False,
    )
    transcript = Transcript()
    transcript.feed(done.stdout)
    return transcript.lines(), done.returncode


@pytest.fixture
def simtiny(program: Callable[..., Path]) -> dict[str, str]:
    """The environment that tells the plugin where simtiny is."""
    return {"SIMTINY": str(program(f'exec "{sys.executable}" -m simtiny "$@"', name="simtiny"))}


def test_a_users_own_script_gets_cycles_and_one_line_for_what_is_wrong(
    renode: Found, tmp_path: Path, simtiny: dict[str, str]
) -> None:
    """Two lines in a script of someone who has no export of ours; Renode ends the stream when it quits."""
    (tmp_path / "mine.repl").write_text(PLATFORM, encoding="utf-8")
    stream, elf = tmp_path / "trace", kernel("cortex-m4")
    record = f'cpu SimtinyRecord {absolute(stream)} "{BOARD}" {absolute(elf)}'
    commands = [
        f"include {absolute(engine.HERE / 'simtiny.cs')}",
        'mach create "mine"',
        f"machine LoadPlatformDescription {absolute(tmp_path / 'mine.repl')}",
        f"sysbus LoadELF {absolute(elf)}",
        "cpu VectorTableOffset 0x08000000",
        "cpu SimtinyCycles",
        "simtiny Report",
        "cpu SimtinyRecord @/nowhere/trace",
        record,
        record,
        'emulation RunFor "0.002"',
        "cpu SimtinyCycles",
        "simtiny Report",
        'emulation RunFor "0.002"',
    ]
    lines, status = told(renode, tmp_path, simtiny, *commands)
    said = "\n".join(lines)
    assert status == 0
    for error in (
        "nothing is recorded of this core: call SimtinyRecord first",
        "nothing is recorded: call SimtinyRecord first",
        'SimtinyRecord: Could not find a part of the path "/nowhere/trace".',
        "SimtinyRecord: this core is being recorded: call SimtinyStop first",
    ):
        assert lines.count(error) == 1, said
    cycles = int(next(line for line in lines if line.isdigit()))
    assert any(line.startswith("│ cycles ") and f" {cycles:,} " in line for line in lines), said
    assert any("task_a" in line for line in lines), said
    assert api.price(stream, board=BOARD).cycles > cycles


def test_without_room_or_board_or_simtiny_there_is_one_line(renode: Found, tmp_path: Path) -> None:
    (tmp_path / "mine.repl").write_text(PLATFORM, encoding="utf-8")
    commands = [
        f"include {absolute(engine.HERE / 'simtiny.cs')}",
        'mach create "mine"',
        f"machine LoadPlatformDescription {absolute(tmp_path / 'mine.repl')}",
        f"sysbus LoadELF {absolute(kernel('cortex-m4'))}",
        "cpu VectorTableOffset 0x08000000",
        f'cpu SimtinyRecord @/dev/full "{BOARD}"',
        'emulation RunFor "0.001"',
        "cpu SimtinyStop",
        f"cpu SimtinyRecord {absolute(tmp_path / 'trace')}",
        "cpu SimtinyCycles",
        "cpu SimtinyStop",
        f'cpu SimtinyRecord {absolute(tmp_path / "trace")} "{BOARD}"',
        "cpu SimtinyCycles",
    ]
    lines, _ = told(renode, tmp_path, {"SIMTINY": "/nowhere/simtiny"}, *commands)
    said = "\n".join(lines)
    for error in (
        "the trace could not be written: ",
        "which board? SimtinyRecord takes its name as second argument: ",
        "there is no program '/nowhere/simtiny': install simtiny, or set SIMTINY to its path before Renode starts",
    ):
        assert sum(line.startswith(error) for line in lines) == 1, said


def test_public_hooks_count_the_same(renode: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Renode whose callbacks have other names than those that the plugin looks for."""
    for name in engine.PLUGINS:
        text = (engine.HERE / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("__OnBlockBegin", "__Elsewhere"), encoding="utf-8")
    monkeypatch.setattr(engine, "HERE", tmp_path)
    workload = build(Request("kws01", BOARD))
    ours = counted(Question(workload.flashed), workload.board, fresh=True).measurement.profile
    theirs = counted(Question(workload.flashed, renode=renode), workload.board, fresh=True).measurement.profile
    assert any("by its public hooks" in note.text for note in theirs.notes)
    assert theirs.cycles == ours.cycles
