"""Record what Renode says of our own programs, for tests that run without it (tests/renode/streams).

    python scripts/record_streams.py --renode PROGRAM

Two kinds of files, both packed by gzip. `PROGRAM-BOARD.stream`: what `cpu SimtinyRecord` writes of two programs, all
accesses among it: `kernel` (tests/renode/programs/kernel.c) and `cuts` (tests/renode/conversation.py).
`BOARD.conversation`: what the plugin and simtiny say to each other while the built-in firmware boots and answers;
simtiny's lines stand between the plugin's chunks, in chunks of the kind TOLD.
"""

import argparse
import gzip
import os
import socket
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from simtiny.board_file import load_board
from simtiny.image import Image
from simtiny.image_load import load
from simtiny.machine.machine import Machine
from simtiny.mlperf.workload import build
from simtiny.renode import conversation as conversations
from simtiny.renode.engine import HERE, PLUGINS, RenodeEngine
from simtiny.renode.find import Found, find
from simtiny.renode.platform import platform
from simtiny.renode.script import Load, absolute, script
from simtiny.request import Request
from tests.renode.conversation import CONVERSATIONS, CUTS, FOLDER, KERNELS, TOLD, converse, cuts
from tests.renode.programs.build import BOARDS, kernel

KERNEL_S = 0.2
"""Of Renode's time: the kernel has ended by then on each board."""


class Tapped(socket.socket):
    """A connection that keeps what passes over it."""

    def __init__(self, line: socket.socket) -> None:
        super().__init__(fileno=line.detach())
        self.heard = bytearray()

    def recv_into(self, buffer: Any, *arguments: int) -> int:
        size = super().recv_into(buffer, *arguments)
        self.heard += bytes(buffer[:size])
        return size

    def sendall(self, data: Any, *arguments: int) -> None:
        """Renode waits for these lines: all that it has said by now was heard."""
        self.heard += struct.pack("<4sII", TOLD, len(data), zlib.crc32(TOLD + data)) + data
        super().sendall(data, *arguments)


def conversation(found: Found, name: str) -> bytes:
    """Of the built-in firmware on a board."""
    workload = build(Request("kws01", name))
    taps: list[Tapped] = []
    accept = conversations.accept

    def tapped(*arguments: Any) -> socket.socket:
        line = accept(*arguments)
        timeout = line.gettimeout()
        taps.append(Tapped(line))
        taps[0].settimeout(timeout)
        return taps[0]

    with (
        patch.object(conversations, "accept", tapped),
        RenodeEngine(found, workload.board, workload.image, workload.segments) as engine,
    ):
        converse(engine)
    return bytes(taps[0].heard)


def recorded(found: Found, name: str, image: Image) -> bytes:
    """What a program does on a board in KERNEL_S."""
    board = load_board(name)
    clocks = Machine(board, image).clock_hz
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "board.repl").write_text(platform(board, clocks), encoding="utf-8")
        loads = []
        for segment in image.segments:
            (part := folder / f"{segment.address:08x}.bin").write_bytes(segment.data)
            loads.append(Load(absolute(part), segment.address))
        commands = (f'cpu SimtinyRecord {absolute(folder / "stream")} "{name}"', f'emulation RunFor "{KERNEL_S}"')
        text = script(
            board,
            plugins=[absolute(HERE / plugin) for plugin in PLUGINS],
            platform=absolute(folder / "board.repl"),
            loads=loads,
            performance_mips=round(clocks["core"] / 1e6),
            paced=False,
            last=(*commands, "cpu SimtinyStop", "quit"),
        )
        (folder / "board.resc").write_text(text, encoding="utf-8")
        options = ("--disable-gui", "--plain", "--console", "--hide-log", "--config", str(folder / "config"))
        subprocess.run(
            [*found.command, *options, str(folder / "board.resc")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": made},
            timeout=300,
            check=True,
        )
        return (folder / "stream").read_bytes()


def main(renode: Path | None) -> None:
    """Record all of them anew."""
    found = find(renode)
    FOLDER.mkdir(exist_ok=True)
    kernels = {f"kernel-{name}": (name, load(kernel(BOARDS[name]))) for name in KERNELS}
    for file, program in (*kernels.items(), (f"cuts-{CUTS}", (CUTS, cuts()))):
        write(f"{file}.stream", recorded(found, *program))
    for name in CONVERSATIONS:
        write(f"{name}.conversation", conversation(found, name))


def write(name: str, data: bytes) -> None:
    (FOLDER / f"{name}.gz").write_bytes(gzip.compress(data, 9, mtime=0))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--renode", type=Path, metavar="PROGRAM", help="the Renode to use; else one is looked for")
    main(parser.parse_args().renode)
