"""Files of the user's: written whole or not at all, read up to a bound."""

import errno
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from simtiny.errors import BadInput

PATIENCE_S = 1.0
"""How long a file that another program has open is waited for before it is replaced."""
_PAUSE_S = 0.05
_IN_USE = (5, 32, 33)  # Windows: ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
_STANDARD_STREAMS = (1, 2)
_WITHOUT_WAITING = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))


def write_whole(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write into a temporary file beside the target, then rename it over the target. Raises OSError.

    `data`: all of it, or pieces that are written one by one.

    Behind a symbolic link the target is what it points to. What is no regular file, such as a terminal or a pipe, or
    is open as standard output or error already, is written to as it is.
    """
    stream = _standard_stream(path)
    if stream is not None:
        with os.fdopen(os.dup(stream), "wb") as file:
            _write(file, data)
    elif path.exists() and not path.is_file():
        with path.open("wb") as file:
            _write(file, data)
    else:
        replace_file(Path(os.path.realpath(path)), data)


def is_writable(path: Path) -> bool:
    """Whether `write_whole` has what it needs. Raises OSError for a name that no file can have."""
    if _standard_stream(path) is not None:
        return True
    if path.exists() and not path.is_file():
        return not path.is_dir() and os.access(path, os.W_OK)
    target = Path(os.path.realpath(path))
    return not target.is_symlink() and target.parent.is_dir() and os.access(target.parent, os.W_OK)


def is_there(path: Path) -> bool:
    """Whether there is something by this name; there is nothing by a name that nothing can have."""
    return _is(path.exists)


def is_file(path: Path) -> bool:
    """Whether a regular file is there, or a link to one."""
    return _is(path.is_file)


def is_folder(path: Path) -> bool:
    """Whether a folder is there, or a link to one."""
    return _is(path.is_dir)


def _is(asked: Callable[[], bool]) -> bool:
    try:
        return asked()
    except (OSError, ValueError):  # Python answers some of these, and others not
        return False


def read_bounded(path: Path, most_bytes: int) -> bytes:
    """The content of a regular file. Raises BadInput for anything else, and for more than `most_bytes`."""
    try:
        data = read_regular(path, most_bytes + 1)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from error
    except ValueError as error:  # a null character in the name
        raise BadInput(f"{path}: {error}") from error
    if len(data) > most_bytes:
        raise BadInput(f"{path}: larger than {_size(most_bytes)}")
    return data


def read_regular(path: Path, most_bytes: int) -> bytes:
    """The first bytes of a regular file, at most so many. Raises OSError for anything else.

    It is looked at behind `open`, so that nothing can take its place between; `open` waits for no writer of a pipe.
    """
    if os.name == "nt" and path.is_dir():  # it can't be opened, and is said to be forbidden
        raise IsADirectoryError(errno.EISDIR, "Is a directory")
    descriptor = os.open(path, os.O_RDONLY | _WITHOUT_WAITING)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "Is a directory" if stat.S_ISDIR(mode) else "not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(most_bytes)
    finally:
        os.close(descriptor)


def _size(count: int) -> str:
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count >> 10} KiB" if count >= 1 << 10 else f"{count} bytes"


def shown(name: str) -> str:
    """The name of a file as text of any encoding can hold it: bytes of it that are no UTF-8 are spelled out."""
    return name.encode("utf-8", "backslashreplace").decode()


def _standard_stream(path: Path) -> int | None:
    """The number of the standard stream that goes to this very file already."""
    for number in _STANDARD_STREAMS:
        with suppress(OSError):
            if os.path.samestat(path.stat(), os.fstat(number)):
                return number
    return None


def replace_file(target: Path, data: bytes | Iterable[bytes]) -> None:
    """Put a file in place of whatever has this name, a link itself too, whole or not at all. Raises OSError."""
    temporary = target.parent / f".simtiny-{secrets.token_hex(8)}"
    try:
        # Opened anew with the usual rights: mkstemp's 0600 would surprise whoever reads the file next, and the umask
        # can't be asked for without changing it for all threads.
        with temporary.open("xb") as file:
            _write(file, data)
        _rename(temporary, target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _write(file: BinaryIO, data: bytes | Iterable[bytes]) -> None:
    for piece in (data,) if isinstance(data, bytes) else data:
        file.write(piece)


def _rename(temporary: Path, target: Path) -> None:
    """Windows replaces no file that another program has open: mostly a scanner or an indexer, and not for long."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            temporary.replace(target)
            return
        except OSError as error:
            if getattr(error, "winerror", None) not in _IN_USE:
                raise
            if time.monotonic() >= until:
                raise OSError(errno.EBUSY, "another program has it open") from error
        time.sleep(_PAUSE_S)
