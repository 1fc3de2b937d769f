"""Measures published images on their emulated boards, several at a time, and remembers what came out.

A stored outcome is used again only for the same image, board, source code and libraries: its file holds a hash of them.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

import msgspec

from simtiny import __version__
from simtiny.energy import EventCounts
from simtiny.errors import SimtinyError
from simtiny.fetch import cache_dir, store
from simtiny.mlperf.tasks import TASKS
from simtiny.platform import Board, load_board
from simtiny.profile import OperatingPoint
from simtiny.published import PublishedImage, wired
from simtiny.workers import pool

LIBRARIES = ("unicorn", "capstone")
_NOT_TIMING = ("calibration", "cli", "report", "power.py")
"""Parts of the package that no latency depends on."""
_PACKAGE = Path(__file__).resolve().parents[1]

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Outcome:
    """One inference after one warm-up: milliseconds, and what its energy can be priced by, or why there are none."""

    latency_ms: float = 0.0
    stopwatch_ms: float | None = None
    notes: tuple[str, ...] = ()
    failure: str | None = None
    events: EventCounts | None = None
    operating_point: OperatingPoint | None = None


@dataclass(frozen=True)
class _Stored:
    key: str
    outcome: Outcome


def measure_all(images: Sequence[PublishedImage], jobs: int, progress: Progress) -> tuple[Outcome, ...]:
    """The outcome of each image. Those that are not stored are measured in `jobs` processes, most work first."""
    outcomes = {image.sha256: outcome for image in images if (outcome := stored(image)) is not None}
    missing = [image for image in images if image.sha256 not in outcomes]
    missing.sort(key=lambda image: -TASKS[image.benchmark].macs)
    keys = {image.sha256: content_key(image) for image in missing}  # before: a file may be edited meanwhile
    progress(len(outcomes), len(images))
    for image, outcome in _measured(missing, min(jobs, len(missing))):
        store(_place(image), msgspec.json.encode(_Stored(keys[image.sha256], outcome)))
        outcomes[image.sha256] = outcome
        progress(len(outcomes), len(images))
    return tuple(outcomes[image.sha256] for image in images)


def measure_one(image: PublishedImage) -> Outcome:
    """Boot the image from the cache on its board, and measure."""
    from simtiny.estimate import estimate
    from simtiny.image import check_fits, load
    from simtiny.machine.cores import CORES
    from simtiny.machine.machine import Machine
    from simtiny.mlperf.protocol import Session
    from simtiny.mlperf.tasks import synthetic_input

    try:
        board, task = board_of(image), TASKS[image.benchmark]
        firmware = load(image.cached_path, address=board.main_flash.base)
        check_fits(firmware, board)
        session = Session(Machine(board, firmware))
        session.boot()
        session.load_input(synthetic_input(task.input_bytes, task.encoding))
        result = session.infer(1, 1)  # recorded latencies are means over many: with warm caches
        profile = session.machine.profile(result.start, result.end)
        priced = estimate(profile, CORES[board.core].timing)
    except SimtinyError as error:
        return Outcome(failure=f"{type(error).__name__}: {error}")
    stopwatch_ms = None if result.stopwatch_us is None else result.stopwatch_us / 1e3
    return Outcome(
        latency_ms=priced.latency_s * 1e3,
        stopwatch_ms=stopwatch_ms,
        notes=profile.notes,
        events=priced.events,
        operating_point=profile.operating_point,
    )


def board_of(image: PublishedImage) -> Board:
    """The image's board, set as its submitter had set it."""
    return wired(load_board(image.board), image.wiring)


def stored(image: PublishedImage) -> Outcome | None:
    """What came out before, None if nothing did or something that it depends on has changed."""
    try:
        entry = msgspec.json.decode(_place(image).read_bytes(), type=_Stored)
    except (OSError, msgspec.MsgspecError):
        return None
    return entry.outcome if entry.key == content_key(image) else None


def content_key(image: PublishedImage) -> str:
    """A hash of all that an outcome depends on."""
    board = msgspec.json.encode(replace(board_of(image), power={}))
    libraries = " ".join(f"{name} {version(name)}" for name in LIBRARIES)
    parts = (image.sha256, board.decode(), f"simtiny {__version__}", source_hash(), libraries)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def source_hash() -> str:
    """SHA-256 of the package's code, without the parts that only show results."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        place = path.relative_to(_PACKAGE)
        if place.parts[0] not in _NOT_TIMING:
            digest.update(f"{place.as_posix()}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _place(image: PublishedImage) -> Path:
    return cache_dir() / "crosscheck" / f"{image.sha256}.json"


def _measured(images: Sequence[PublishedImage], jobs: int) -> Iterator[tuple[PublishedImage, Outcome]]:
    if jobs <= 1:
        yield from ((image, measure_one(image)) for image in images)
        return
    with pool(jobs) as workers:
        running = {workers.submit(measure_one, image): image for image in images}
        for future in as_completed(running):
            yield running[future], future.result()
