"""Measures firmware on emulated boards, several at a time, and remembers what came out.

Counts are kept by `simtiny.counts`. What they come to is kept beside them, because decoding and pricing the code of all
published images takes longer than all the rest: an entry is found by the key of the counts and by the code that prices.
"""

from collections.abc import Sequence
from contextlib import closing
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
from simtiny.profile_file import MOST, possible
from simtiny.profile_store import content_key
from simtiny.profiles import OperatingPoint
from simtiny.progress import Progress
from simtiny.published import PublishedImage, wired
from simtiny.request import Request
from simtiny.spread import spread

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
    firmware: Sequence[Firmware], jobs: int, progress: Progress, *, fresh: bool = False, scheduler: str | None = None
) -> tuple[Outcome, ...]:
    """The outcome of each. Those that are not stored are measured as `spread` does, most work first.

    What failed is not kept: whoever looks into it wants to see it fail.
    """
    keys = [outcome_key(item) for item in firmware]  # before: a file may be edited meanwhile
    outcomes = {} if fresh else {key: outcome for key in keys if (outcome := stored(key)) is not None}
    missing = {key: item for key, item in zip(keys, firmware, strict=True) if key not in outcomes}
    progress(len(outcomes), len(outcomes) + len(missing))
    by_work = sorted(missing, key=lambda key: -TASKS[missing[key].benchmark].input_bytes)  # loading it takes longest
    asked = (_asked(missing[key]) for key in by_work)
    if scheduler is not None and not fresh:
        asked = (_here_if_stored(each) for each in asked)
    with closing(spread(_measured, fresh, asked, jobs=min(jobs, len(missing)) or 1, scheduler=scheduler)) as found:
        for number, outcome in found:
            if outcome.failure is None:
                store().put(by_work[number], msgspec.json.encode(outcome))
            outcomes[by_work[number]] = outcome
            progress(len(outcomes), len(set(keys)))
    return tuple(outcomes[key] for key in keys)


def measure_one(firmware: Firmware, fresh: bool = False) -> Outcome:
    """Boot it on its board, and measure; or take its counts from the store, unless `fresh`."""
    return _measured(fresh, _asked(firmware))


def _measured(fresh: bool, asked: tuple[Question, Board] | Outcome) -> Outcome:
    """What came out, by a question that brings all that it needs; one that could not be asked has its outcome."""
    if isinstance(asked, Outcome):
        return asked
    question, board = asked
    try:
        return _outcome(counted(question, board, fresh=fresh))
    except SimtinyError as error:
        return _failed(error)


def _here_if_stored(asked: tuple[Question, Board] | Outcome) -> tuple[Question, Board] | Outcome:
    """The outcome of what would not run here: other machines don't have these counts."""
    if isinstance(asked, Outcome) or store().get(asked[0].key, len) is None:
        return asked
    return _measured(False, asked)


def _asked(firmware: Firmware) -> tuple[Question, Board] | Outcome:
    try:
        if isinstance(firmware, OwnFirmware):
            workload = _workload(firmware)
            return Question(workload.flashed), workload.board
        return published_question(firmware)
    except SimtinyError as error:
        return _failed(error)


def _failed(error: SimtinyError) -> Outcome:
    return Outcome(failure=f"{type(error).__name__}: {error}")


def published_question(image: PublishedImage) -> tuple[Question, Board]:
    """What is measured of an image, on its board: after one warm-up, as recorded latencies are means of many in a row.

    Raises BadInput for an image that is not what was published.
    """
    from simtiny.image_load import check_fits, load

    board, task = board_of(image), TASKS[image.benchmark]
    firmware = load(image.cached_path, address=board.main_flash.base)
    if firmware.sha256 != image.sha256:
        raise BadInput(f"{image.cached_path}: not {image.title} (wrong SHA-256)")
    check_fits(firmware, board)
    workload = Workload(board, task.name, task, firmware, image.title, "in the image", published=image)
    sample = synthetic_input(task.input_bytes, task.encoding)
    return Question(workload.flashed, warmups=1, sample=sample), board


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
