"""The catalogue of published images, and fetching from clones and over HTTP."""

import hashlib
import http.server
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from simtiny import fetch as fetching
from simtiny import published
from simtiny.board_file import board_names, load_board
from simtiny.errors import BadInput
from simtiny.mlperf.tasks import TASKS
from simtiny.published import PublishedImage, fetch, published_as, published_images, select, wired, wiring_text
from simtiny.records import all_records

CONTENT = b"\x00\x20\x00\x20firmware" * 1000


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("SIMTINY_CACHE", str(folder))
    return folder


def git(*arguments: str, at: Path) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@t", "-c", "safe.directory=*")
    return subprocess.run(
        ["git", *identity, "-C", str(at), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> tuple[Path, PublishedImage]:
    """A repository whose work tree has moved on from the pinned commit, and its image."""
    repository = tmp_path / "clones" / "tiny_results_v9.9"
    path = "closed/them/code/BOARD/kws/fw.bin"
    (repository / path).parent.mkdir(parents=True)
    (repository / path).write_bytes(CONTENT)
    git("init", "-q", at=repository)
    git("add", ".", at=repository)
    git("commit", "-q", "-m", "x", at=repository)
    commit = git("rev-parse", "HEAD", at=repository)
    (repository / path).write_bytes(b"a later version")
    git("commit", "-q", "-a", "-m", "y", at=repository)
    image = PublishedImage(
        *("9.9", "them", "BOARD", "nucleo-l4r5zi", "kws01", "performance", {}),
        *("mlcommons/tiny_results_v9.9", commit, path, len(CONTENT), hashlib.sha256(CONTENT).hexdigest()),
    )
    return repository, image


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_catalogue_is_whole_and_each_image_has_its_record() -> None:
    images = published_images()
    assert len(images) == 113
    assert len({image.sha256 for image in images}) == len({image.cached_path for image in images}) == 113
    assert sum(image.build == "performance" and image.benchmark in TASKS for image in images) == 79
    boards = {record.key: record.board for record in all_records()}
    assert all(boards[image.key] == image.board for image in images)
    assert {image.board for image in images} <= set(board_names())
    assert all(len(image.commit) == 40 and len(image.sha256) == 64 for image in images)


def test_only_the_single_bank_results_of_the_l4r5zi_set_something_on_the_board() -> None:
    wirings = {(image.round, image.submitter, image.system): image.wiring for image in published_images()}
    assert {key: wiring for key, wiring in wirings.items() if wiring} == {
        ("1.2", "STMicroelectronics", "NUCLEO_L4R5ZI"): {"FLASH": {"dual_bank": False}}
    }
    assert wiring_text({"FLASH": {"dual_bank": False}, "RCC": {"hse_hz": 8e6}}) == (
        "FLASH.dual_bank = false, RCC.hse_hz = 8000000.0"
    )


def test_wiring_changes_the_named_parameter_and_nothing_else() -> None:
    board = load_board("nucleo-l4r5zi")
    single = wired(board, {"FLASH": {"dual_bank": False}})
    before = {peripheral.name: peripheral for peripheral in board.peripherals}
    after = {peripheral.name: peripheral for peripheral in single.peripherals}
    assert after["FLASH"].parameters["dual_bank"] is False
    assert before["FLASH"].parameters["dual_bank"] is True
    assert {name for name in before if before[name] != after[name]} == {"FLASH"}
    with pytest.raises(BadInput, match="nucleo-l4r5zi has no peripheral FLUSH"):
        wired(board, {"FLUSH": {"dual_bank": False}})


def test_selection_by_board_and_round() -> None:
    chosen = select(["nucleo-l4r5zi", "nucleo-g0b1re"], ["1.1"])
    assert {(image.board, image.round) for image in chosen} == {("nucleo-l4r5zi", "1.1"), ("nucleo-g0b1re", "1.1")}
    assert len(chosen) == 8
    with pytest.raises(BadInput, match=r"round '1\.4': there are 1\.1, 1\.2, 1\.3"):
        select(rounds=["1.4"])
    with pytest.raises(BadInput, match="board 'nucleo'"):
        select(["nucleo"])


def test_an_image_is_known_by_its_bytes() -> None:
    image = published_images()[5]
    assert published_as(image.sha256) is image
    assert published_as("0" * 64) is None


@pytest.mark.parametrize("where", ["clone", "parent", "mirror", "work tree"])
def test_a_clone_gives_the_pinned_version(
    where: str, clone: tuple[Path, PublishedImage], tmp_path: Path, cache: Path
) -> None:
    repository, image = clone
    source = repository
    if where == "parent":
        source = repository.parent
    if where == "mirror":  # owner+name/repo, bare
        source = tmp_path / "mirror"
        bare = source / "mlcommons+tiny_results_v9.9" / "repo"
        bare.mkdir(parents=True)
        git("clone", "-q", "--bare", str(repository), str(bare), at=tmp_path)
    if where == "work tree":  # without git
        source = tmp_path / "download"
        (source / image.path).parent.mkdir(parents=True)
        (source / image.path).write_bytes(CONTENT)
    progress: list[tuple[int, int]] = []
    assert fetch([image], source, lambda *step: progress.append(step)) == (image.cached_path,)
    assert files(cache) == ["images/v9.9/them/BOARD/kws01-performance.bin"]
    assert image.cached_path.read_bytes() == CONTENT
    assert progress == [(12_000, 12_000)]


def test_what_is_in_the_cache_stays_and_what_is_damaged_is_replaced(clone: tuple[Path, PublishedImage]) -> None:
    repository, image = clone
    fetch([image], repository)
    stamp = image.cached_path.stat().st_mtime_ns
    fetch([image], repository)
    assert image.cached_path.stat().st_mtime_ns == stamp
    image.cached_path.write_bytes(CONTENT[:-1])
    assert not published.is_cached(image)
    fetch([image], repository)
    assert published.is_cached(image)


def test_of_a_repository_that_is_not_there_nothing_is_taken(clone: tuple[Path, PublishedImage], tmp_path: Path) -> None:
    repository, image = clone
    other = replace(image, round="9.8", repository="mlcommons/tiny_results_v9.8", path="elsewhere.bin")
    assert fetch([other, image], repository) == (image.cached_path,)
    with pytest.raises(BadInput, match=r"holds no clone of mlcommons/tiny_results_v9\.8"):
        fetch([other], repository)
    with pytest.raises(BadInput, match="not a folder"):
        fetch([image], tmp_path / "nowhere")


def test_a_file_that_differs_is_refused(clone: tuple[Path, PublishedImage], cache: Path) -> None:
    repository, image = clone
    with pytest.raises(BadInput, match=r"has no .*fw\.bin with SHA-256 0000"):
        fetch([replace(image, sha256="0" * 64)], repository)
    assert not cache.exists()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    root = tmp_path / "www"
    root.mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root))) as web:
        thread = threading.Thread(target=web.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        monkeypatch.setattr(fetching, "RAW_URL", f"http://127.0.0.1:{web.server_port}")
        yield root
        web.shutdown()
        thread.join()


def test_a_clone_that_would_have_a_program_run_is_only_read(clone: tuple[Path, PublishedImage], tmp_path: Path) -> None:
    """One that says to lack objects, and that a command of its own brings them."""
    repository, image = clone
    marker = tmp_path / "was-run"
    for name, value in (
        ("core.repositoryformatversion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", f"ext::touch {marker}"),
        ("protocol.ext.allow", "always"),
        ("core.fsmonitor", f"touch '{marker}'"),
    ):
        git("config", name, value, at=repository)
    absent = replace(image, commit="1" * 40)
    with pytest.raises(BadInput, match="has no closed/them"):
        fetch([absent], repository)
    assert not marker.exists()
    with suppress(subprocess.CalledProcessError):
        git("cat-file", "blob", f"{absent.commit}:x", at=repository)
    assert marker.exists()  # git, left to itself


def test_a_blob_of_another_size_is_not_taken(clone: tuple[Path, PublishedImage]) -> None:
    repository, image = clone
    for size in (len(CONTENT) - 1, len(CONTENT) + 1):
        with pytest.raises(BadInput, match="has no closed/them"):
            fetch([replace(image, size_bytes=size)], repository)


def test_a_download_is_checked(server: Path, clone: tuple[Path, PublishedImage], cache: Path) -> None:
    _, image = clone
    place = server / image.repository / image.commit / image.path
    place.parent.mkdir(parents=True)
    place.write_bytes(CONTENT[::-1])
    with pytest.raises(BadInput, match=r"wrong SHA-256.*--from FOLDER"):
        fetch([image])
    assert not cache.exists()
    place.write_bytes(CONTENT)
    assert fetch([image]) == (image.cached_path,)
    assert image.cached_path.read_bytes() == CONTENT
