"""Measures firmware on emulated boards, several at a time, and remembers what came out.

Counts are kept by `simtiny.counts`. What they come to is kept beside them, because decoding and pricing the code of all
published images takes longer than all the rest: an entry is found by the key of the counts and by the code that prices.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass
from math import inf, isclose

import msgspec

from simtiny.board import Board, as_counted
from simtiny.board_file import load_board
from simtiny.counting_version import counting_version
from simtiny.counts import Counts, Question, counted, store
from simtiny.errors import BadInput, SimtinyError
from simtiny.events import EventCounts
from simtiny.mlperf.tasks import TASKS, synthetic_input
from simtiny.mlperf.workload import Workload, build
from simtiny.notes import Note
from simtiny.profile import OperatingPoint
from simtiny.profile_file import MOST, possible
from simtiny.profile_store import content_key
from simtiny.progress import Progress
from simtiny.published import PublishedImage, wired
from simtiny.request import Request
from simtiny.workers import pool

PRICES = "simtiny.validation.outcomes"


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


def measure_all(
    firmware: Sequence[Firmware], jobs: int, progress: Progress, *, fresh: bool = False
) -> tuple[Outcome, ...]:
    """The outcome of each. Those that are not stored are measured in `jobs` processes, most work first.

    What failed is not kept: whoever looks into it wants to see it fail.
    """
    keys = [outcome_key(item) for item in firmware]  # before: a file may be edited meanwhile
    outcomes = {} if fresh else {key: outcome for key in keys if (outcome := stored(key)) is not None}
    missing = {key: item for key, item in zip(keys, firmware, strict=True) if key not in outcomes}
    progress(len(outcomes), len(outcomes) + len(missing))
    for key, outcome in _measured(missing, min(jobs, len(missing)), fresh):
        if outcome.failure is None:
            store().put(key, msgspec.json.encode(outcome))
        outcomes[key] = outcome
        progress(len(outcomes), len(set(keys)))
    return tuple(outcomes[key] for key in keys)


def measure_one(firmware: Firmware, fresh: bool = False) -> Outcome:
    """Boot it on its board, and measure; or take its counts from the store, unless `fresh`."""
    try:
        if isinstance(firmware, OwnFirmware):
            workload = _workload(firmware)
            return _outcome(counted(Question(workload.flashed), workload.board, fresh=fresh))
        return _measured_published(firmware, fresh)
    except SimtinyError as error:
        return Outcome(failure=f"{type(error).__name__}: {error}")


def _measured_published(image: PublishedImage, fresh: bool) -> Outcome:
    """After one warm-up: recorded latencies are means over many inferences in a row."""
    from simtiny.image_load import check_fits, load

    board, task = board_of(image), TASKS[image.benchmark]
    firmware = load(image.cached_path, address=board.main_flash.base)
    if firmware.sha256 != image.sha256:
        raise BadInput(f"{image.cached_path}: not {image.title} (wrong SHA-256)")
    check_fits(firmware, board)
    workload = Workload(board, task.name, task, firmware, image.title, "in the image", published=image)
    sample = synthetic_input(task.input_bytes, task.encoding)
    return _outcome(counted(Question(workload.flashed, warmups=1, sample=sample), board, fresh=fresh))


def _outcome(counts: Counts) -> Outcome:
    priced, measurement = counts.priced.estimate, counts.measurement
    return Outcome(
        latency_ms=priced.latency_s * 1e3,
        stopwatch_ms=None if measurement.stopwatch_us is None else measurement.stopwatch_us / 1e3,
        baseline_ms=priced.baseline_cycles / priced.clock_hz * 1e3,
        notes=measurement.profile.notes,
        events=priced.events,
        operating_point=measurement.profile.operating_point,
    )


def _workload(firmware: OwnFirmware) -> Workload:
    """As `simtiny run` measures it, without a warm-up."""
    return build(Request(firmware.benchmark, firmware.board))


def board_of(image: PublishedImage) -> Board:
    """The image's board, set as its submitter had set it."""
    return wired(load_board(image.board), image.wiring)


def stored(key: str) -> Outcome | None:
    """What came out before, None if nothing did or something that it depends on has changed."""
    return store().get(key, _decoded)


def outcome_key(firmware: Firmware) -> str:
    """The name of an outcome in the store: another one for anything that it depends on.

    Of a published image its SHA-256 is enough: it need not be read.
    """
    if isinstance(firmware, OwnFirmware):
        return content_key({"outcome": counting_version(PRICES), "counts": Question(_workload(firmware).flashed).key})
    return content_key(
        {
            "outcome": counting_version(PRICES),
            "counting": counting_version(),
            "board": msgspec.json.encode(as_counted(board_of(firmware))),
            "image": firmware.sha256,
            "benchmark": firmware.benchmark,
        }
    )


def _decoded(data: bytes) -> Outcome:
    """What `measure_all` stored. Raises BadInput for anything else, as far as that shows in its numbers."""
    try:
        outcome = msgspec.json.decode(data, type=Outcome)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"no stored outcome: {error}") from None
    if not _is_possible(outcome):
        raise BadInput("no stored outcome: its numbers contradict each other, or some are missing")
    return outcome


def _is_possible(outcome: Outcome) -> bool:
    """Whether it did not fail, everything is there, finite and in range, and the latency is that of its cycles."""
    events, point = outcome.events, outcome.operating_point
    if outcome.failure is not None or events is None or point is None or outcome.baseline_ms is None:
        return False
    if not possible(point) or not all(abs(number) < MOST for number in asdict(events).values()):
        return False
    expected_ms = (events.cycles + events.sleeping) / point.clock_hz * 1e3
    return (
        0 < outcome.latency_ms < inf
        and isclose(outcome.latency_ms, expected_ms, rel_tol=1e-9)
        and 0 < outcome.baseline_ms < inf
        and (outcome.stopwatch_ms is None or 0 <= outcome.stopwatch_ms < inf)
    )


def _measured(firmware: Mapping[str, Firmware], jobs: int, fresh: bool) -> Iterator[tuple[str, Outcome]]:
    """By key. Most work first: most of the time goes into loading the input."""
    by_work = sorted(firmware.items(), key=lambda entry: -TASKS[entry[1].benchmark].input_bytes)
    if jobs <= 1:
        yield from ((key, measure_one(item, fresh)) for key, item in by_work)
        return
    with pool(jobs) as workers:
        running = {workers.submit(measure_one, item, fresh): key for key, item in by_work}
        for future in as_completed(running):
            yield running[future], future.result()
