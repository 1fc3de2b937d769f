"""The executions of a sweep: each firmware under the settings that points need, in several processes.

What comes back is small: of each window its cycles and events. The counts themselves stay in the store, so that a sweep
which was interrupted finds there what was done.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, field, replace

from simtiny.board import Board
from simtiny.counts import Question, measured_at
from simtiny.errors import SimtinyError
from simtiny.events import EventCounts
from simtiny.intervals import Interval
from simtiny.mlperf.measurement import Measurement
from simtiny.mlperf.memory import memory_use
from simtiny.mlperf.moved import copied_to_ram
from simtiny.mlperf.workload import Workload, build
from simtiny.options import Kernels
from simtiny.pricing import estimate_at
from simtiny.profile import OperatingPoint
from simtiny.progress import Progress
from simtiny.request import Request
from simtiny.settings import AS_IT_IS, MemorySettings
from simtiny.uncertainty import latency_interval_of, stack_known
from simtiny.workers import pool


@dataclass(frozen=True)
class Task:
    """What one process is given: a firmware, and the settings that it is counted under in one execution."""

    request: Request
    settings: tuple[MemorySettings, ...] = (AS_IT_IS,)
    fresh: bool = False


@dataclass(frozen=True)
class Window:
    """What was counted in one window. `point`: at which it was. `copied_bytes`: of RAM, for what was copied there."""

    cycles: int
    events: EventCounts
    point: OperatingPoint
    copied_bytes: int = 0


@dataclass(frozen=True)
class Firmware:
    """What is known of a firmware on its board, whatever it is counted under.

    `programmed`: what it programs. `latency`, `other_latency`: intervals of its latency at its own timing of memories,
    and at any other. `stack_known`: see `simtiny.uncertainty.stack_known`; False without a power model.
    """

    board: Board
    programmed: OperatingPoint
    kernels: Kernels | None
    benchmark: str | None
    flash_bytes: int
    ram_bytes: int
    latency: Interval
    other_latency: Interval
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


def run_all(tasks: Sequence[Task], jobs: int, progress: Progress) -> tuple[Outcome, ...]:
    """The outcome of each task, in their order. `jobs` processes run them, this one alone with a single one."""
    outcomes: dict[int, Outcome] = {}
    progress(0, len(tasks))
    for number, outcome in _submitted(tasks, min(jobs, len(tasks))):
        outcomes[number] = outcome
        progress(len(outcomes), len(tasks))
    return tuple(outcomes[number] for number in range(len(tasks)))


def _submitted(tasks: Sequence[Task], jobs: int) -> Iterator[tuple[int, Outcome]]:
    """By the number of the task, as they are done."""
    if jobs <= 1:
        yield from ((number, run_one(task)) for number, task in enumerate(tasks))
        return
    with pool(jobs) as workers:
        running = {workers.submit(run_one, task): number for number, task in enumerate(tasks)}
        for future in as_completed(running):
            yield running[future], future.result()


def run_one(task: Task) -> Outcome:
    """Count a firmware. What can't be done is no error here, but the reason why its points are illegal."""
    try:
        workload = build(task.request)
        question = Question(workload.flashed, task.request.bounds)
        measured, executions, stored = measured_at(question, workload.board, task.settings, fresh=task.fresh)
        windows = {
            own: _window(found, workload.board, copied_to_ram(workload.flashed, own.place))
            for own, found in zip(task.settings, measured, strict=True)
        }
        return Outcome(windows, {}, _firmware(workload, measured[0]), executions, stored)
    except SimtinyError as error:
        return Outcome(failures=dict.fromkeys(task.settings, str(error)))


def _window(measured: Measurement, board: Board, copied_bytes: int) -> Window:
    point = measured.profile.operating_point
    found = estimate_at(measured.profile, board, point)
    return Window(found.cycles, found.events, point, copied_bytes)


def _firmware(workload: Workload, measured: Measurement) -> Firmware:
    memory, board, point = memory_use(workload, measured.ram_used), workload.board, measured.profile.programmed
    other = replace(point, wait_states=point.wait_states + 1)
    return Firmware(
        board=board,
        programmed=point,
        kernels=workload.kernels,
        benchmark=measured.task.name if measured.task else None,
        flash_bytes=memory.flash_bytes,
        ram_bytes=memory.ram_bytes,
        latency=latency_interval_of(workload, point, point, is_inference=measured.is_inference),
        other_latency=latency_interval_of(workload, point, other, is_inference=measured.is_inference),
        stack_known=board.power is not None and stack_known(workload, board.power),
        notes=tuple(note.text for note in workload.notes),
    )
