"""A folder that belongs to the user alone, and files in it that nobody else can have written.

The folder is opened once and everything is done by its descriptor, where the system can do that: whoever puts another
folder or a link in its place meanwhile changes nothing. What is read is looked at behind `open`, never before it.
"""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TEMPORARY = ".writing-"
# Where the system has no such flags there are no such files to open by mistake, or nothing can be told.
_SAFELY = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
_user_id: Any = getattr(os, "geteuid", None)


@dataclass(frozen=True)
class OwnFolder:
    """An open folder. `descriptor` is None where names can't be looked up in an open folder (Windows)."""

    path: Path
    descriptor: int | None

    def read(self, name: str, most_bytes: int, touch: bool = False) -> bytes | None:
        """The content of a regular file of at most so many bytes that is the user's; no link is followed.

        `touch` sets its time to now. None for anything else.
        """
        try:
            file = self._open(name, os.O_RDONLY)
        except (OSError, ValueError):
            return None
        try:
            if _stranger(os.fstat(file), stat.S_ISREG) is not None:
                return None
            with os.fdopen(file, "rb", closefd=False) as stream:
                data = stream.read(most_bytes + 1)
            if touch:
                with suppress(OSError):
                    os.utime(file if os.utime in os.supports_fd else self.path / name)
        except OSError:
            return None
        finally:
            os.close(file)
        return data if len(data) <= most_bytes else None

    def write(self, name: str, data: bytes) -> None:
        """Put a file in place of whatever has the name, a link itself too, whole or not at all. Raises OSError."""
        temporary = f"{TEMPORARY}{secrets.token_hex(8)}"
        try:
            with os.fdopen(self._open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
                file.write(data)
            # Before it has its name: under that, another process may remove or replace it.
            if self.read(temporary, len(data)) != data:
                raise OSError("what is written here can be changed by other users, or does not stay as it was written")
            if self.descriptor is None:
                os.replace(self.path / temporary, self.path / name)  # noqa: PTH105
            else:
                os.replace(temporary, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
        except BaseException:
            with suppress(OSError):
                self.remove(temporary)
            raise

    def remove(self, name: str) -> None:
        """Raises OSError."""
        if self.descriptor is None:
            os.unlink(self.path / name)  # noqa: PTH108
        else:
            os.unlink(name, dir_fd=self.descriptor)

    def files(self) -> Iterator[tuple[str, os.stat_result]]:
        """What is in the folder, by name. Raises OSError."""
        with os.scandir(self.path if self.descriptor is None else self.descriptor) as listing:
            for item in listing:
                with suppress(OSError):  # another process has removed it
                    yield item.name, item.stat(follow_symlinks=False)

    def _open(self, name: str, flags: int) -> int:
        if self.descriptor is None:
            return os.open(self.path / name, flags | _SAFELY, 0o600)
        return os.open(name, flags | _SAFELY, 0o600, dir_fd=self.descriptor)


@contextmanager
def own_folder(path: Path, *, make: bool = False) -> Iterator[OwnFolder]:
    """Open a folder for as long as something is done in it; `make`: with those above it, if it is not there.

    Raises OSError, which says so for a folder that is a link, another user's, or open to other users' writing, and
    ValueError for a name that no folder can have.
    """
    if make:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.open not in os.supports_dir_fd or os.scandir not in os.supports_fd:
        yield OwnFolder(path, None)
        return
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _SAFELY)
    try:
        reason = _stranger(os.fstat(descriptor), stat.S_ISDIR)
        if reason is not None:
            raise OSError(f"the folder {reason}")
        yield OwnFolder(path, descriptor)
    finally:
        os.close(descriptor)


def _stranger(found: os.stat_result, is_kind: Any) -> str | None:
    """Why what was opened may hold what another user put there. None: it can't."""
    if not is_kind(found.st_mode):
        return "is something else"
    if _user_id is None:  # its files have no such owners and modes
        return None
    if found.st_uid != _user_id():
        return "belongs to another user"
    return "can be written by other users" if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) else None
