"""Reads firmware files: ELF, Intel HEX, S-records, UF2 and raw binaries, told apart by content.

Checks that a board can boot them.
"""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

from simtiny.board import Board, Memory
from simtiny.cores import CORE_FACTS
from simtiny.elf import read_elf
from simtiny.errors import BadInput
from simtiny.files import read_bounded, shown
from simtiny.image import Image, Segment
from simtiny.intelhex import read_hex
from simtiny.srecord import read_srecords
from simtiny.uf2 import MAGIC, family_name, read_uf2

MAX_FILE_BYTES = 256 << 20  # far above any microcontroller image with its debug information
MOST_RECORDS_BYTES = 64 << 20  # of a file whose data are in records, which take many times as much to read
_SRECORD = re.compile(rb"\s*S[0-9][0-9A-Fa-f]{2}")
FORMATS = "an ELF, Intel HEX, S-record, UF2 or raw binary file"
# What else people hand over, by its first bytes.
OTHER_FORMATS = {
    b"MZ": "a Windows executable",
    b"\xcf\xfa\xed\xfe": "a Mach-O executable",
    b"\xce\xfa\xed\xfe": "a Mach-O executable",
    b"!<arch>\n": "a static library (archive)",
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "a gzip archive",
}


def load(path: Path, *, address: int | None = None) -> Image:
    """Read a firmware file. A raw binary needs the `address` at which its first byte stands."""
    content = read_bounded(path, MAX_FILE_BYTES)
    try:
        return replace(parse(shown(path.name), content, address=address), folder=path.parent)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def parse(name: str, content: bytes, *, address: int | None = None) -> Image:
    """`load` without a file. Errors don't name the file."""
    sha256 = hashlib.sha256(content).hexdigest()
    if not content:
        raise BadInput("empty file")
    if content.startswith(b"\x7fELF"):
        return read_elf(name, sha256, content)
    for magic, description in OTHER_FORMATS.items():
        if content.startswith(magic):
            raise BadInput(f"{description}, not a firmware image: give {FORMATS}")
    if content[:4096].lstrip()[:1] == b":":
        _check_records("an Intel HEX file", content)
        return Image(name, sha256, *read_hex(content))
    if _SRECORD.match(content[:4096]):
        _check_records("an S-record file", content)
        return Image(name, sha256, *read_srecords(content))
    if content.startswith(MAGIC):
        _check_records("a UF2 file", content)
        segments, family = read_uf2(content)
        return Image(name, sha256, segments, family=None if family is None else family_name(family))
    return _raw(name, sha256, content, address)


def _check_records(what: str, content: bytes) -> None:
    if len(content) > MOST_RECORDS_BYTES:
        raise BadInput(f"{what} of more than {MOST_RECORDS_BYTES >> 20} MiB")


def _raw(name: str, sha256: str, content: bytes, address: int | None) -> Image:
    if all(byte in b"\t\n\r\f" or 32 <= byte < 127 for byte in content[:4096]):
        raise BadInput(f"a text file, not a firmware image: give {FORMATS}")
    if content[4:8] == b"TFL3":
        raise BadInput("a TensorFlow Lite model, not a firmware image: give it as a `model`")
    if len(content) < 8:
        raise BadInput(f"{len(content)} bytes: too small for a vector table")
    if address is None:
        raise BadInput("neither ELF, Intel HEX, S-records nor UF2; give the load address if this is a raw binary")
    if not 0 <= address <= (1 << 32) - len(content):
        raise BadInput(f"a raw binary of {len(content)} bytes can't be loaded at 0x{address:x}")
    return Image(name, sha256, (Segment(address, content),))


def check_fits(image: Image, board: Board) -> None:
    """Raise BadInput unless the board can hold the image and boot from it."""
    check_holds(image, board)
    _check_vectors(image, board)


def check_holds(image: Image, board: Board) -> None:
    """Raise BadInput unless the image is for the board's core and lies in its memories."""
    if image.architecture is not None and image.architecture not in CORE_FACTS[board.core].runs:
        raise BadInput(f"{image.name}: built for Arm {image.architecture}, which {board.core} of {board.id} can't run")
    for segment in image.segments:
        _check_segment(image, segment, board)


