"""One file from a server that may be slow, broken or hostile: bounded in bytes and in time, headers included."""

import http.client
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import IO, Any

START_S = 30.0
"""To reach the server and have its first byte; also the longest pause between two."""
LEAST_BYTES_A_SECOND = 8192
_BLOCK_BYTES = 1 << 16
_MOST_REASON = 200


def transfer(url: str, size_bytes: int, tell: Callable[[int], None]) -> bytes:
    """What `url` has, if that is `size_bytes`, or some more than that; `tell` is called with how many came so far.

    Raises OSError with a reason in one line: for a server that is not there or breaks off, for one that has
    another size, for a redirection to what is not https, and if it takes longer than `most_seconds`.
    """
    limit_s = most_seconds(size_bytes)
    until, data = time.monotonic() + limit_s, bytearray()
    try:
        with _watched(limit_s) as connect, _open(url, connect) as response:
            if response.length not in (None, size_bytes):
                raise OSError(f"{response.length} bytes are there instead of {size_bytes}")
            # `read1` gives what is there, where `read` would wait for a whole block of a trickle.
            while len(data) <= size_bytes and (block := response.read1(_BLOCK_BYTES)):
                data += block
                tell(min(len(data), size_bytes))
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
        if time.monotonic() < until:
            reason = getattr(error, "reason", None) or error
            raise OSError(" ".join(str(reason).split())[:_MOST_REASON] or type(error).__name__) from None
    if time.monotonic() >= until:
        raise OSError(f"only {len(data):,} of {size_bytes:,} bytes came in {limit_s:.0f} s")
    if len(data) < size_bytes:
        raise OSError(f"only {len(data):,} of {size_bytes:,} bytes came")
    return bytes(data)


def most_seconds(size_bytes: int) -> float:
    """How long a file may take: enough for a slow line, and an end for a server that trickles."""
    return START_S + size_bytes / LEAST_BYTES_A_SECOND


_Connect = Callable[..., http.client.HTTPConnection]


@contextmanager
def _watched(limit_s: float) -> Iterator[Callable[[_Connect], _Connect]]:
    """Makes connections that are cut off after so long, whatever is waited for: a time limit of a socket is for each
    read, and a server that sends a byte of a header now and then never reaches it.
    """
    sockets: list[socket.socket] = []

    def connection(kind: _Connect, *arguments: Any, **words: Any) -> http.client.HTTPConnection:
        made: Any = kind(*arguments, **words)
        connect = made.connect

        def connected() -> None:
            connect()
            sockets.append(made.sock)

        made.connect = connected
        found: http.client.HTTPConnection = made
        return found

    def cut() -> None:
        for each in sockets:
            with suppress(OSError):  # of TLS, too: its own `shutdown` would take what is read from it away
                socket.socket.shutdown(each, socket.SHUT_RDWR)

    timer = threading.Timer(limit_s, cut)
    timer.daemon = True
    timer.start()
    try:
        yield lambda kind: partial(connection, kind)
    finally:
        timer.cancel()


def _open(url: str, connect: Callable[[_Connect], _Connect]) -> Any:
    class Http(urllib.request.HTTPHandler):
        def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(connect(http.client.HTTPConnection), request)

    class Https(urllib.request.HTTPSHandler):
        def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(connect(http.client.HTTPSConnection), request)

    return urllib.request.build_opener(Http, Https, _SecureRedirects).open(url, timeout=START_S)


class _SecureRedirects(urllib.request.HTTPRedirectHandler):
    """Follows to https alone."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if not newurl.lower().startswith("https://"):
            raise urllib.error.URLError(f"it redirects to {newurl[:80]}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
