"""The folder of the host that firmware may work in: nothing leads out of it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from simtiny.machine.host_files import EACCES, EBADF, EFBIG, EIO, ENOENT, HostError, HostFolder, Room

READ, WRITE, APPEND = 0, 4, 8


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    """A folder with a file, a folder and links that lead out of it."""
    folder = tmp_path / "inside"
    (folder / "below").mkdir(parents=True)
    (folder / "plain").write_bytes(b"plain")
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "way").symlink_to(tmp_path)
    (folder / "dangling").symlink_to(tmp_path / "new")
    os.mkfifo(folder / "pipe")
    return folder


def number(do: Callable[[], object]) -> int:
    with pytest.raises(HostError) as caught:
        do()
    return caught.value.number


@pytest.mark.parametrize(
    "name",
    [
        *("../secret", "below/../../secret", "link", "way/secret", "dangling", "pipe", "below", "", ".", "/", ".."),
        *("/etc/passwd", "a\\b", "c:x", "a\0b", "below//x", "./../secret", "plain/x/../../.."),
    ],
)
def test_nothing_else_is_opened(inside: Path, name: str) -> None:
    before = sorted(path.name for path in inside.parent.iterdir())
    assert number(lambda: HostFolder(inside).open(name, READ)) in (EACCES, ENOENT)
    assert number(lambda: HostFolder(inside).open(name, WRITE)) in (EACCES, ENOENT)
    assert number(lambda: HostFolder(inside).open(name, APPEND)) in (EACCES, ENOENT)
    assert sorted(path.name for path in inside.parent.iterdir()) == before
    assert (inside.parent / "secret").read_bytes() == b"secret"


def test_nothing_else_is_removed_or_renamed(inside: Path) -> None:
    folder = HostFolder(inside)
    for name in ("../secret", "link", "way/secret", "below"):
        assert number(lambda name=name: folder.remove(name)) == EACCES  # type: ignore[misc]
        assert number(lambda name=name: folder.rename(name, "mine")) == EACCES  # type: ignore[misc]
        assert number(lambda name=name: folder.rename("plain", name)) == EACCES  # type: ignore[misc]
    assert (inside.parent / "secret").is_file()


def test_names_that_the_host_can_not_have_fail(inside: Path) -> None:
    folder = HostFolder(inside)
    (inside / "circle").symlink_to(inside / "circle")
    for name in ("n" * 300, "circle", "circle/x", "n" * 300 + "/x"):
        assert number(lambda name=name: folder.open(name, WRITE)) in (EACCES, EIO)  # type: ignore[misc]
        assert number(lambda name=name: folder.rename("plain", name)) in (EACCES, EIO)  # type: ignore[misc]


def test_files_below_it_are(inside: Path) -> None:
    folder = HostFolder(inside)
    with_text = folder.open("below/new.txt", WRITE)
    assert with_text.write(b"text") == 4
    with_text.close()
    assert (inside / "below/new.txt").read_bytes() == b"text"
    assert number(lambda: folder.open("absent", READ)) == ENOENT
    assert number(lambda: folder.open("plain", READ).write(b"x")) == EBADF
    assert number(lambda: folder.open("plain", APPEND).read(1)) == EBADF


def test_a_run_does_not_fill_the_disk(inside: Path) -> None:
    folder = HostFolder(inside)
    folder._room = Room(bytes=10, files=2)
    file = folder.open("one", WRITE)
    file.write(b"0123456789")
    assert number(lambda: file.write(b"0")) == EFBIG
    folder.open("two", WRITE)
    assert number(lambda: folder.open("three", WRITE)) == EFBIG
