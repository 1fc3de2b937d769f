"""A store of results in the user's cache, one file each, found by a hash of all that they depend on.

An entry is used only if it is whole, is the one that was asked for and could be written by nobody but the user.
Anything else counts as absent, and the next `put` replaces it. A hash tells what was damaged, not what was forged
together with its hash by a program of the user's own: who takes a profile from here checks `profile_file.consistent`.
"""

import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from simtiny.errors import BadInput

FORMAT = b"simtiny store 1\n"
MOST_ENTRY_BYTES = 32 << 20
MOST_BYTES = 256 << 20
MOST_ENTRIES = 2000
SUFFIX = ".entry"
_KEPT = 0.9  # of the bounds when they were passed, so that not every `put` has something to remove
_TEMPORARY = ".writing-"
_ABANDONED_S = 3600.0
_DIGEST_BYTES = 32

_Loaded = TypeVar("_Loaded")
# Where the system has no such flags there are no such files to open by mistake, or nothing can be told.
_OPEN_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
_user_id: Any = getattr(os, "getuid", None)


@dataclass(frozen=True)
class Store:
    """Entries in a folder, by key. The folder need not exist yet. Two processes may use it at once."""

    folder: Path
    most_bytes: int = MOST_BYTES
    most_entries: int = MOST_ENTRIES

    def get(self, key: str, load: Callable[[bytes], _Loaded]) -> _Loaded | None:
        """What `load` makes of an entry's bytes. None if there is none that can be used, or if it raises BadInput."""
        path = self._path(key)
        data = _read(path)
        if data is None or not data.startswith(_head(key)):
            return None
        body, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
        if hashlib.sha256(body).digest() != digest:
            return None
        try:
            loaded = load(body[len(_head(key)) :])
        except BadInput:
            return None
        with suppress(OSError):
            os.utime(path)  # the last use, by which `put` chooses what to remove
        return loaded

    def put(self, key: str, data: bytes) -> str | None:
        """Store an entry, whole or not at all. Gives back why it could not be stored, None if it was."""
        body = _head(key) + data
        if len(body) + _DIGEST_BYTES > min(MOST_ENTRY_BYTES, self.most_bytes):
            return f"{len(data) >> 20} MiB are too much for the cache"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self._path(key), body + hashlib.sha256(body).digest())
            self._prune()
        except (OSError, ValueError) as error:
            return f"{self.folder}: {getattr(error, 'strerror', None) or error}"
        return None

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{SUFFIX}"

    def _prune(self) -> None:
        """Remove the entries used longest ago when there are too many, and what writers left that were killed."""
        entries = []
        with os.scandir(self.folder) as listing:
            for item in listing:
                with suppress(OSError):  # another process has removed it
                    found = item.stat(follow_symlinks=False)
                    if item.name.endswith(SUFFIX):
                        entries.append((found.st_mtime_ns, item.path, found.st_size))
                    elif item.name.startswith(_TEMPORARY) and found.st_mtime < time.time() - _ABANDONED_S:
                        Path(item.path).unlink()
        size, many = sum(size for _, _, size in entries), len(entries)
        if size <= self.most_bytes and many <= self.most_entries:
            return
        for _, path, freed in sorted(entries):
            if size <= self.most_bytes * _KEPT and many <= self.most_entries * _KEPT:
                return
            with suppress(OSError):
                Path(path).unlink()
            size, many = size - freed, many - 1


def content_key(parts: Mapping[str, bytes | str]) -> str:
    """A hash of named parts, in hexadecimal. Other names, values, types or limits between them give another one."""
    digest = hashlib.sha256()
    for name in sorted(parts):
        value = parts[name]
        kind, data = (b"s", value.encode("utf-8", "surrogatepass")) if isinstance(value, str) else (b"b", value)
        for piece in (name.encode("utf-8", "surrogatepass"), kind, data):
            digest.update(len(piece).to_bytes(8, "little") + piece)
    return digest.hexdigest()


def _head(key: str) -> bytes:
    return FORMAT + key.encode() + b"\n"


def _read(path: Path) -> bytes | None:
    """The content of a regular file that nobody but the user can write to; no link is followed."""
    try:
        descriptor = os.open(path, _OPEN_FLAGS)
    except (OSError, ValueError):
        return None
    try:
        if not _is_ours(os.fstat(descriptor)):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(MOST_ENTRY_BYTES + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return data if len(data) <= MOST_ENTRY_BYTES else None


def _is_ours(found: os.stat_result) -> bool:
    if not stat.S_ISREG(found.st_mode):
        return False
    if _user_id is None:  # its files have no such owners and modes
        return True
    return bool(found.st_uid == _user_id()) and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _write(path: Path, data: bytes) -> None:
    """Replace `path` itself, also where it is a link, by a file that nobody else can read or write. Raises OSError.

    Not `files.write_whole`: that writes to where a link points, and leaves modes to the user's umask, which on many
    systems lets the group write.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=_TEMPORARY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        if (
            _read(Path(temporary)) != data
        ):  # before it has its name: under that, another process may prune or replace it
            raise OSError("what is written here can be changed by other users, or does not stay as it was written")
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
