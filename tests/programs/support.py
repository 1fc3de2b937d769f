"""The hand-worked programs: their cycle counts, their bytes, and a run of one.

`python -m tests.programs.support` assembles them anew into programs.toml, where machines without binutils for Arm find
them.
"""

import re
import struct
import subprocess
import tempfile
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from simtiny.board import Board
from simtiny.board_file import read_board
from simtiny.estimate import Estimate, estimate
from simtiny.image import Image, Move, Segment
from simtiny.machine.cores import CORES
from simtiny.machine.machine import Machine, Mark
from simtiny.profiles import Profile
from simtiny.settings import AS_IT_IS, MemorySettings
from simtiny.timing.effects import Effect

FOLDER = Path(__file__).parent
ASSEMBLED = FOLDER / "programs.toml"
FLASH = 0x0800_0000
LIMIT_CYCLES = 100_000
_HEADING = re.compile(r"@ (\d+) cycles = (.+)")


@dataclass(frozen=True)
class Expected:
    """The first line of a program: its cycles, worked out by hand, and how they add up."""

    cycles: int
    by_effect: dict[Effect, int]


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.s"))


def expected(name: str) -> Expected:
    heading = _HEADING.match((FOLDER / f"{name}.s").read_text())
    assert heading, f"{name}.s begins with no cycle count"
    terms = [term.split(" ") for term in heading[2].split(" + ")]
    return Expected(int(heading[1]), {Effect[effect.upper()]: int(cycles) for cycles, effect in terms})


def assemble(name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        unlinked, linked, flat = (Path(folder, f"program.{suffix}") for suffix in ("o", "elf", "bin"))
        for command in (
            ["as", "-I", FOLDER, FOLDER / f"{name}.s", "-o", unlinked],
            ["ld", f"-Ttext={FLASH:#x}", "--entry=reset", unlinked, "-o", linked],
            ["objcopy", "-O", "binary", "--only-section=.text", linked, flat],
        ):
            subprocess.run([f"arm-none-eabi-{command[0]}", *command[1:]], check=True)
        return flat.read_bytes()


def assembled(name: str) -> bytes:
    return bytes.fromhex(tomllib.loads(ASSEMBLED.read_text())[name])


def board(*, dual_bank: bool = True) -> Board:
    found = read_board(FOLDER / "board.toml")
    peripherals = (
        replace(block, parameters={"dual_bank": dual_bank}) if block.name == "FLASH" else block
        for block in found.peripherals
    )
    return replace(found, peripherals=tuple(peripherals))


def board_of(name: str) -> Board:
    """The board that a program runs on: its name begins with the core, if that is another than Cortex-M4."""
    if name.startswith("m0plus_"):
        return read_board(FOLDER / "board_m0plus.toml")
    if name.startswith("m33_"):
        return read_board(FOLDER / "board_m33.toml")
    return board(dual_bank=not name.endswith("_single_bank"))


def image_of(code: bytes) -> Image:
    return Image("program", "", (Segment(FLASH, code),))


def run_code(code: bytes, on: Board, settings: MemorySettings = AS_IT_IS, moves: tuple[Move, ...] = ()) -> Profile:
    """Run code with a vector table and profile it between the two addresses behind its reset vector."""
    (found,) = _profiles(Machine(on, image_of(code), settings=settings, moves=moves), code)
    return found


def run_code_in_lanes(
    code: bytes, on: Board, lanes: tuple[MemorySettings, ...], moves: tuple[Move, ...] = ()
) -> tuple[Profile, ...]:
    """The same, and behind it what it is in each lane."""
    return _profiles(Machine(on, image_of(code), lanes=lanes, moves=moves), code)


def _profiles(machine: Machine, code: bytes) -> tuple[Profile, ...]:
    marks: list[Mark] = []
    _, _, start, end = struct.unpack_from("<4I", code)

    def leave() -> None:
        marks.append(machine.mark())
        machine.stop()

    machine.watch(start, lambda: None if marks else marks.append(machine.mark()))
    machine.watch(end, leave)
    machine.run(limit_cycles=LIMIT_CYCLES)
    first, last = marks
    return machine.profiles(first, last)


def run(name: str) -> tuple[Profile, Estimate]:
    on = board_of(name)
    profile = run_code(assembled(name), on)
    return profile, estimate(profile, CORES[on.core].timing)


def main() -> None:
    """Write programs.toml."""
    lines = ["# Made by `python -m tests.programs.support` from the .s files beside it.\n"]
    for name in names():
        code = assemble(name).hex()
        rows = "\\\n".join(code[start : start + 96] for start in range(0, len(code), 96))
        lines.append(f'{name} = """\\\n{rows}"""\n')
    ASSEMBLED.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
