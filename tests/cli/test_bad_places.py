"""Caches and outputs where nothing can be written: a run gives its number and one note, a writer one line and 2."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from simtiny.cli import main
from simtiny.errors import BadInput
from simtiny.fetch import CACHE_VARIABLE, store

ROOT = Path(__file__).parents[2]
FULL = Path("/dev/full")


def file_in_its_place(folder: Path) -> Path:
    (folder / "cache").write_bytes(b"the user's")
    return folder / "cache"


def open_to_all(folder: Path) -> Path:
    (folder / "cache" / "store").mkdir(parents=True)
    (folder / "cache" / "store").chmod(0o777)
    return folder / "cache"


def another_users(folder: Path) -> Path:
    if getattr(os, "geteuid", lambda: 1)() != 0:
        pytest.skip("only root can give folders away")
    (folder / "cache" / "store").mkdir(parents=True)
    os.chown(folder / "cache" / "store", 65534, -1)
    return folder / "cache"


def link(folder: Path) -> Path:
    (folder / "cache").mkdir()
    (folder / "cache" / "store").symlink_to(folder)
    return folder / "cache"


def mounted(folder: Path, options: str, fill: int) -> Path:
    """A file system of 64 KiB in memory, so full."""
    place = folder / "mounted"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if os.name != "posix" or os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    if fill:
        with suppress(OSError):
            (place / "fill").write_bytes(bytes(fill))
    return place


def full_disk(folder: Path) -> Path:
    return mounted(folder, "size=64k", 1 << 20)


def read_only(folder: Path) -> Path:
    return mounted(folder, "ro", 0)


@pytest.fixture
def unmount(tmp_path: Path) -> Iterator[None]:
    yield
    subprocess.run(["umount", str(tmp_path / "mounted")], capture_output=True, check=False)


PLACES = [
    pytest.param(file_in_its_place, "Not a directory"),
    *(
        pytest.param(place, reason, marks=pytest.mark.slow)
        for place, reason in (
            (open_to_all, "the folder can be written by other users"),
            (another_users, "the folder belongs to another user"),
            (link, "Not a directory"),
            (lambda folder: Path("/dev/null"), "Not a directory"),
            (lambda folder: Path("/proc/1/nowhere"), "No such file or directory"),
            (full_disk, "No space left on device"),
            (read_only, "Read-only file system"),
        )
    ),
]


@pytest.mark.skipif(os.name != "posix", reason="the reasons are in other words there")
@pytest.mark.usefixtures("unmount")
@pytest.mark.parametrize(("place", "reason"), PLACES)
def test_a_run_without_a_cache_has_its_number_and_a_note(
    place: Callable[[Path], Path],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cache = place(tmp_path)
    monkeypatch.setenv(CACHE_VARIABLE, str(cache))
    assert main(["run", "ad01", "--json"]) == 0
    said = capsys.readouterr().out
    assert json.loads(said)["results"][0]["latency_ms"] == pytest.approx(5.626, rel=0.01)
    assert f"the counts are not kept for the next run: {cache / 'store'}: {reason}" in said


@pytest.mark.skipif(os.name != "posix", reason="the reasons are in other words there")
def test_fetching_where_nothing_can_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path, reason in ((tmp_path / "file" / "x", "File exists|Not a directory"), (Path("/proc/1/x/y"), "No such")):
        with pytest.raises(BadInput, match=rf"{path}: can't be written: ({reason}).*choose another SIMTINY_CACHE"):
            store(path, b"data")


@pytest.mark.skipif(os.name != "posix", reason="links need rights there")
def test_what_is_fetched_replaces_a_link_and_not_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "model").symlink_to(tmp_path / "mine")
    store(tmp_path / "model", b"fetched")
    assert (tmp_path / "mine").read_bytes() == b"mine" and (tmp_path / "model").read_bytes() == b"fetched"
    assert not (tmp_path / "model").is_symlink()


@pytest.mark.skipif(not FULL.exists(), reason="this system has no disk that is always full")
def test_a_full_disk_is_named(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with FULL.open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "simtiny", "boards"], stdout=full, stderr=subprocess.PIPE, env=environment, text=True
        )
    assert (done.returncode, done.stderr) == (2, "error: standard output: No space left on device\n")


@pytest.mark.slow
@pytest.mark.usefixtures("unmount")
@pytest.mark.parametrize("option", ["--json", "--html"])
def test_an_output_on_a_full_disk_is_one_line_and_no_half_file(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = full_disk(tmp_path)
    assert main(["run", "ad01", option, str(place / "out")]) == 2
    assert capsys.readouterr().err == f"error: cannot write {place / 'out'}: No space left on device\n"
    assert [path.name for path in place.iterdir()] == ["fill"]
