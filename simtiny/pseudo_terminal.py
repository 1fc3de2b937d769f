"""A pseudo-terminal as the host's end of a served board. Only systems like Unix have any: elsewhere, no import."""

# mypy: disable-error-code="attr-defined"
# It is also run as on Windows, where these modules are empty.

import errno
import os
import select
import termios
import tty
from functools import partial
from pathlib import Path

from simtiny.errors import BadInput
from simtiny.hostline import PATIENCE_S, push


class PseudoTerminal:
    """A serial port for programs of this computer. `link` is a further name for it, put in place of an old link."""

    has_input = False

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
            except (OSError, ValueError) as error:
                os.close(self._master)
                raise BadInput(f"--link {link}: {getattr(error, 'strerror', None) or error}") from None
        self._patience_s = PATIENCE_S
        self.name = str(link or self._device)

    @property
    def descriptor(self) -> int | None:
        return self._master if self._has_client() else None

    def _has_client(self) -> bool:
        poll = select.poll()
        poll.register(self._master, 0)
        return not any(event & select.POLLHUP for _, event in poll.poll(0))

    def receive(self, most_bytes: int) -> bytes:
        if most_bytes == 0:
            return b""
        try:
            return os.read(self._master, most_bytes)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EIO):  # EIO: no client has it open
                return b""
            raise

    def send(self, data: bytes) -> None:
        if self._has_client():
            self._patience_s = push(partial(os.write, self._master), self._master, data, self._patience_s)
        else:
            termios.tcflush(self._master, termios.TCOFLUSH)  # what the last client has not read

    def close(self) -> None:
        if self._link is not None and self._link.is_symlink() and str(self._link.readlink()) == self._device:
            self._link.unlink()
        os.close(self._master)
