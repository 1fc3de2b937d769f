"""What simtiny and the plugin in Renode say to each other: chunks of a stream, and lines that answer its questions."""

import io
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from simtiny.counting import stream
from simtiny.errors import BadInput
from simtiny.renode.process import Running

START_S = 120.0
"""How long Renode may take to start and to load its platform: mostly 4 s."""
SILENCE_S = 60.0
"""How long it may say nothing while it runs: it asks after some seconds at most, however busy it is."""
_LOOK_S = 0.5
_BUFFER_BYTES = 1 << 20
_ABORT = re.compile(r"CPU abort (.*)")
_ENDING_S = 2.0  # until a line that Renode has closed is known to be its end


class Aborted(Exception):
    """Renode's core has given up; its words."""


class _Line(io.RawIOBase):
    """What comes from the plugin. Where nothing comes, Renode's log is looked at."""

    def __init__(self, line: socket.socket, running: Running) -> None:
        self._line, self._running = line, running

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        deadline = time.monotonic() + SILENCE_S
        while True:
            try:
                return self._line.recv_into(buffer)
            except TimeoutError:
                aborted = [_ABORT.search(entry) for entry in self._running.log()]
                if found := next(filter(None, aborted), None):
                    raise Aborted(found[1]) from None
                if self._running.error() is not None or time.monotonic() > deadline:
                    raise


@dataclass
class Conversation:
    """Chunks from the plugin, and answers to it."""

    line: socket.socket
    file: BinaryIO
    running: Running

    def read(self) -> tuple[bytes, bytes]:
        """The next chunk."""
        try:
            return stream.read_chunk(self.file)
        except (OSError, BadInput) as error:
            raise self.failed(error) from None

    def answer(self, *lines: str) -> None:
        try:
            self.line.sendall("".join(f"{line}\n" for line in lines).encode("ascii"))
        except OSError as error:
            raise self.failed(error) from None

    def failed(self, error: OSError | BadInput) -> BadInput:
        """What to raise behind an error of the line, or of what came over it."""
        if isinstance(error, TimeoutError):
            return self.broken(f"said nothing for {SILENCE_S:.0f} s")
        return self.broken(f"was not understood: {error}")

    def broken(self, what: str) -> BadInput:
        """What to raise: that Renode has ended, or what it has said itself, else `what` it did."""
        deadline = time.monotonic() + _ENDING_S
        while time.monotonic() < deadline:
            if (error := self.running.error()) is not None:
                return BadInput(error)
            time.sleep(0.05)
        log = self.running.log()
        return BadInput(f"Renode {what}" + (f"; last in its log: {log[-1]}" if log else ""))


@contextmanager
def conversation(listening: socket.socket, running: Running) -> Iterator[Conversation]:
    """With the plugin, which connects to where simtiny listens. Raises BadInput where it does not."""
    with accept(listening, running) as line, io.BufferedReader(_Line(line, running), _BUFFER_BYTES) as file:
        yield Conversation(line, file, running)


def accept(listening: socket.socket, running: Running) -> socket.socket:
    """The plugin's connection. Raises BadInput when Renode ends or says what is wrong before."""
    listening.settimeout(0.2)
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            line, _ = listening.accept()
        except TimeoutError:
            if (error := running.error()) is not None:
                raise BadInput(error) from None
        else:
            line.settimeout(_LOOK_S)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return line
    raise BadInput(f"Renode did not start within {START_S:.0f} s")
