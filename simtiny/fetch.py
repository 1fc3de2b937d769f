"""Files that are published elsewhere, pinned by size and SHA-256, and their copies in the user's cache.

They are not part of the package. Nothing but the exact bytes that were published gets into the cache.
"""

import hashlib
import os
from pathlib import Path
from typing import Protocol

from simtiny.errors import BadInput
from simtiny.files import read_regular, replace_file
from simtiny.progress import Progress

CACHE_VARIABLE = "SIMTINY_CACHE"
RAW_URL = "https://raw.githubusercontent.com"


class Pinned(Protocol):
    """One published file. `title` is how messages call it, such as "the official kws01"."""

    @property
    def title(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def sha256(self) -> str: ...


def cache_dir() -> Path:
    """The user's cache folder for simtiny, or what the variable SIMTINY_CACHE names. It may not exist yet."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen)
    import platformdirs  # costs start-up time that most commands needn't pay

    return Path(platformdirs.user_cache_dir("simtiny", appauthor=False))


def raw_url(repository: str, commit: str, path: str = "") -> str:
    """Where GitHub serves a file of a repository ("owner/name") as it is at a commit."""
    return f"{RAW_URL}/{repository}/{commit}/{path}"


def is_genuine(file: Pinned, data: bytes) -> bool:
    """Whether these are the published bytes."""
    return len(data) == file.size_bytes and hashlib.sha256(data).hexdigest() == file.sha256


def is_stored(file: Pinned, path: Path) -> bool:
    """Whether the published bytes are at `path`."""
    try:
        return is_genuine(file, read(file, path))
    except OSError:
        return False


def read(file: Pinned, path: Path) -> bytes:
    """At most one byte more than expected: enough to see that a file is too long. Raises OSError, for a pipe too."""
    return read_regular(path, file.size_bytes + 1)


def load(file: Pinned, path: Path, command: str) -> bytes:
    """The published bytes from the cache. BadInput names the `command` that brings what is missing or damaged."""
    try:
        data = read(file, path)
    except FileNotFoundError:
        raise BadInput(
            f"{file.title} is not in the cache yet: run `{command}` first "
            f"(looked for in {path.parent}; {CACHE_VARIABLE} names another place)"
        ) from None
    except OSError as error:
        raise BadInput(f"{path}: can't be read: {error.strerror or error}") from None
    if not is_genuine(file, data):
        raise BadInput(f"{path}: not {file.title} (wrong SHA-256): run `{command}` to replace it")
    return data


def download(file: Pinned, url: str, advice: str, tell: Progress) -> bytes:
    """The published bytes from `url`; `tell` counts them. BadInput ends with the `advice`."""
    from simtiny.download import transfer  # slow to import, and needed here only

    try:
        data = transfer(url, file.size_bytes, lambda done: tell(done, file.size_bytes))
    except OSError as error:
        raise BadInput(f"{url}: download failed ({error}): {advice}") from None
    if not is_genuine(file, data):
        raise BadInput(f"{url}: what came is not {file.title} (wrong SHA-256): {advice}")
    return data


def store(path: Path, data: bytes) -> None:
    """Write into the cache; a file appears whole or not at all. A link that somebody has put there is replaced."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data)
    except OSError as error:
        raise BadInput(
            f"{path}: can't be written: {error.strerror or error} (choose another {CACHE_VARIABLE})"
        ) from None
