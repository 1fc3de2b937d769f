"""The store in the user's cache: what is not surely the user's own and whole counts as absent."""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from simtiny.errors import BadInput
from simtiny.profile_store import MOST_ENTRY_BYTES, Store, content_key

KEY, OTHER = content_key({"image": b"1"}), content_key({"image": b"2"})
DATA = b"counts" * 100
ROOT = Path(__file__).parents[1]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache" / "profiles")


def entry(store: Store, key: str = KEY) -> Path:
    return store.folder / f"{key}.entry"


def test_what_was_put_is_got(store: Store) -> None:
    assert store.get(KEY, bytes) is None
    assert store.put(KEY, DATA) is None
    assert store.get(KEY, bytes) == DATA and store.get(OTHER, bytes) is None
    assert store.put(KEY, b"") is None
    assert store.get(KEY, len) == 0
    assert [path.name for path in store.folder.iterdir()] == [f"{KEY}.entry"]


def test_the_umask_does_not_open_an_entry_to_others(store: Store) -> None:
    before = os.umask(0)
    try:
        assert store.put(KEY, DATA) is None
    finally:
        os.umask(before)
    assert entry(store).stat().st_mode & 0o777 == 0o600 and store.folder.stat().st_mode & 0o777 == 0o700
    assert store.get(KEY, bytes) == DATA


def refill(store: Store) -> None:
    assert store.put(KEY, DATA) is None
    assert store.get(KEY, bytes) == DATA and entry(store).is_file() and not entry(store).is_symlink()


def test_every_damaged_byte_and_every_missing_one_is_noticed(store: Store) -> None:
    store.put(KEY, b"counts")
    whole = entry(store).read_bytes()
    for place in range(len(whole)):
        for damaged in (whole[:place], whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]):
            entry(store).write_bytes(damaged)
            assert store.get(KEY, bytes) is None
    entry(store).write_bytes(whole + b"\0")
    assert store.get(KEY, bytes) is None
    refill(store)


def test_an_entry_of_another_key_or_format_is_absent(store: Store) -> None:
    store.put(OTHER, DATA)
    entry(store, OTHER).rename(entry(store))
    assert store.get(KEY, bytes) is None
    newer = f"simtiny store 2\n{KEY}\n".encode() + DATA
    entry(store).write_bytes(newer + hashlib.sha256(newer).digest())
    assert store.get(KEY, bytes) is None
    refill(store)


def test_an_entry_that_its_reader_refuses_is_absent(store: Store) -> None:
    def load(data: bytes) -> bytes:
        raise BadInput("no profile")

    store.put(KEY, DATA)
    assert store.get(KEY, load) is None


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_an_entry_that_others_may_write_to_is_absent(store: Store, mode: int) -> None:
    store.put(KEY, DATA)
    entry(store).chmod(mode)
    assert store.get(KEY, bytes) is None
    refill(store)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_an_entry_of_another_user_is_absent(store: Store) -> None:
    store.put(KEY, DATA)
    os.chown(entry(store), 65534, -1)
    assert store.get(KEY, bytes) is None
    refill(store)


def test_a_link_is_absent_and_what_it_points_to_stays(store: Store, tmp_path: Path) -> None:
    store.put(KEY, DATA)
    target = entry(store).rename(tmp_path / "target")
    content = target.read_bytes()
    entry(store).symlink_to(target)
    assert store.get(KEY, bytes) is None
    store.put(KEY, b"new")
    assert target.read_bytes() == content and store.get(KEY, bytes) == b"new"
    refill(store)


def test_what_is_no_file_is_absent(store: Store) -> None:
    store.put(KEY, DATA)
    entry(store).unlink()
    os.mkfifo(entry(store))
    assert store.get(KEY, bytes) is None  # and does not wait for a writer
    refill(store)
    entry(store).unlink()
    entry(store).mkdir()
    assert store.get(KEY, bytes) is None
    assert "Is a directory" in (store.put(KEY, DATA) or "")
    assert [path.name for path in store.folder.iterdir()] == [f"{KEY}.entry"]


def test_a_folder_that_can_not_be_made_is_only_a_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "file" / "profiles", Path("/proc/nowhere"), tmp_path / "nul\0"):
        store = Store(folder)
        assert store.get(KEY, bytes) is None
        reason = store.put(KEY, DATA)
        assert reason is not None and reason.startswith(f"{folder}: ") and "\n" not in reason


