"""What is said to an engine with the built-in firmware, and the recordings of it (scripts/record_streams.py)."""

import gzip
import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from simtiny.counting import stream
from simtiny.counting.counters import Mark
from simtiny.engine import LR, SP, Engine
from simtiny.image import Image, Segment
from simtiny.mlperf.protocol import Session
from simtiny.profiles import Profile
from simtiny.symbols import code_address

FOLDER = Path(__file__).parent / "streams"
KERNELS = ("nucleo-g0b1re", "nucleo-l4r5zi", "nucleo-u575zi-q", "disco-f746ng")
"""Boards with a stream of the kernel: a core each."""
CONVERSATIONS = ("nucleo-l4r5zi",)
"""Boards with a conversation."""
CUTS = "nucleo-l4r5zi"
"""The board with a stream of `cuts`."""
TOLD = b"TOLD"
"""Kind of the chunks with simtiny's lines."""
COMMANDS = ("name", "timestamp")


@dataclass(frozen=True)
class Answers:
    """Lines of the firmware; counts between its calls of `print`, in which nobody waits for a command; where the stack
    and the return address were at the first.
    """

    lines: tuple[str, ...]
    windows: tuple[Profile, ...]
    stack: int
    returns_to: int


def converse(engine: Engine) -> Answers:
    """Boot and ask, with a mark at each call of `print`."""
    calls: list[list[Mark]] = [[]]  # of an answer each
    frames: list[tuple[int, int]] = []

    def prints() -> None:
        frames.append((engine.register(SP), engine.register(LR)))
        calls[-1].append(engine.mark())

    engine.watch(code_address(engine.image, engine.board, "print"), prints)
    session = Session(engine)
    session.boot()
    for command in COMMANDS:
        calls.append([])
        session.command(command)
    assert len(engine.read_memory(engine.board.memories[0].base, 16)) == 16
    windows = [engine.profile(*pair) for answer in calls for pair in pairwise(answer)]
    return Answers(tuple(session.said), tuple(windows), *frames[0])


def unpacked(name: str) -> bytes:
    return gzip.decompress((FOLDER / f"{name}.gz").read_bytes())


def chunks(conversation: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kinds and contents behind the magic bytes."""
    file = io.BytesIO(conversation[len(stream.MAGIC) :])
    while file.tell() < len(conversation) - len(stream.MAGIC):
        yield stream.read_chunk(file)


CUTS_BEGIN, CUTS_LOOP, CUTS_END = 0x0800_0100, 0x0800_03E0, 0x0800_1002


def cuts() -> Image:
    """A program whose blocks are cut: by time quanta and by hooks at divides, in a loop of 200 rounds with an IT block
    and a MOVW across the end of 1 KiB; then by ends of pages, in straight-line code to a MOVW across the end of 4 KiB.
    """
    begin = [0x24C8, 0x2064, 0x2107, 0x2701, 0x06FF]  # R4 = 200, R0 = 100, R1 = 7, R7 = 1 << 27: the flash
    udiv, it_eq, sdiv = [0xFBB0, 0xF2F1], [0x2C64, 0xBF08], [0xFB90, 0xF3F1]  # R2 = R0 / R1; if R4 = 100, R3, too
    movw, ldr, wfi = [0xF241, 0x2534], [0x683E], [0xBF30, 0xE7FD]  # R5 = 0x1234; R6 = [R7]
    code = {CUTS_BEGIN: begin, CUTS_LOOP: [*udiv, *it_eq, *sdiv], 0x0800_03FE: [*movw, *ldr, 0x3C01]}
    code |= {0x0800_0406: [0xD100 | (CUTS_LOOP - 0x0800_040A >> 1) & 0xFF], 0x0800_0FFE: [*movw, *wfi]}  # BNE loop
    code |= {
        0x0800_0600 + 0x400 * page: [0xE7FF] for page in range(3)
    }  # B to what is next, and so no block is too long
    content = bytearray(struct.pack("<64I", 0x2000_8000, CUTS_BEGIN | 1, *[0] * 62) + b"\x00\xbf" * 0x782)
    for address, halfwords in code.items():
        at = address - 0x0800_0000
        content[at : at + 2 * len(halfwords)] = struct.pack(f"<{len(halfwords)}H", *halfwords)
    return Image("cuts", "", (Segment(0x0800_0000, bytes(content)),))
