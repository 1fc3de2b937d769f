"""A TCP port as the host's end of a served board, on any system."""

import socket
from contextlib import suppress

from simtiny.errors import BadInput
from simtiny.hostline import PATIENCE_S, push

MOST_WAITING_BYTES = 1 << 20
"""What a client may be ahead of the board, which takes a minute and a half of it at 115,200 baud. One that sends on is
a flood, and is cut off."""
MOST_LEFT_BYTES = 256
"""What is kept of what a client has sent and the board not taken when the client leaves: a few commands."""
_BLOCK_BYTES = 1 << 16
_SLICE_BYTES = 1 << 18
"""The most that is read at a time, so that the board runs on."""
_SLICE_CLIENTS = 16


class TcpPort:
    """A TCP port, one client at a time; the next one waits. Port 0 takes a free one.

    All that a client sends is read at once, for its end stands behind it: a client that has left is noticed however
    much it has sent, and the next one served.
    """

    def __init__(self, host: str, port: int) -> None:
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._listener = socket.create_server((host, port), family=family)
        except (OSError, OverflowError, TypeError, UnicodeError) as error:  # also of a host that can't be one
            raise BadInput(f"--tcp {host}:{port}: {getattr(error, 'strerror', None) or error}") from None
        self._listener.setblocking(False)
        self._client: socket.socket | None = None
        self._waiting = bytearray()
        self._patience_s = PATIENCE_S
        address, number = self._listener.getsockname()[:2]
        self.name = f"[{address}]:{number}" if ":" in address else f"{address}:{number}"

    @property
    def descriptor(self) -> int | None:
        return (self._client or self._listener).fileno()

    @property
    def has_client(self) -> bool:
        """Whether one is connected, as far as is known."""
        return self._client is not None

    @property
    def has_input(self) -> bool:
        return bool(self._waiting)

    def receive(self, most_bytes: int) -> bytes:
        read = 0
        for _ in range(_SLICE_CLIENTS):  # those that have left already
            while self._client is not None and read < _SLICE_BYTES and (count := self._read(self._client)):
                read += count
            if self._client is not None or not self._accept():
                break
        data = bytes(self._waiting[:most_bytes])
        del self._waiting[:most_bytes]
        return data

    def _accept(self) -> bool:
        try:
            client, _ = self._listener.accept()
        except OSError:  # there is none, or it has gone again
            return False
        client.setblocking(False)
        self._patience_s = PATIENCE_S
        with suppress(OSError):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # one that vanished without a word is noticed
        self._client = client
        return True

    def _read(self, client: socket.socket) -> int:
        """How many bytes came. Lets the client go when it has left or floods."""
        try:
            data = client.recv(_BLOCK_BYTES)
        except BlockingIOError:
            return 0
        except OSError:
            data = b""
        self._waiting += data
        if not data or len(self._waiting) > MOST_WAITING_BYTES:
            del self._waiting[MOST_LEFT_BYTES:]
            client.close()
            self._client = None
        return len(data)

    def send(self, data: bytes) -> None:
        if self._client is not None:
            self._patience_s = push(self._client.send, self._client.fileno(), data, self._patience_s)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
        self._listener.close()