def test_where_files_are_open_to_all_nothing_is_kept_and_a_reason_given(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a file system without modes has them."""
    made = os.open

    def open_to_all(path: Any, flags: int, *rest: Any, **words: Any) -> int:
        descriptor = made(path, flags, *rest, **words)
        if flags & os.O_CREAT:
            os.fchmod(descriptor, 0o777)
        return descriptor

    monkeypatch.setattr(os, "open", open_to_all)
    monkeypatch.setattr(os, "supports_dir_fd", {*os.supports_dir_fd, open_to_all})
    reason = f"{store.folder}: what is written here can be changed by other users, or does not stay as it was written"
    assert store.put(KEY, DATA) == reason
    assert store.get(KEY, bytes) is None and list(store.folder.iterdir()) == []


def test_a_disk_without_room_is_only_a_reason(tmp_path: Path) -> None:
    program = (
        "import resource, sys; from pathlib import Path; from simtiny.profile_store import Store\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "print(Store(Path(sys.argv[1])).put('0' * 64, bytes(8192)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{tmp_path}: File too large\n" and list(tmp_path.iterdir()) == []


def test_what_is_too_large_is_not_stored(store: Store) -> None:
    assert store.put(KEY, bytes(MOST_ENTRY_BYTES)) == "32 MiB are too much for the cache"
    assert not store.folder.exists()


def keys(many: int) -> list[str]:
    return [content_key({"number": str(number)}) for number in range(many)]


def aged(store: Store, key: str, seconds: int) -> None:
    then = time.time() - seconds
    os.utime(entry(store, key), (then, then))


def test_the_entries_used_longest_ago_make_room(tmp_path: Path) -> None:
    store = Store(tmp_path, most_entries=10)
    names = keys(11)
    for number, key in enumerate(names[:10]):
        store.put(key, DATA)
        aged(store, key, 1000 - number)
    assert store.get(names[0], bytes) == DATA  # now the one used last
    store.put(names[10], DATA)  # 11 are too many: 9 stay
    assert {path.stem for path in tmp_path.iterdir()} == {names[0], *names[3:]}


def test_the_store_keeps_to_its_size(tmp_path: Path) -> None:
    store = Store(tmp_path, most_bytes=10_000)
    for number, key in enumerate(keys(20)):
        assert store.put(key, bytes(1000)) is None
        aged(store, key, 1000 - number)
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 10_000
    assert {path.stem for path in tmp_path.iterdir()} >= set(keys(20)[-7:])


def test_only_abandoned_files_of_writers_are_removed(tmp_path: Path) -> None:
    for name, age in ((".writing-old", 4000), (".writing-new", 10), ("the user's own", 4000)):
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    Store(tmp_path).put(KEY, DATA)
    assert {path.name for path in tmp_path.iterdir()} == {".writing-new", "the user's own", f"{KEY}.entry"}


def test_processes_at_once_neither_fail_nor_see_half_an_entry(tmp_path: Path) -> None:
    """Three write, read and prune the same 20 entries, of which there is room for 10."""
    program = """
import random, sys
from pathlib import Path
from simtiny.profile_store import Store, content_key
store, chance = Store(Path(sys.argv[1]), most_entries=10), random.Random(sys.argv[2])
found = 0
for _ in range(600):
    number = chance.randrange(20)
    key = content_key({"number": str(number)})
    if (data := store.get(key, bytes)) is not None:
        assert data[:1] * 5000 == data and data[0] == number
        found += 1
    reason = store.put(key, bytes([number]) * 5000)
    assert reason is None, reason
print(found)
"""
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), name], cwd=ROOT, stdout=subprocess.PIPE)
        for name in "abc"
    ]
    for process in running:
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0 and int(output) > 100
    assert len(list(tmp_path.iterdir())) <= 12  # each may have written one since another looked


def test_a_key_tells_names_values_types_and_limits_apart() -> None:
    parts: list[dict[str, bytes | str]] = [
        {},
        {"a": ""},
        {"a": b""},
        {"": "a"},
        {"a": "b"},
        {"b": "a"},
        {"ab": ""},
        {"a": "", "b": ""},
        {"a": "b", "c": "d"},
        {"a": "d", "c": "b"},
        {"a": "bcd"},
        {"a": "bc", "d": ""},
        {"a": "\udc80"},
    ]
    assert len({content_key(part) for part in parts}) == len(parts)
    assert content_key({"a": "1", "b": "2"}) == content_key({"b": "2", "a": "1"})
    # one part: the lengths of name, type and value, eight bytes each, before them
    expected = b"\1" + bytes(7) + b"a" + b"\1" + bytes(7) + b"s" + b"\1" + bytes(7) + b"b"
    assert content_key({"a": "b"}) == hashlib.sha256(expected).hexdigest()


def test_no_module_is_needed_that_only_posix_has() -> None:
    program = (
        "import sys; sys.modules.update(fcntl=None, pwd=None, grp=None, resource=None); import os\n"
        "del os.getuid, os.O_NOFOLLOW, os.O_NONBLOCK\n"
        "import tempfile; from pathlib import Path; from simtiny.profile_store import Store\n"
        "store = Store(Path(tempfile.mkdtemp()) / 'x'); store.put('k', b'data'); print(store.get('k', bytes))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "b'data'\n"
