"""A store of results in the user's cache, one file each, found by a hash of all that they depend on.

An entry is used only if it is whole, is the one that was asked for and could be written by nobody but the user.
Anything else counts as absent, and the next `put` replaces it. A hash tells what was damaged, not what was forged
together with its hash by a program of the user's own: who takes a profile from here checks `profile_file.consistent`.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from simtiny.errors import BadInput
from simtiny.fetch import cache_dir
from simtiny.own_folder import TEMPORARY, OwnFolder, own_folder

FORMAT = b"simtiny store 1\n"
MOST_ENTRY_BYTES = 32 << 20
MOST_BYTES = 1 << 30
MOST_ENTRIES = 10_000
SUFFIX = ".entry"
_KEPT = 0.9  # of the bounds when they were passed, so that not every `put` has something to remove
_ABANDONED_S = 3600.0
_DIGEST_BYTES = 32

_Loaded = TypeVar("_Loaded")

_met: ContextVar[dict[str, bytes] | None] = ContextVar("_met", default=None)
"""Where to note entries, by key."""


@contextmanager
def entries_met() -> Iterator[dict[str, bytes]]:
    """The entries, by key, that this thread puts into a store meanwhile or takes from it: for another one to keep."""
    met: dict[str, bytes] = {}
    token = _met.set(met)
    try:
        yield met
    finally:
        _met.reset(token)


def user_store() -> "Store":
    """The one in the user's cache."""
    return Store(cache_dir() / "store")


@dataclass(frozen=True)
class Store:
    """Entries in a folder, by key. The folder need not exist yet. Two processes may use it at once."""

    folder: Path
    most_bytes: int = MOST_BYTES
    most_entries: int = MOST_ENTRIES

    def get(self, key: str, load: Callable[[bytes], _Loaded]) -> _Loaded | None:
        """What `load` makes of an entry's bytes. None if there is none that can be used, or if it raises BadInput."""
        data = None
        with suppress(OSError, ValueError), own_folder(self.folder) as folder:
            data = folder.read(_name(key), MOST_ENTRY_BYTES, touch=True)  # by its last use `put` chooses what to remove
        if data is None or not data.startswith(_head(key)):
            return None
        body, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
        if hashlib.sha256(body).digest() != digest:
            return None
        try:
            found = load(body[len(_head(key)) :])
        except BadInput:
            return None
        _note(key, body[len(_head(key)) :])
        return found

    def put(self, key: str, data: bytes) -> str | None:
        """Store an entry, whole or not at all. Gives back why it could not be stored, None if it was."""
        body = _head(key) + data
        _note(key, data)
        if len(body) + _DIGEST_BYTES > min(MOST_ENTRY_BYTES, self.most_bytes):
            return f"{len(data) >> 20} MiB are too much for the cache"
        try:
            with own_folder(self.folder, make=True) as folder:
                folder.write(_name(key), body + hashlib.sha256(body).digest())
                self._prune(folder)
        except (OSError, ValueError) as error:
            return f"{self.folder}: {getattr(error, 'strerror', None) or error}"
        return None

    def _prune(self, folder: OwnFolder) -> None:
        """Remove the entries used longest ago when there are too many, and what writers left that were killed."""
        entries = []
        for name, found in folder.files():
            if name.endswith(SUFFIX):
                entries.append((found.st_mtime_ns, name, found.st_size))
            elif name.startswith(TEMPORARY) and found.st_mtime < time.time() - _ABANDONED_S:
                with suppress(OSError):
                    folder.remove(name)
        size, many = sum(size for _, _, size in entries), len(entries)
        if size <= self.most_bytes and many <= self.most_entries:
            return
        for _, name, freed in sorted(entries):
            if size <= self.most_bytes * _KEPT and many <= self.most_entries * _KEPT:
                return
            with suppress(OSError):
                folder.remove(name)
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


def _note(key: str, data: bytes) -> None:
    met = _met.get()
    if met is not None:
        met[key] = data


def _name(key: str) -> str:
    return f"{key}{SUFFIX}"


def _head(key: str) -> bytes:
    return FORMAT + key.encode() + b"\n"
