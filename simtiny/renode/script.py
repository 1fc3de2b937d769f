"""A script for Renode's monitor: a machine, its platform, what it is loaded with, and what is shown of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simtiny.board import Board
from simtiny.errors import BadInput
from simtiny.machine.system_register import CORTEX_M7
from simtiny.renode.platform import block_names

QUANTUM_S = 0.0001
"""Virtual time between two looks at the outside, in seconds: more makes sleeping cheaper, and answers slower."""


@dataclass(frozen=True)
class Load:
    """A file that goes to memory: an ELF to where it says itself, raw bytes to `address`. `path`: see `script`."""

    path: str
    address: int | None = None


def script(
    board: Board,
    *,
    plugins: Sequence[str],
    platform: str,
    loads: Sequence[Load],
    variables: Mapping[str, str] | None = None,
    performance_mips: int = 100,
    quantum_s: float = QUANTUM_S,
    paced: bool = True,
    analyzer: bool = False,
    name: str = "board",
    vectors: int | None = None,
    last: Sequence[str] = (),
) -> str:
    """The text of a `.resc`. Paths are as `absolute` or `beside` make them, or names of `variables`: "$image".

    `plugins`: C# files to include, in order. `variables`: values of such names, unless the user has set them before.
    `performance_mips`: millions of instructions in a second of Renode's time. `paced`: this time does not run faster
    than a clock on the wall. `analyzer`: show what the serial port sends. `vectors`: the address of the vector table
    at reset, if not where the board boots. `last`: lines behind all others.
    """
    lines = [f"{name} ?= {value}" for name, value in (variables or {}).items()]
    lines += [f"include {path}" for path in plugins]
    lines += [
        "using sysbus",
        f'mach create "{name}"',
        f"machine LoadPlatformDescription {platform}",
        f"cpu PerformanceInMips {max(1, performance_mips)}",
    ]
    for load in loads:
        where = "" if load.address is None else f" 0x{load.address:08X}"
        lines.append(f"sysbus {'LoadELF' if load.address is None else 'LoadBinary'} {load.path}{where}")
    lines += [
        f"cpu VectorTableOffset 0x{board.vectors_at_reset if vectors is None else vectors:08X}",
        f'emulation SetGlobalQuantum "{quantum_s:.6f}"',
        # Cache maintenance is a warning of Renode's for each line of a cache.
        *(["logLevel 3 sysbus.nvic"] if board.core in CORTEX_M7 else []),
        *([] if paced else ["emulation SetGlobalAdvanceImmediately true"]),
        *([f"showAnalyzer {serial_port(board)}"] if analyzer else []),
    ]
    return "\n".join([*lines, *last]) + "\n"


def serial_port(board: Board) -> str:
    """The serial port that the board's host talks to, as Renode calls it."""
    return f"sysbus.{block_names(board)[board.serial]}"


def absolute(path: Path) -> str:
    """A file as the monitor reads its path. Raises BadInput for one that it has no way to write."""
    return f"@{_escaped(str(path.absolute()))}"


def beside(name: str) -> str:
    """A file beside the script. Raises BadInput as `absolute`."""
    return f"$ORIGIN/{_escaped(name)}"


def _escaped(path: str) -> str:
    """Blanks are escaped by a backslash, which nothing escapes; a semicolon ends a command whatever is around it."""
    unwritable = any((each.isspace() and each != " ") or not each.isprintable() or each == ";" for each in path)
    if unwritable or "\\ " in path or '"""' in path or path.endswith("\\"):
        raise BadInput(f"{path!r}: Renode can't be told of a file of this name: move it to a folder with a plain name")
    return path.replace(" ", "\\ ")
