"""The user's own folder: another user's files, links and folders in its place are neither read nor written."""

import errno
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simtiny.own_folder import OwnFolder, own_folder
from simtiny.profile_store import Store, content_key

ROOT = Path(__file__).parents[1]
KEY, DATA = content_key({"image": b"1"}), b"counts"
NOBODY = 65534
as_root = pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root can be two users")
posix = pytest.mark.skipif(os.open not in os.supports_dir_fd, reason="this system opens nothing in an open folder")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert Store(tmp_path / "store").put(KEY, DATA) is None
    return tmp_path / "store"


@posix
@as_root
@pytest.mark.parametrize("what", ["file", "folder", "folder in another's place"])
def test_what_another_user_has_put_there_is_not_believed(folder: Path, what: str) -> None:
    """A whole entry with the right key and hash, but not the user's."""
    entry = folder / f"{KEY}.entry"
    os.chown(entry if what == "file" else folder, NOBODY, -1)
    if what == "folder in another's place":
        os.chown(entry, NOBODY, -1)
    assert Store(folder).get(KEY, bytes) is None
    reason = Store(folder).put(KEY, b"new")
    assert reason == (None if what == "file" else f"{folder}: the folder belongs to another user")


@posix
@as_root
def test_a_user_without_rights_believes_nothing_of_the_administrators(tmp_path: Path, folder: Path) -> None:
    """The other way round, as that user: in a process, since nothing but its end gives the rights back."""
    for path in (tmp_path, *tmp_path.parents):
        if path.is_relative_to("/tmp") and path != Path("/tmp"):
            path.chmod(path.stat().st_mode | 0o555)
    for path in (folder, folder / f"{KEY}.entry"):
        path.chmod(0o755)
    program = (
        "import os, sys; from pathlib import Path; from simtiny.profile_store import Store\n"
        f"os.setegid({NOBODY}); os.seteuid({NOBODY}); store = Store(Path(sys.argv[1]))\n"
        "print(store.get(sys.argv[2], bytes)); print(store.put(sys.argv[2], b'x'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder), KEY], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["None", f"{folder}: the folder belongs to another user"]
    assert Store(folder).get(KEY, bytes) == DATA


@posix
@pytest.mark.parametrize("mode", [0o770, 0o702, 0o1777])
def test_a_folder_that_others_may_write_to_is_not_used(folder: Path, mode: int) -> None:
    folder.chmod(mode)
    assert Store(folder).get(KEY, bytes) is None
    assert Store(folder).put(KEY, DATA) == f"{folder}: the folder can be written by other users"


@posix
def test_a_link_in_place_of_the_folder_is_not_followed(tmp_path: Path, folder: Path) -> None:
    moved = folder.rename(tmp_path / "moved")
    folder.symlink_to(moved)
    assert Store(folder).get(KEY, bytes) is None
    reason = Store(folder).put(KEY, b"new")
    assert reason is not None and reason.startswith(f"{folder}: ")
    assert Store(moved).get(KEY, bytes) == DATA


@posix
def test_a_folder_exchanged_meanwhile_changes_nothing(tmp_path: Path, folder: Path) -> None:
    """Between the look at the folder and its use another one, with a forged entry, takes its place."""
    forged = Store(tmp_path / "forged")
    forged.put(KEY, b"forged")
    with own_folder(folder) as opened:
        folder.rename(tmp_path / "moved")
        forged.folder.rename(folder)
        assert DATA in (opened.read(f"{KEY}.entry", 1000) or b"")
        opened.write("written", b"data")
        assert [name for name, _ in opened.files()] != []
    assert (tmp_path / "moved" / "written").read_bytes() == b"data" and not (folder / "written").exists()


@posix
def test_only_what_is_small_regular_and_there_is_read(folder: Path) -> None:
    (folder / "large").write_bytes(bytes(11))
    (folder / "link").symlink_to(folder / f"{KEY}.entry")
    os.mkfifo(folder / "pipe")
    with own_folder(folder) as opened:
        found = [opened.read(name, 10) for name in ("large", "link", "pipe", "none", ".", "..", "a/b", "nul\0")]
    assert found == [None] * 8


FULL: list[tuple[str, Callable[[Path], Path]]] = [
    ("Not a directory", lambda path: Path("/dev/null/store")),
    ("Not a directory", lambda path: path / "file" / "store"),
    ("File exists", lambda path: path / "file"),
    ("Permission denied|No such file|Operation not permitted", lambda path: Path("/proc/1/nowhere/store")),
    ("File name too long", lambda path: path / ("x" * 300)),
    ("null", lambda path: path / "nul\0"),
]


@pytest.mark.parametrize(("reason", "place"), FULL)
def test_where_no_folder_can_be_is_a_reason_that_names_it(
    tmp_path: Path, reason: str, place: Callable[[Path], Path]
) -> None:

    (tmp_path / "file").write_bytes(b"")
    folder = place(tmp_path)
    said = Store(folder).put(KEY, DATA)
    assert said is not None and said.startswith(f"{folder}: ") and re.search(reason, said), said
    assert Store(folder).get(KEY, bytes) is None


def test_a_full_disk_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it shows late: when what was written is on its way to the disk."""

    def full(self: OwnFolder, name: str, most_bytes: int, touch: bool = False) -> bytes | None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(OwnFolder, "read", full)
    assert Store(folder).put(KEY, b"new") == f"{folder}: No space left on device"
    monkeypatch.undo()
    assert [path.name for path in folder.iterdir()] == [f"{KEY}.entry"] and Store(folder).get(KEY, bytes) == DATA
    assert stat.S_IMODE((folder / f"{KEY}.entry").stat().st_mode) == 0o600
