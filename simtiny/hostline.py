"""The host's end of a served board, whatever it is: what `simtiny.serve` needs of one.

Like the adapter of a real board, each drops what the board sends while nobody listens.
"""

import select
from collections.abc import Callable, Sequence
from typing import Protocol

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

    @property
    def has_input(self) -> bool:
        """Whether there is something that needs no polling: it was read already."""
        ...

    def receive(self, most_bytes: int) -> bytes:
        """Of what the host has sent at most so many bytes, empty when there is nothing.

        Also when none are wanted it is to be called again and again: so a line learns that its client has left.
        """
        ...

    def send(self, data: bytes) -> None:
        """Pass on what the board has sent, or drop what the host does not take."""
        ...

    def close(self) -> None: ...


def push(write: Callable[[memoryview], int], descriptor: int, data: bytes, patience_s: float) -> float:
    """Write all, or as much as is taken without a pause of more than `patience_s`. Returns the patience from now on."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[write(rest) :]
        except BlockingIOError:
            if not select.select([], [descriptor], [], patience_s)[1]:
                return 0.0
        except OSError:  # the client has gone: `receive` sees to that
            break
    return PATIENCE_S


def wait(lines: Sequence[HostLine], stop: int, timeout_s: float | None) -> bool:
    """Sleep until a host has sent something, `stop` is readable, or the time is over. Whether `stop` is."""
    descriptors = [line.descriptor for line in lines]
    if any(line.has_input for line in lines):
        timeout_s = 0.0
    elif None in descriptors:  # nothing tells when a client opens a pseudo-terminal
        timeout_s = _CLIENT_CHECK_S if timeout_s is None else min(timeout_s, _CLIENT_CHECK_S)
    readable, _, _ = select.select([stop, *(number for number in descriptors if number is not None)], [], [], timeout_s)
    return stop in readable
