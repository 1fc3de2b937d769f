"""What is said to an engine with the built-in firmware, and the recordings of it (scripts/record_streams.py)."""

import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from simtiny.counting import stream
from simtiny.counting.counters import Mark
from simtiny.engine import LR, SP, Engine
from simtiny.mlperf.protocol import Session
from simtiny.profiles import Profile
from simtiny.symbols import code_address

FOLDER = Path(__file__).parent / "streams"
KERNELS = ("nucleo-g0b1re", "nucleo-l4r5zi", "nucleo-u575zi-q", "disco-f746ng")
"""Boards with a stream of the kernel: a core each."""
CONVERSATIONS = ("nucleo-l4r5zi",)
"""Boards with a conversation."""
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
