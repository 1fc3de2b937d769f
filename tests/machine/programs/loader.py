"""Small assembly programs on the real machine, without an assembler.

`name.s` is the source, `name.txt` what it assembles to: symbols and bytes from CODE on. A program has no vector table:
each test names the routine that reset enters and the handlers, by exception number. After a change to a source:

    python -m tests.machine.programs.loader
"""

import functools
import itertools
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from simtiny.board import Board
from simtiny.board_file import load_board
from simtiny.image import Image, Segment, Symbol
from simtiny.machine.machine import Machine, StopReason

FOLDER = Path(__file__).parent
FLASH, CODE, STACK = 0x0800_0000, 0x0800_0400, 0x2001_0000
RESULTS = 0x2000_0000  # where the programs leave what the tests look at: RESULTS in every source
TOOLS = ("arm-none-eabi-as", "arm-none-eabi-ld", "arm-none-eabi-objcopy", "arm-none-eabi-nm")
HAVE_TOOLS = all(shutil.which(tool) for tool in TOOLS)
_BYTES_A_LINE = 48


@functools.cache
def board() -> Board:
    return load_board("nucleo-l4r5zi")


@functools.cache
def assembled(name: str) -> tuple[dict[str, int], bytes]:
    """Symbols and code of a program, as checked in."""
    symbols, code = {}, bytearray()
    for line in (FOLDER / f"{name}.txt").read_text().splitlines():
        label, _, address = line.partition(" = ")
        if address:
            symbols[label] = int(address, 16)
        else:
            code += bytes.fromhex(line)
    return symbols, bytes(code)


def image(name: str, entry: str, handlers: Mapping[int, str] | None = None, base: int = FLASH) -> Image:
    """A bootable image of a program. `base`: where the loader puts the flash's contents."""
    symbols, code = assembled(name)
    vectors = [STACK, symbols[entry] | 1, *[0] * 254]
    for number, handler in (handlers or {}).items():
        vectors[number] = symbols[handler] | 1
    contents = struct.pack("<256I", *vectors) + code
    functions = sorted(
        (Symbol(label, address, 4, "function") for label, address in symbols.items() if address >= CODE),
        key=lambda symbol: symbol.address,
    )
    spans = [after.address - symbol.address for symbol, after in itertools.pairwise(functions)]
    sized = tuple(
        Symbol(symbol.name, symbol.address, span, symbol.kind)
        for symbol, span in zip(functions, [*spans, 4], strict=True)
    )
    return Image(name, "", (Segment(base, contents),), symbols={s.name: s for s in sized}, functions=sized)


def boot(name: str, entry: str, handlers: Mapping[int, str] | None = None, **options: Any) -> Machine:
    return Machine(board(), image(name, entry, handlers), **options)


def run(name: str, entry: str, handlers: Mapping[int, str] | None = None, **options: Any) -> Machine:
    """Boot and run a program to the WFI at its end."""
    machine = boot(name, entry, handlers, **options)
    assert machine.run(limit_cycles=10_000_000) is StopReason.IDLE
    return machine


def word(machine: Machine, address: int) -> int:
    return int.from_bytes(machine.read_memory(address, 4), "little")


def results(machine: Machine, count: int) -> list[int]:
    """The first words at RESULTS."""
    return list(struct.unpack(f"<{count}I", machine.read_memory(RESULTS, 4 * count)))


def symbol(name: str, label: str) -> int:
    return assembled(name)[0][label]


def after(machine: Machine, cycles: int, callback: Callable[[], None]) -> None:
    """Have a callback once this many more cycles have passed."""
    machine.schedule(machine.cycles + cycles, callback)


def assemble(name: str) -> str:
    """The text of `name.txt`, made anew."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        source, linked, binary = FOLDER / f"{name}.s", work / "linked", work / "binary"
        options = ["-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-I", str(FOLDER)]
        _call(TOOLS[0], *options, "-o", str(work / "object"), str(source))
        _call(TOOLS[1], f"-Ttext=0x{CODE:x}", "-e", f"0x{CODE:x}", "-o", str(linked), str(work / "object"))
        _call(TOOLS[2], "-O", "binary", "-j", ".text", str(linked), str(binary))
        symbols = [line.split() for line in _call(TOOLS[3], "-n", str(linked)).splitlines()]
        code = binary.read_bytes()
    named = [f"{label} = {address}" for address, kind, label in symbols if kind in "tT" and "$" not in label]
    chunks = [code[at : at + _BYTES_A_LINE].hex() for at in range(0, len(code), _BYTES_A_LINE)]
    return "\n".join([*named, *chunks, ""])


def _call(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.s"))


if __name__ == "__main__":
    for program in names():
        (FOLDER / f"{program}.txt").write_text(assemble(program))
