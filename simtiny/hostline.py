"""The host's end of a served board: a pseudo-terminal or a TCP port.

Like the adapter of a real board, each drops what the board sends while nobody listens.
"""

import errno
import os
import select
import socket
import termios
import tty
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from simtiny.errors import BadInput

CHUNK_BYTES = 4096
PATIENCE_S = 1.0
"""How long the board is halted for a client that does not read: a program is slow to read what comes faster than from
any real line. After that, what it does not take is dropped until it reads again."""
_CLIENT_CHECK_S = 0.05
"""How long a client that opens the pseudo-terminal may go unnoticed."""


class HostLine(Protocol):
    """Where host programs connect. `name` is what they open."""

    name: str

    @property
    def descriptor(self) -> int | None:
        """What to poll for input, None while that would report a missing client over and over."""
        ...

    def receive(self) -> bytes:
        """What the host has sent, empty when there is nothing."""
        ...

    def send(self, data: bytes) -> None:
        """Pass on what the board has sent, or drop what the host does not take."""
        ...

    def close(self) -> None: ...


class PseudoTerminal:
    """A serial port for programs of this computer. `link` is a further name for it, put in place of an old link."""

    def __init__(self, link: Path | None = None) -> None:
        self._master, slave = os.openpty()
        tty.setraw(slave)  # no echo, no line editing: bytes as they are
        self._device, self._link = os.ttyname(slave), link
        os.close(slave)  # from now on its absence tells that no client is there
        os.set_blocking(self._master, False)
        if link is not None:
            try:
                if link.is_symlink():
                    link.unlink()
                link.symlink_to(self._device)
            except OSError as error:
                raise BadInput(f"--link {link}: {error.strerror or error}") from None
        self._patience_s = PATIENCE_S
        self.name = str(link or self._device)

    @property
    def descriptor(self) -> int | None:
        return self._master if self._has_client() else None

    def _has_client(self) -> bool:
        poll = select.poll()
        poll.register(self._master, 0)
        return not any(event & select.POLLHUP for _, event in poll.poll(0))

    def receive(self) -> bytes:
        try:
            return os.read(self._master, CHUNK_BYTES)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EIO):  # EIO: no client has it open
                return b""
            raise

    def send(self, data: bytes) -> None:
        if self._has_client():
            self._patience_s = _push(self._master, data, self._patience_s)
        else:
            termios.tcflush(self._master, termios.TCOFLUSH)  # what the last client has not read

    def close(self) -> None:
        if self._link is not None and self._link.is_symlink() and str(self._link.readlink()) == self._device:
            self._link.unlink()
        os.close(self._master)


class TcpPort:
    """A TCP port, one client at a time; the next one waits. Port 0 takes a free one."""

    def __init__(self, host: str, port: int) -> None:
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._listener = socket.create_server((host, port), family=family)
        except (OSError, OverflowError, TypeError, UnicodeError) as error:  # also of a host that can't be one
            raise BadInput(f"--tcp {host}:{port}: {getattr(error, 'strerror', None) or error}") from None
        self._listener.setblocking(False)
        self._client: socket.socket | None = None
        self._patience_s = PATIENCE_S
        address, number = self._listener.getsockname()[:2]
        self.name = f"[{address}]:{number}" if ":" in address else f"{address}:{number}"

    @property
    def descriptor(self) -> int | None:
        return (self._client or self._listener).fileno()

    def receive(self) -> bytes:
        if self._client is None:
            try:
                self._client, _ = self._listener.accept()
            except OSError:  # it has gone again
                return b""
            self._client.setblocking(False)
            self._patience_s = PATIENCE_S
            self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            data = self._client.recv(CHUNK_BYTES)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._client.close()
            self._client = None
        return data

    def send(self, data: bytes) -> None:
        if self._client is not None:
            self._patience_s = _push(self._client.fileno(), data, self._patience_s)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
        self._listener.close()


def _push(descriptor: int, data: bytes, patience_s: float) -> float:
    """Write all, or as much as is taken without a pause of more than `patience_s`. Returns the patience from now on."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            if not select.select([], [descriptor], [], patience_s)[1]:
                return 0.0
        except OSError:  # the client has gone: `receive` sees to that
            break
    return PATIENCE_S


def wait(lines: Sequence[HostLine], stop: int, timeout_s: float | None) -> bool:
    """Sleep until a host has sent something, `stop` is readable, or the time is over. Whether `stop` is."""
    descriptors = [line.descriptor for line in lines]
    if None in descriptors:  # nothing tells when a client opens a pseudo-terminal
        timeout_s = _CLIENT_CHECK_S if timeout_s is None else min(timeout_s, _CLIENT_CHECK_S)
    readable, _, _ = select.select([stop, *(number for number in descriptors if number is not None)], [], [], timeout_s)
    return stop in readable
