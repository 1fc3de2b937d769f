"""Measures firmware on emulated boards, several at a time, and remembers what came out.

A stored outcome is used again only for the same image, board, source code and libraries: its file holds a hash of them.
"""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from simtiny.board import Board
from simtiny.board_file import load_board
from simtiny.errors import SimtinyError
from simtiny.events import EventCounts
from simtiny.fetch import cache_dir, store
from simtiny.mlperf.tasks import TASKS
from simtiny.notes import Note
from simtiny.profile import OperatingPoint
from simtiny.progress import Progress
from simtiny.published import PublishedImage, wired
from simtiny.request import Request
from simtiny.version import __version__
from simtiny.workers import pool

if TYPE_CHECKING:  # slow to import, and not needed where every outcome is stored
    from simtiny.mlperf.measure import Measurement
    from simtiny.mlperf.workload import Workload

LIBRARIES = ("unicorn", "capstone")
_NOT_TIMING = (
    "calibration/",
    "cli/",
    "report/",
    "breakdown.py",
    "power.py",
    "validation/compare.py",
    "validation/result.py",
)
"""Parts of the package that no outcome depends on."""
_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Outcome:
    """One inference: milliseconds, and what its energy can be priced by, or why there are none."""

    latency_ms: float = 0.0
    stopwatch_ms: float | None = None
    baseline_ms: float | None = None
    notes: tuple[Note, ...] = ()
    failure: str | None = None
    events: EventCounts | None = None
    operating_point: OperatingPoint | None = None


@dataclass(frozen=True)
class OwnFirmware:
    """simtiny's own firmware with a benchmark's network: the nearest to a stack whose image was not published."""

    board: str
    benchmark: str


Firmware = PublishedImage | OwnFirmware


@dataclass(frozen=True)
class _Stored:
    key: str
    outcome: Outcome


def measure_all(firmware: Sequence[Firmware], jobs: int, progress: Progress) -> tuple[Outcome, ...]:
    """The outcome of each. Those that are not stored are measured in `jobs` processes, most work first."""
    outcomes = {_name(item): outcome for item in firmware if (outcome := stored(item)) is not None}
    missing = [item for item in firmware if _name(item) not in outcomes]
    missing.sort(key=lambda item: -TASKS[item.benchmark].input_bytes)  # most of the time goes into loading the input
    keys = {_name(item): content_key(item) for item in missing}  # before: a file may be edited meanwhile
    progress(len(outcomes), len(firmware))
    for item, outcome in _measured(missing, min(jobs, len(missing))):
        store(_place(item), msgspec.json.encode(_Stored(keys[_name(item)], outcome)))
        outcomes[_name(item)] = outcome
        progress(len(outcomes), len(firmware))
    return tuple(outcomes[_name(item)] for item in firmware)


def measure_one(firmware: Firmware) -> Outcome:
    """Boot it on its board, and measure."""
    try:
        return _measured_own(firmware) if isinstance(firmware, OwnFirmware) else _measured_published(firmware)
    except SimtinyError as error:
        return Outcome(failure=f"{type(error).__name__}: {error}")


def _measured_published(image: PublishedImage) -> Outcome:
    """After one warm-up: recorded latencies are means over many inferences in a row."""
    from simtiny.image_load import check_fits, load
    from simtiny.mlperf.measure import measure
    from simtiny.mlperf.tasks import synthetic_input
    from simtiny.mlperf.workload import Workload

    board, task = board_of(image), TASKS[image.benchmark]
    firmware = load(image.cached_path, address=board.main_flash.base)
    check_fits(firmware, board)
    workload = Workload(board, task.name, task, firmware, image.title, "in the image", published=image)
    return _outcome(workload, measure(workload, warmups=1, sample=synthetic_input(task.input_bytes, task.encoding)))


def _measured_own(firmware: OwnFirmware) -> Outcome:
    """As `simtiny run` measures it, without a warm-up."""
    from simtiny.mlperf.measure import measure

    workload = _workload(firmware)
    return _outcome(workload, measure(workload))


def _outcome(workload: "Workload", measurement: "Measurement") -> Outcome:
    from simtiny.pricing import price_run

    priced = price_run(measurement.profile, workload.board).estimate
    return Outcome(
        latency_ms=priced.latency_s * 1e3,
        stopwatch_ms=None if measurement.stopwatch_us is None else measurement.stopwatch_us / 1e3,
        baseline_ms=priced.baseline_cycles / priced.clock_hz * 1e3,
        notes=measurement.profile.notes,
        events=priced.events,
        operating_point=measurement.profile.operating_point,
    )


def _workload(firmware: OwnFirmware) -> "Workload":
    from simtiny.mlperf.workload import build

    return build(Request(firmware.benchmark, firmware.board))


def board_of(image: PublishedImage) -> Board:
    """The image's board, set as its submitter had set it."""
    return wired(load_board(image.board), image.wiring)


def stored(firmware: Firmware) -> Outcome | None:
    """What came out before, None if nothing did or something that it depends on has changed."""
    try:
        entry = msgspec.json.decode(_place(firmware).read_bytes(), type=_Stored)
    except (OSError, msgspec.MsgspecError):
        return None
    return entry.outcome if entry.key == content_key(firmware) else None


def content_key(firmware: Firmware) -> str:
    """A hash of all that an outcome depends on."""
    if isinstance(firmware, OwnFirmware):
        workload = _workload(firmware)
        board, content = workload.board, hashlib.sha256(b"".join(data for _, data in workload.segments)).hexdigest()
        content += workload.image.sha256
    else:
        board, content = board_of(firmware), firmware.sha256
    board_text = msgspec.json.encode(replace(board, power=None)).decode()
    return hashlib.sha256("\n".join((content, board_text, counting_version())).encode()).hexdigest()


@cache
def counting_version() -> str:
    """What counts and prices: simtiny's version, a hash of its code but for _NOT_TIMING, and the libraries' versions.

    The one thing that decides which edits of simtiny void the stored outcomes.
    """
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        place = path.relative_to(_PACKAGE).as_posix()
        if not place.startswith(_NOT_TIMING):
            digest.update(f"{place}\n".encode() + path.read_bytes())
    libraries = " ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return f"simtiny {__version__}\n{digest.hexdigest()}\n{libraries}"


def _name(firmware: Firmware) -> str:
    if isinstance(firmware, OwnFirmware):
        return f"own-{firmware.board}-{firmware.benchmark}"
    return firmware.sha256


def _place(firmware: Firmware) -> Path:
    return cache_dir() / "crosscheck" / f"{_name(firmware)}.json"


def _measured(firmware: Sequence[Firmware], jobs: int) -> Iterator[tuple[Firmware, Outcome]]:
    if jobs <= 1:
        yield from ((item, measure_one(item)) for item in firmware)
        return
    with pool(jobs) as workers:
        running = {workers.submit(measure_one, item): item for item in firmware}
        for future in as_completed(running):
            yield running[future], future.result()
