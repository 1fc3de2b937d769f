"""The TCP port that a debugger connects to: one client at a time, others are turned away at once."""

import socket
from contextlib import closing
from select import select

from simtiny.debugger.meter import EnergyMeter
from simtiny.debugger.monitor import Monitor
from simtiny.debugger.packets import PacketReader, Signal, framed
from simtiny.debugger.stub import Stub
from simtiny.debugger.target import Target
from simtiny.errors import BadInput

HOST = "127.0.0.1"
_READ_BYTES = 1 << 16
_MOST_PACKETS = 1_000
"""That a client may send while the target runs: it is to wait."""
_RESUMES = (b"c", b"s", b"C", b"S", b"v")
_SEND_LIMIT_S = 10.0
"""A client that takes nothing for so long has gone."""


def listen(port: int) -> socket.socket:
    """A socket on a port of this computer, 0 for any that is free. Raises BadInput."""
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise BadInput(f"`port` {port}: can't listen on {HOST}:{port}: {error.strerror}") from None
    return listener


class Server:
    """Serves a target on a listening socket until `stop` is readable or the debugger ends it."""

    def __init__(self, target: Target, meter: EnergyMeter, listener: socket.socket, stop: socket.socket) -> None:
        self._target, self._meter, self._listener, self._stop = target, meter, listener, stop
        self._client: socket.socket | None = None
        self._stub: Stub | None = None
        self._is_shut_down = False
        self._console_in_gdb = self._runs = False
        self._line = bytearray()
        target.is_interrupted = self._is_interrupted

    def serve(self) -> None:
        """Serve one client after another."""
        while not self._is_shut_down:
            if self._stop in select([self._listener, self._stop], [], [])[0]:
                return
            client, _ = self._listener.accept()
            with closing(client):
                self._serve_client(client)
            self._client = self._stub = None

    def console(self, data: bytes) -> None:
        """What the firmware prints, for clients that want to see it."""
        if self._console_in_gdb and self._runs:  # GDB understands output only while it waits for the target
            self._line += data
            if b"\n" in data:
                self._flush()

    def _flush(self) -> None:
        if self._line and self._stub is not None:
            self._stub.say(self._line.decode("utf-8", "replace"))
        self._line.clear()

    def _show_console(self, is_on: bool) -> None:
        self._console_in_gdb = is_on

    def _shut_down(self) -> None:
        self._is_shut_down = True

    def _serve_client(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.settimeout(_SEND_LIMIT_S)
        self._client, self._reader, self._sent = client, PacketReader(), b""
        self._packets: list[bytes | Signal] = []
        self._has_left = self._is_ending = False
        monitor = Monitor(self._target, self._meter, self._show_console, self._shut_down)
        self._stub = stub = Stub(self._target, monitor, lambda payload: self._send(framed(payload)))
        self._target.breakpoints.clear()
        self._target.watchpoints.clear()
        while not (stub.is_done or self._has_left or self._is_ending):
            self._receive(None)
            while self._packets and not stub.is_done:
                self._handle(stub, self._packets.pop(0))
        self._target.breakpoints.clear()
        self._target.watchpoints.clear()
        self._is_shut_down |= stub.is_killed or self._is_ending

    def _handle(self, stub: Stub, packet: bytes | Signal) -> None:
        if packet is Signal.AGAIN:
            self._send(self._sent)
        elif packet is Signal.BROKEN:
            self._send(b"-" if stub.acknowledges else b"")
        elif isinstance(packet, bytes):
            self._send(b"+" if stub.acknowledges else b"")
            self._runs = packet[:1] in _RESUMES
            payload = stub.answer(packet)
            self._flush()
            self._runs = False
            if payload is not None:
                self._sent = framed(payload)
                self._send(self._sent)

    def _receive(self, timeout_s: float | None) -> None:
        """Take what has come; turn others away that have come meanwhile."""
        client = self._client
        assert client is not None
        ready = select([client, self._listener, self._stop], [], [], timeout_s)[0]
        self._is_ending |= self._stop in ready
        if client in ready:
            try:
                data = client.recv(_READ_BYTES)
            except OSError:
                data = b""
            self._has_left |= not data
            self._packets += self._reader.feed(data)
        elif self._listener in ready:  # once it is known that the client has not just left
            self._listener.accept()[0].close()

    def _is_interrupted(self) -> bool:
        """Whether the client wants the target to stop, or has gone; asked while the target runs."""
        if self._client is None:
            return False
        self._receive(0)
        is_break = Signal.BREAK in self._packets
        self._packets = [packet for packet in self._packets if packet is not Signal.BREAK]
        self._has_left |= len(self._packets) > _MOST_PACKETS
        return is_break or self._has_left or self._is_ending

    def _send(self, data: bytes) -> None:
        if self._client is None or not data or self._has_left:
            return
        try:
            self._client.sendall(data)
        except OSError:
            self._has_left = True
