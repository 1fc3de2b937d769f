"""Streams as users have them: a file, a pipe or an open file, packed by gzip or not."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

from simtiny.counting import stream
from simtiny.errors import BadInput

_GZIP = b"\x1f\x8b"


class Chained:
    """Some bytes, and then what a file still has. `read` gives less than it was asked for at the end alone."""

    mode = "rb"

    def __init__(self, first: bytes, file: Any) -> None:
        self._first, self._file = BytesIO(first), file

    def read(self, size: int = -1) -> bytes:
        """As that of a file. Raises BadInput for what can't be read or unpacked."""
        found = self._first.read(size)
        while size < 0 or len(found) < size:
            try:
                rest = self._file.read(size - len(found) if size >= 0 else -1)
            except (OSError, EOFError, ValueError, zlib.error) as error:  # gzip's own errors are OSErrors
                raise BadInput(f"it can't be read: {getattr(error, 'strerror', None) or error}") from error
            if not isinstance(rest, bytes):
                raise BadInput("it can't be read: it has to be opened for reading bytes")
            if not rest:
                break
            found += rest
        return found


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file or a pipe by its name. Raises BadInput."""
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "Is a directory")
        file = path.open("rb")
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from error
    except ValueError as error:  # a null character in the name
        raise BadInput(f"{path}: {error}") from error
    with file:
        yield file


def begun(file: BinaryIO) -> tuple[stream.Header, BinaryIO]:
    """What a stream says of itself, and the stream from its beginning on, unpacked. Raises BadInput."""
    source = Chained(b"", file)
    magic = source.read(len(_GZIP))
    if not magic:
        raise BadInput("it is empty: no stream")
    plain: Any = Chained(magic, file)
    if magic == _GZIP:
        plain = Chained(b"", gzip.GzipFile(fileobj=plain, mode="rb"))
    header = stream.read_header(plain)
    again = BytesIO()
    stream.write_header(again, header)
    return header, cast(BinaryIO, Chained(again.getvalue(), plain))
