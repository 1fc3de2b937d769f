"""Firmware images that submitters of MLPerf Tiny published with their results, and the copies in the user's cache.

`platforms/images.csv` lists them: one row a file, pinned by commit and SHA-256, with the record that it belongs to.
They are not part of the package: `simtiny fetch images` brings them. Only facts about them travel with simtiny.
"""

import csv
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePosixPath
from threading import Timer
from typing import Any, Literal, cast

from simtiny.board import Board
from simtiny.data import data_path
from simtiny.errors import BadInput
from simtiny.fetch import cache_dir, download, is_genuine, is_stored, raw_url, read, store
from simtiny.files import is_file, is_folder
from simtiny.progress import Progress, silent
from simtiny.records import of_boards_and_rounds, record_key

IMAGES_FILE = ("platforms", "images.csv")
COMMAND = "simtiny fetch images"
_GIT_S = 30.0
"""How long git may take to bring one object, on a slow disk."""
_ADVICE = "try again, or clone the repository and use `simtiny fetch images --from FOLDER`"

Build = Literal["performance", "energy"]
Wiring = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class PublishedImage:
    """One file. `path` is its place in `repository` at `commit`.

    `wiring` is what the submitter had set on the board and no image holds (option bytes), as in a platform file.
    """

    round: str
    submitter: str
    system: str
    board: str
    benchmark: str
    build: Build
    wiring: Wiring
    repository: str
    commit: str
    path: str
    size_bytes: int
    sha256: str

    @property
    def key(self) -> str:
        """The key of its record."""
        return record_key(self.round, self.submitter, self.system, self.benchmark)

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"the {self.build} image of {self.key}"

    @property
    def cached_path(self) -> Path:
        """Its place in the user's cache."""
        name = f"{self.benchmark}-{self.build}{PurePosixPath(self.path).suffix}"
        return cache_dir() / "images" / f"v{self.round}" / self.submitter / self.system / name


@cache
def published_images() -> tuple[PublishedImage, ...]:
    """Every image of the catalogue, in file order."""
    with data_path(*IMAGES_FILE).open(encoding="utf-8", newline="") as file:
        return tuple(_image(row) for row in csv.DictReader(file))


def published_as(sha256: str) -> PublishedImage | None:
    """The catalogue's image with these bytes."""
    return next((image for image in published_images() if image.sha256 == sha256), None)


def is_cached(image: PublishedImage) -> bool:
    """Whether the image is in the user's cache, byte for byte."""
    return is_stored(image, image.cached_path)


def wired(board: Board, wiring: Wiring) -> Board:
    """The board with parameters of its peripherals set as `wiring` says."""
    names = {peripheral.name for peripheral in board.peripherals}
    for name in wiring:
        if name not in names:
            raise BadInput(f"{board.id} has no peripheral {name}")
    peripherals = tuple(
        replace(peripheral, parameters={**peripheral.parameters, **wiring.get(peripheral.name, {})})
        for peripheral in board.peripherals
    )
    return replace(board, peripherals=peripherals)


def wiring_text(wiring: Wiring) -> str:
    """As a platform file would say it: "FLASH.dual_bank = false"."""
    return ", ".join(
        f"{name}.{key} = {json.dumps(value)}" for name, settings in wiring.items() for key, value in settings.items()
    )


def select(boards: Sequence[str] = (), rounds: Sequence[str] = ()) -> tuple[PublishedImage, ...]:
    """The images of these boards and rounds ("1.2"); without names, of all."""
    return of_boards_and_rounds(published_images(), boards, rounds, "no images were published")


