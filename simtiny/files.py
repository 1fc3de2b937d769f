"""Files of the user's: written whole or not at all, read up to a bound."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from simtiny.errors import BadInput

_STANDARD_STREAMS = (1, 2)


def write_whole(path: Path, data: bytes) -> None:
    """Write into a temporary file beside the target, then rename it over the target. Raises OSError.

    Behind a symbolic link the target is what it points to. What is no regular file, such as a terminal or a pipe, or
    is open as standard output or error already, is written to as it is.
    """
    stream = _standard_stream(path)
    if stream is not None:
        with os.fdopen(os.dup(stream), "wb") as file:
            file.write(data)
    elif path.exists() and not path.is_file():
        with path.open("wb") as file:
            file.write(data)
    else:
        _replace(Path(os.path.realpath(path)), data)


def is_writable(path: Path) -> bool:
    """Whether `write_whole` has what it needs. Raises OSError for a name that no file can have."""
    if _standard_stream(path) is not None:
        return True
    if path.exists() and not path.is_file():
        return not path.is_dir() and os.access(path, os.W_OK)
    target = Path(os.path.realpath(path))
    return not target.is_symlink() and target.parent.is_dir() and os.access(target.parent, os.W_OK)


def read_bounded(path: Path, most_bytes: int) -> bytes:
    """The content of a regular file. Raises BadInput for anything else, and for more than `most_bytes`."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for its writer
            raise BadInput(f"{path}: {'Is a directory' if path.is_dir() else 'not a regular file'}")
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from error
    except ValueError as error:  # a null character in the name
        raise BadInput(f"{path}: {error}") from error
    if len(data) > most_bytes:
        raise BadInput(f"{path}: larger than {most_bytes >> 20} MiB")
    return data


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


def _replace(target: Path, data: bytes) -> None:
    temporary = target.parent / f".simtiny-{secrets.token_hex(8)}"
    try:
        # Opened anew with the usual rights: mkstemp's 0600 would surprise whoever reads the file next, and the umask
        # can't be asked for without changing it for all threads.
        with temporary.open("xb") as file:
            file.write(data)
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
