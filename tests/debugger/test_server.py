"""The port: clients that come, go, and send what they should not."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from simtiny.debugger.meter import EnergyMeter
from simtiny.debugger.packets import framed
from simtiny.debugger.server import HOST, Server, listen
from simtiny.debugger.target import Target
from simtiny.errors import BadInput
from tests.machine.bare import board


class Client:
    """A debugger by hand, without acknowledgements of its own."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=10)
        self.received = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def until(self, end: bytes) -> bytes:
        """What comes, up to and with `end`."""
        while end not in self.received:
            data = self.socket.recv(4096)
            assert data, f"closed after {self.received!r}"
            self.received += data
        found, _, self.received = self.received.partition(end)
        return found + end

    def ask(self, packet: bytes, answer: bytes) -> None:
        self.send(framed(packet))
        self.until(framed(answer))


@pytest.fixture
def serving() -> Iterator[Callable[[list[int]], int]]:
    """Serves a program, and returns the port."""
    stop, end = socket.socketpair()
    threads: list[threading.Thread] = []
    with closing(stop), closing(end), closing(listen(0)) as listener:

        def serve(code: list[int]) -> int:
            machine = board(code)
            server = Server(Target(machine), EnergyMeter(machine, machine.board), listener, stop)
            threads.append(threading.Thread(target=server.serve))
            threads[0].start()
            return int(listener.getsockname()[1])

        yield serve
        end.send(b"x")
        threads[0].join(10)
        assert not threads[0].is_alive()


def test_clients(serving: Callable[[list[int]], int]) -> None:
    port = serving([0x3001, 0xE7FD])  # adds r0, 1; b to it
    first = Client(port)
    first.ask(b"?", b"T05thread:1;")
    first.send(b"$?#00")
    first.until(b"-")  # its checksum is wrong
    first.send(b"-")
    first.until(framed(b"T05thread:1;"))  # said again
    first.ask(b"QStartNoAckMode", b"OK")
    second = Client(port)
    assert second.socket.recv(1) == b""  # turned away
    first.send(framed(b"c"))
    third = Client(port)
    assert third.socket.recv(1) == b""  # while it runs, too
    first.send(b"\x03")
    first.until(framed(b"T02thread:1;"))
    first.send(b"$" + b"z" * 100_000)
    first.ask(b"?", b"T02thread:1;")
    first.send(framed(b"c"))
    first.socket.close()  # it has left while the target runs
    fourth = Client(port)
    fourth.send(b"GET / HTTP/1.1\r\n\r\n")
    fourth.ask(b"?", b"T05thread:1;")
    fourth.ask(b"D", b"OK")
    fifth = Client(port)
    fifth.send(framed(b"c"))  # the end of the fixture stops it


def test_a_client_can_end_it(serving: Callable[[list[int]], int]) -> None:
    client = Client(serving([0xE7FE]))
    client.send(framed(b"k"))
    assert client.socket.recv(100) in (b"+", b"")


def test_a_port_in_use_is_bad_input() -> None:
    with closing(listen(0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(BadInput, match=rf"^`port` {port}: can't listen on 127\.0\.0\.1:{port}: "):
            listen(port)