def fetch(
    images: Sequence[PublishedImage], source: Path | None = None, progress: Progress = silent
) -> tuple[Path, ...]:
    """Bring images into the cache and return their paths there; one that is there already is left alone.

    They are downloaded, or come from `source`: a clone of one of their repositories, bare or not, or a folder with
    several. Of a repository that is not in `source` nothing is taken; if that leaves nothing, or a file is missing, the
    error is a `BadInput`. `progress` counts the bytes of all images.
    """
    clones = None if source is None else _clones(source, images)
    wanted = [image for image in images if clones is None or clones[image.repository]]
    if images and not wanted:
        raise BadInput(f"{source}: holds no clone of {', '.join(sorted({image.repository for image in images}))}")
    done, total = 0, sum(image.size_bytes for image in wanted)

    def tell(part: int, _size: int) -> None:
        progress(done + part, total)

    for image in wanted:
        if not is_cached(image):
            data = _download(image, tell) if clones is None else _copy(image, clones[image.repository])
            store(image.cached_path, data)
        tell(image.size_bytes, image.size_bytes)
        done += image.size_bytes
    return tuple(image.cached_path for image in wanted)


def _download(image: PublishedImage, tell: Progress) -> bytes:
    return download(image, raw_url(image.repository, image.commit, image.path), _ADVICE, tell)


def _copy(image: PublishedImage, clones: Sequence[Path]) -> bytes:
    for clone in clones:
        data = _file(image, clone) or _blob(image, clone)
        if data is not None:
            return data
    raise BadInput(f"{clones[0]}: has no {image.path} with SHA-256 {image.sha256} ({image.title})")


def _clones(source: Path, images: Sequence[PublishedImage]) -> dict[str, list[Path]]:
    """Where in `source` the repository of each image is: folders named after it, or `source` itself."""
    if not is_folder(source):
        raise BadInput(f"{source}: not a folder: `source` takes a clone, or a folder that holds clones")
    folders = [path for pattern in ("*", "*/*") for path in sorted(source.glob(pattern)) if is_folder(path)]
    return {
        image.repository: [
            clone
            for clone in (source, *folders)
            if (clone == source or PurePosixPath(image.repository).name in str(clone.relative_to(source)))
            and (is_file(clone / image.path) or _blob(image, clone) is not None)
        ]
        for image in {image.repository: image for image in images}.values()
    }


def _file(image: PublishedImage, clone: Path) -> bytes | None:
    """The file of a work tree, None when it is not there or another one."""
    try:
        data = read(image, clone / image.path)
    except OSError:
        return None
    return data if is_genuine(image, data) else None


def _blob(image: PublishedImage, clone: Path) -> bytes | None:
    """The file from git's store. A clone may be anybody's: git is to read an object of it, and to start or ask nobody.

    One that lacks the object would else have it brought by whatever program its settings name.
    """
    command = ["git", "--no-replace-objects", "-C", str(clone)]
    for setting in ("core.fsmonitor=false", f"core.hooksPath={os.devnull}"):
        command += ["-c", setting]
    command += ["cat-file", "blob", f"{image.commit}:{image.path}"]
    environment = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "GIT_TERMINAL_PROMPT": "0"}
    try:
        with subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as git:
            watchdog = Timer(_GIT_S, git.kill)
            watchdog.start()
            try:
                assert git.stdout is not None
                data = git.stdout.read(image.size_bytes + 1)
            finally:
                git.kill()
                watchdog.cancel()
    except OSError:
        return None
    return data if is_genuine(image, data) else None


def _image(row: Mapping[str, str]) -> PublishedImage:
    return PublishedImage(
        round=row["round"],
        submitter=row["submitter"],
        system=row["system"],
        board=row["board"],
        benchmark=row["benchmark"],
        build=cast(Build, row["build"]),
        wiring=_wiring(row["wiring"]),
        repository=row["repository"],
        commit=row["commit"],
        path=row["path"],
        size_bytes=int(row["bytes"]),
        sha256=row["sha256"],
    )


def _wiring(text: str) -> Wiring:
    """From the catalogue's form: FLASH.dual_bank=false, several of them with a space between."""
    wiring: dict[str, dict[str, Any]] = {}
    for setting in text.split():
        key, _, value = setting.partition("=")
        peripheral, _, parameter = key.partition(".")
        wiring.setdefault(peripheral, {})[parameter] = json.loads(value)
    return wiring
