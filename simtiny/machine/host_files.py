"""Files of the host that firmware may open: those of one folder, and none that a link or a name leads out of it to."""

import errno
import io
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

ENOENT, EBADF, EACCES, EINVAL, EFBIG, EIO = 2, 9, 13, 22, 27, 5
"""As newlib has them, whatever the host's are."""
MOST_WRITTEN_BYTES = 256 << 20
"""In one run."""
MOST_MADE = 1024
"""Files in one run."""
_MODES = ("r", "rb", "r+", "r+b", "w", "wb", "w+", "w+b", "a", "ab", "a+", "a+b")
_KNOWN = {errno.ENOENT: ENOENT, errno.EACCES: EACCES, errno.EPERM: EACCES, errno.EISDIR: EACCES, errno.EINVAL: EINVAL}

_Found = TypeVar("_Found")


class HostError(Exception):
    """An operation has failed. `number`: the errno that the firmware is told."""

    def __init__(self, number: int) -> None:
        super().__init__(f"errno {number}")
        self.number = number


@dataclass
class OpenFile:
    """A file that the firmware has opened. `room`: what may be written in this run, shared by all."""

    file: IO[bytes]
    room: "Room"

    @staticmethod
    def of_bytes(content: bytes) -> "OpenFile":
        """One to be read that is no file of the host."""
        return OpenFile(io.BytesIO(content), Room(0))

    def read(self, most: int) -> bytes:
        """Up to so many bytes."""
        return _told(lambda: self.file.read(most))

    def write(self, data: bytes) -> int:
        """How many bytes were written."""
        self.room.take(len(data))
        return _told(lambda: self.file.write(data))

    def seek(self, position: int) -> None:
        """To a place inside of the file."""
        if position > self.length():
            raise HostError(EINVAL)
        _told(lambda: self.file.seek(position))

    def length(self) -> int:
        """In bytes, as it is now."""

        def measure() -> int:
            now = self.file.tell()
            length = self.file.seek(0, os.SEEK_END)
            self.file.seek(now)
            return length

        return _told(measure)

    def close(self) -> None:
        """Write what is buffered."""
        _told(self.file.close)


@dataclass
class Room:
    """Bytes that may still be written, and files that may still be made."""

    bytes: int = MOST_WRITTEN_BYTES
    files: int = MOST_MADE

    def take(self, count: int) -> None:
        """Raises HostError where there is no more room."""
        if count > self.bytes:
            raise HostError(EFBIG)
        self.bytes -= count

    def make(self) -> None:
        """A file more. Raises HostError."""
        if not self.files:
            raise HostError(EFBIG)
        self.files -= 1


class HostFolder:
    """The folder and what is below it. Names are relative to it, with `/` between folders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._room = Room()

    def open(self, name: str, mode: int) -> OpenFile:
        """`mode`: SYS_OPEN's, 0 to 11. Raises HostError."""
        path = self._path(name)
        words = _MODES[mode]
        if words[0] != "r" and not _told(path.exists):
            self._room.make()
        # pathlib can't be told how to open.
        file: IO[bytes] = _told(lambda: open(path, _binary(words), opener=_opened))  # noqa: SIM115
        return OpenFile(file, self._room)

    def remove(self, name: str) -> None:
        """Raises HostError."""
        _told(self._path(name).unlink)

    def rename(self, old: str, new: str) -> None:
        """Raises HostError; also where there is a file of the new name."""
        source, target = self._path(old), self._path(new)
        if _told(target.exists):
            raise HostError(EACCES)
        _told(lambda: source.rename(target))

    def _path(self, name: str) -> Path:
        """Where a name leads to. Raises HostError for anything but a plain file inside of the folder, or none yet."""
        parts = name.removeprefix("./").split("/")
        if any(part in ("", ".", "..") or set(part) & set("\\:\0") for part in parts):
            raise HostError(EACCES)
        path = self._folder.joinpath(*parts)
        if _told(path.resolve) != path:  # a link on the way
            raise HostError(EACCES)
        try:
            kind = path.lstat().st_mode
        except OSError:
            return path
        if not stat.S_ISREG(kind):
            raise HostError(EACCES)
        return path


def _binary(words: str) -> str:
    return words if "b" in words else f"{words}b"


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0), 0o644)


def _told(do: Callable[[], _Found]) -> _Found:
    """What `do` gives. Raises HostError where the host can't."""
    try:
        return do()
    except io.UnsupportedOperation:  # of a file that was opened for the other direction
        raise HostError(EBADF) from None
    except OSError as error:
        raise HostError(_KNOWN.get(error.errno or 0, EIO)) from None
    except RuntimeError:  # links that go round in a circle, before Python 3.13
        raise HostError(EIO) from None
    except ValueError:
        raise HostError(EBADF) from None