def other_family(image: Image, board: Board) -> str:
    """What to note of a file that says it is for another chip than the board's; empty where it is not."""
    if image.family is None or board.soc.upper().startswith(image.family.upper()):
        return ""
    return f"the UF2 file says that it is for {image.family}, not for the {board.soc} of {board.id}"


def has_vector_table(image: Image, board: Board) -> bool:
    """Whether the board can boot from it. A library that was linked for itself has none."""
    try:
        _check_vectors(image, board)
    except BadInput:
        return False
    return True


def vector_table_address(image: Image, board: Board) -> int:
    """Where the board looks for it at reset, at the address that the image has it under; see `vectors_at_reset`.

    If that is the flash's start, and the image has nothing there, at the lowest segment (flash before RAM).
    """
    at_reset, flash = board.vectors_at_reset, board.main_flash
    offset = _canonical(board, at_reset) - flash.base
    if not 0 <= offset < flash.size:
        return at_reset
    for base in (flash.base, *flash.aliases):
        if image.word(base + offset) is not None:
            return base + offset
    if offset:
        return at_reset
    in_flash = [segment.address for segment in image.segments if _kind(board, segment.address) == "flash"]
    return min(in_flash or [segment.address for segment in image.segments])


def vectors_at_reset(image: Image, board: Board) -> int:
    """What VTOR reads at reset: where the board boots, else what a boot loader that jumps to the image would set."""
    table = vector_table_address(image, board)
    boots = _canonical(board, table) == _canonical(board, board.vectors_at_reset)
    return board.vectors_at_reset if boots else table


def _kind(board: Board, address: int) -> str | None:
    memory = board.memory_at(address)
    return memory.kind if memory else None


def _check_segment(image: Image, segment: Segment, board: Board) -> None:
    """Walk through adjoining memories until the segment's end."""
    address, memory = segment.address, None
    while address < segment.end:
        following = board.memory_at(address)
        if following is None and memory is not None:
            raise BadInput(
                f"{image.name}: too large for {board.id}: 0x{segment.address:08x} + {len(segment.data)} bytes "
                f"runs {segment.end - address} bytes past the end of {memory.name}"
            )
        if following is None:
            raise BadInput(
                f"{image.name}: {len(segment.data)} bytes at 0x{segment.address:08x} lie outside of all memories of "
                f"{board.id} ({', '.join(f'{m.name} 0x{m.base:08x}' for m in board.memories)})"
            )
        memory = following
        address = _end_of(memory, address)


def _end_of(memory: Memory, address: int) -> int:
    """One past the last address of the memory, in the alias in which `address` lies."""
    return next(b + memory.size for b in (memory.base, *memory.aliases) if b <= address < b + memory.size)


def _canonical(board: Board, address: int) -> int:
    """`address` moved from a memory's alias to its base."""
    memory = board.memory_at(address)
    return memory.base + memory.size - (_end_of(memory, address) - address) if memory else address


def _check_vectors(image: Image, board: Board) -> None:
    """The first two words of any bootable image: initial stack pointer in RAM, reset vector odd and in the image."""
    table = vector_table_address(image, board)
    stack, reset = image.word(table), image.word(table + 4)
    where = f"{image.name}: no vector table at 0x{table:08x}"
    if stack is None or reset is None:
        raise BadInput(f"{where}: the image has no words there")
    if _kind(board, (stack & ~3) - 4) != "ram":  # the core clears the two low bits [Arm v7-M ARM, B1.4.1]
        raise BadInput(f"{where}: the initial stack pointer 0x{stack:08x} does not point into RAM of {board.id}")
    if not reset & 1:
        raise BadInput(f"{where}: the reset vector 0x{reset:08x} is even, so not a Thumb address")
    target = _canonical(board, reset - 1)
    spans = [(_canonical(board, segment.address), len(segment.data)) for segment in image.segments]
    if not any(start <= target < start + size for start, size in spans):
        raise BadInput(f"{where}: the reset vector 0x{reset:08x} points outside of the image")
