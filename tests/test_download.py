"""Downloads from servers of this computer that do what a server should not."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from simtiny import download
from simtiny.download import most_seconds, transfer

SIZE = 5000
OK = b"HTTP/1.1 200 OK\r\n"
Talk = Callable[[socket.socket], None]


@contextmanager
def server(talk: Talk) -> Iterator[str]:
    """What to ask for; each client is answered by `talk`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client, suppress(OSError):
                    client.recv(4096)
                    talk(client)

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/file"
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def says(*parts: bytes) -> Talk:
    def talk(client: socket.socket) -> None:
        for part in parts:
            client.sendall(part)

    return talk


def drips(head: bytes, byte: bytes) -> Talk:
    """One byte at a time, for ever."""

    def talk(client: socket.socket) -> None:
        client.sendall(head)
        while True:
            client.sendall(byte)
            time.sleep(0.02)

    return talk


def endless(client: socket.socket) -> None:
    client.sendall(OK + b"\r\n")
    while True:
        client.sendall(bytes(1 << 16))


def asked(talk: Talk) -> bytes:
    with server(talk) as url:
        return transfer(url, SIZE, lambda done: None)


def test_a_file_comes_whole_and_is_counted() -> None:
    told: list[int] = []
    head = OK + b"Content-Length: %d\r\n\r\n" % SIZE
    with server(says(head, bytes(3000), bytes(2000))) as url:
        assert transfer(url, SIZE, told.append) == bytes(SIZE)
    assert told[-1] == SIZE and told == sorted(told)


def test_an_endless_answer_is_taken_up_to_the_size() -> None:
    assert SIZE < len(asked(endless)) <= SIZE + (1 << 16)


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (says(OK + b"Content-Length: 5001\r\n\r\n", bytes(5001)), "5001 bytes are there instead of 5000"),
        (says(OK + b"Content-Length: 99999999999999999999\r\n\r\n"), "99999999999999999999 bytes are there instead"),
        (says(OK + b"Content-Length: 5000\r\n\r\n", bytes(10)), "only 10 of 5,000 bytes came"),
        (says(OK + b"\r\n", bytes(10)), "only 10 of 5,000 bytes came"),
        (says(b""), "closed connection without response"),
        (says(b"\x00\xff\x1b[2J garbage\r\n\r\n"), "garbage"),
        (says(b"x" * 200_000), "got more than 65536 bytes"),
        (says(OK, b"A: b\r\n" * 2000, b"\r\n"), "got more than 100 headers"),
        (says(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "invalid literal|IncompleteRead|chunk"),
        (says(b"HTTP/1.1 404 Not here\r\n\r\n"), "Not here"),
        (says(b"HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:9/x\r\n\r\n"), "redirects to http://127.0.0.1:9/x, which"),
        (says(b"HTTP/1.1 301 x\r\nLocation: /file\r\n\r\n"), "which is not https"),
        (says(b"HTTP/1.1 302 x\r\nLocation: file:///etc/passwd\r\n\r\n"), "which is not https|not allowed"),
    ],
)
def test_what_a_server_does_wrong_is_one_reason(talk: Talk, reason: str) -> None:
    with pytest.raises(OSError, match=reason) as caught:
        asked(talk)
    assert "\n" not in str(caught.value) and len(str(caught.value)) <= 200


@pytest.mark.parametrize(
    "talk",
    [
        drips(OK + b"\r\n", b"x"),
        drips(b"", b"H"),
        drips(OK + b"Header: ", b"x"),
        drips(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1"),
        lambda client: time.sleep(5),
    ],
    ids=["body", "status", "header", "chunk", "silence"],
)
def test_a_trickle_has_an_end(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "START_S", 0.3)
    monkeypatch.setattr(download, "LEAST_BYTES_A_SECOND", SIZE * 10)
    began = time.monotonic()
    with pytest.raises(OSError, match=r"bytes came|timed out|without response"):
        asked(talk)
    assert time.monotonic() - began < 3


def test_the_time_allows_a_slow_line() -> None:
    assert most_seconds(0) == 30 and most_seconds(8192 * 60) == 90
