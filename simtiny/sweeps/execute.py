"""The executions of a sweep: each firmware under the settings that points need, in several processes.

What comes back is small: of each window its cycles and events. The counts themselves stay in the store, so that a sweep
which was interrupted finds there what was done.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from simtiny.board import Board
from simtiny.counts import Question, measured_at
from simtiny.errors import SimtinyError
from simtiny.events import EventCounts
from simtiny.files import shown
from simtiny.flash.what_if import is_hypothetical
from simtiny.intervals import Interval
from simtiny.mlperf.measurement import Measurement
from simtiny.mlperf.memory import memory_use
from simtiny.mlperf.workload import Workload, build
from simtiny.options import Kernels
from simtiny.pricing import estimate_at
from simtiny.profiles import OperatingPoint
from simtiny.progress import Progress
from simtiny.request import Request
from simtiny.settings import MemorySettings
from simtiny.spread import spread
from simtiny.uncertainty import latency_interval_of, stack_known


@dataclass(frozen=True)
class Task:
    """What one process is given: a firmware, and the settings that it is counted under in one execution.

    `workload`: what the request puts on its board, None where that is still to be loaded.
    """

    request: Request
    settings: tuple[MemorySettings, ...]
    fresh: bool = False
    workload: Workload | None = None


@dataclass(frozen=True)
class Window:
    """What was counted in one window. `point`: at which it was. `latency`: the interval of its latency."""

    cycles: int
    events: EventCounts
    point: OperatingPoint
    latency: Interval


@dataclass(frozen=True)
class Firmware:
    """What is known of a firmware on its board, whatever it is counted under.

    `programmed`: what it programs. `placed`: something lies elsewhere than it was linked. `stack_known`: see
    `simtiny.uncertainty.stack_known`; False without a power model.
    """

    board: Board
    programmed: OperatingPoint
    kernels: Kernels | None
    benchmark: str | None
    flash_bytes: int
    ram_bytes: int
    placed: bool
    stack_known: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What a task came to. `windows`: by the settings; `failures`: why there is none under these.

    `executions`: how many that took; `stored`: counts that were in the store. `firmware` is None where nothing ran.
    """

    windows: Mapping[MemorySettings, Window] = field(default_factory=dict)
    failures: Mapping[MemorySettings, str] = field(default_factory=dict)
    firmware: Firmware | None = None
    executions: int = 0
    stored: int = 0


def run_all(
    tasks: Sequence[Task], jobs: int, progress: Progress, *, scheduler: str | None = None, before: int = 0
) -> tuple[Outcome, ...]:
    """The outcome of each task, in their order, spread as `simtiny.spread.spread` does.

    `before`: tasks that were done earlier, for the progress.
    """
    outcomes: dict[int, Outcome] = {}
    progress(before, before + len(tasks))
    items = tasks if scheduler is None else map(_brought, tasks)
    with closing(spread(_run, None, items, jobs=min(jobs, len(tasks)) or 1, scheduler=scheduler)) as found:
        for number, outcome in found:
            outcomes[number] = outcome
            progress(before + len(outcomes), before + len(tasks))
    return tuple(outcomes[number] for number in range(len(tasks)))


def _brought(task: Task) -> Task | Outcome:
    """The task with all that it needs, for a machine that has none of the user's files."""
    try:
        return replace(task, workload=build(task.request))
    except SimtinyError as error:
        return Outcome(failures=dict.fromkeys(task.settings, shown(str(error))))


def _run(_: None, task: Task | Outcome) -> Outcome:
    """Count a firmware. What can't be done is no error here, but the reason why its points are illegal."""
    if isinstance(task, Outcome):
        return task
    try:
        workload = task.workload or build(task.request)
        question = Question(workload.flashed, task.request.bounds)
        measured, executions, stored = measured_at(question, workload.board, task.settings, fresh=task.fresh)
        windows = {own: _window(found, own, workload) for own, found in zip(task.settings, measured, strict=True)}
        return Outcome(windows, {}, _firmware(workload, measured[0]), executions, stored)
    except SimtinyError as error:
        return Outcome(failures=dict.fromkeys(task.settings, shown(str(error))))


def _window(measured: Measurement, settings: MemorySettings, workload: Workload) -> Window:
    profile, board = measured.profile, workload.board
    found = estimate_at(profile, board, profile.operating_point)
    latency = latency_interval_of(
        workload,
        profile.programmed,
        profile.operating_point,
        is_inference=measured.is_inference,
        hypothetical=workload.placed or is_hypothetical(settings, board),
    )
    return Window(found.cycles, found.events, profile.operating_point, latency)


def _firmware(workload: Workload, measured: Measurement) -> Firmware:
    memory, board, point = memory_use(workload, measured.ram_used), workload.board, measured.profile.programmed
    return Firmware(
        board=board,
        programmed=point,
        kernels=workload.kernels,
        benchmark=measured.task.name if measured.task else None,
        flash_bytes=memory.flash_bytes,
        ram_bytes=memory.ram_bytes,
        placed=workload.placed,
        stack_known=board.power is not None and stack_known(workload, board.power),
        notes=tuple(note.text for note in workload.notes),
    )
