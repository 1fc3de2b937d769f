"""A sweep from its study to its result: a grid, few executions, and the price of every point."""

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike, fspath
from typing import Any

import numpy as np

from simtiny.board import Board
from simtiny.progress import Progress
from simtiny.settings import AS_IT_IS, MemorySettings
from simtiny.sweeps.execute import Outcome, Task, Window, run_all
from simtiny.sweeps.grid import parts, varied
from simtiny.sweeps.price import Prepared, empty_columns, fill, prepare
from simtiny.sweeps.result import SweepResult
from simtiny.sweeps.stand_in import MOST_LANES, executed_under
from simtiny.sweeps.study import Study


def sweep(study: Study, jobs: int, progress: Progress, *, fresh: bool = False) -> SweepResult:
    """Execute what is needed in `jobs` processes, and price all points.

    Raises BadInput for a study that means nothing on any board, or with too many points.
    """
    grid = parts(study)
    outcomes = run_all([Task(part.request, fresh=fresh) for part in grid], jobs, progress)
    prepared = [prepare(part, outcome) for part, outcome in zip(grid, outcomes, strict=True)]
    tasks = [(number, task) for number, ready in enumerate(prepared) for task in _tasks(ready, fresh)]
    others = run_all([task for _, task in tasks], jobs, progress) if tasks else ()
    found: list[dict[MemorySettings, Window | str]] = [_by_settings(outcome) for outcome in outcomes]
    for (number, _), outcome in zip(tasks, others, strict=True):
        found[number].update(_by_settings(outcome))
    columns, first = empty_columns(sum(part.size for part in grid)), 0
    for ready, windows in zip(prepared, found, strict=True):
        fill(columns, first, ready, windows, period_s=study.period_s, sleep=study.sleep)
        first += ready.part.size
    done = (*outcomes, *others)
    ranking = np.argsort(columns["energy_uj"])
    best = ranking[columns["legal"][ranking]]
    return SweepResult(
        columns=columns,
        varied=varied(study, grid),
        minimise=study.minimise,
        subject_to=study.subject_to,
        best=best,
        front=best,
        words=(),
        executions=sum(outcome.executions for outcome in done),
        stored=sum(outcome.stored for outcome in done),
        notes=_notes(prepared),
    )


def plain_words(words: Mapping[str, object]) -> dict[str, Any]:
    """The words of a study as they were given, as JSON can hold them."""
    return {word: _plain(value) for word, value in words.items()}


def _plain(value: object) -> object:
    item = getattr(value, "tolist", None)  # of numpy
    value = item() if callable(item) else value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, PathLike):
        return fspath(value)
    return [_plain(each) for each in value] if isinstance(value, Iterable) else str(value)


def _tasks(ready: Prepared, fresh: bool) -> list[Task]:
    """What is to be counted beside a firmware as it is: as many settings a task as one execution counts."""
    wanted = [own for own in ready.needed() if own != AS_IT_IS]
    if ready.firmware is None or not wanted:
        return []
    board: Board = ready.firmware.board
    groups: dict[MemorySettings, list[MemorySettings]] = {}
    for own in wanted:
        groups.setdefault(executed_under(own, board), []).append(own)
    return [
        Task(ready.part.request, tuple(group[first : first + MOST_LANES]), fresh)
        for group in groups.values()
        for first in range(0, len(group), MOST_LANES)
    ]


def _by_settings(outcome: Outcome) -> dict[MemorySettings, Window | str]:
    return {**outcome.windows, **outcome.failures}


def _notes(prepared: Sequence[Prepared]) -> tuple[str, ...]:
    """What a reader should know: what was decided in the user's place, and why energies are not known."""
    found: dict[str, None] = {}
    for ready in prepared:
        if ready.firmware is None:
            continue
        found.update(dict.fromkeys(ready.firmware.notes))
        for text in dict.fromkeys(ready.points.unpriced.tolist()):
            if text:
                found[f"{ready.firmware.board.id}: {text}"] = None
    return tuple(found)
