"""A sweep from its study to its result: a grid, few executions, and the price of every point."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from os import PathLike, fspath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.board_file import load_board
from simtiny.counts import MOST_LANES, together
from simtiny.files import shown
from simtiny.flash.what_if import executed_under
from simtiny.life_file import read_life
from simtiny.power_model import CLOCKED
from simtiny.progress import Progress
from simtiny.settings import MemorySettings
from simtiny.sweeps.columns import Columns, empty_columns
from simtiny.sweeps.execute import Outcome, Task, Window, run_all
from simtiny.sweeps.front import front
from simtiny.sweeps.goals import parse_goal, ranked
from simtiny.sweeps.grid import Part, parts, varied
from simtiny.sweeps.prepared import Prepared, prepare
from simtiny.sweeps.price import Use, needed, write_illegal, write_points
from simtiny.sweeps.result import SweepResult
from simtiny.sweeps.study import Study
from simtiny.sweeps.validity import usually_programmed
from simtiny.sweeps.words import words

ENERGY, LATENCY = "energy", "latency"
"""What is minimised if the user says nothing: the second one where no energy is known."""


def sweep(
    study: Study, jobs: int, progress: Progress, *, scheduler: str | None = None, fresh: bool = False
) -> SweepResult:
    """Execute what is needed, in `jobs` processes or on the cluster of `scheduler`, and price all points.

    Raises BadInput for a study that means nothing on any board, or with too many points.
    """
    asked = parse_goal(study.minimise or ENERGY, study.subject_to, with_sequence=study.sequence is not None)
    life = None if study.sequence is None else read_life(study.sequence)
    use = Use(study.period_s, study.sleep or CLOCKED, life)
    grid = parts(study)
    outcomes = run_all([_first_task(part, use, fresh) for part in grid], jobs, progress, scheduler=scheduler)
    prepared = [_prepared(part, outcome) for part, outcome in zip(grid, outcomes, strict=True)]
    found = [_by_settings(outcome) for outcome in outcomes]
    further = [
        (number, Task(grid[number].request, settings, fresh))
        for number, ready in enumerate(prepared)
        if ready is not None
        for settings in together([own for own in needed(ready, use) if own not in found[number]], ready.board)
    ]
    others = (
        run_all([task for _, task in further], jobs, progress, scheduler=scheduler, before=len(grid)) if further else ()
    )
    for (number, _), outcome in zip(further, others, strict=True):
        found[number].update(_by_settings(outcome))
    columns, first = empty_columns(sum(part.size for part in grid), with_life=life is not None), 0
    for part, outcome, ready, windows in zip(grid, outcomes, prepared, found, strict=True):
        rows = {name: column[first : first + part.size] for name, column in columns.items()}
        if ready is None or outcome.firmware is None:
            write_illegal(rows, part, next(iter(outcome.failures.values())))
        else:
            write_points(rows, ready, outcome.firmware, windows, use)
        first += part.size
    done, of_each = (*outcomes, *others), _of_each_benchmark(columns)
    no_energy = study.minimise is None and not np.isfinite(columns["energy_uj"]).any()
    goal = replace(asked, minimise=LATENCY) if no_energy else asked
    result = SweepResult(
        columns=columns,
        varied=varied(study, grid),
        minimise=goal.minimise,
        subject_to=study.subject_to,
        best=_in_turns([rows[ranked(goal, own)] for rows, own in of_each]),
        front=np.concatenate([rows[front(own)] for rows, own in of_each]),
        words=(),
        executions=sum(outcome.executions for outcome in done),
        stored=sum(outcome.stored for outcome in done),
        notes=_notes(prepared, outcomes),
    )
    if len(of_each) == 1:
        return replace(result, words=words(result))
    knobs = tuple(name for name in result.varied if name != "benchmark")
    each = [replace(result, columns=own, varied=knobs, best=ranked(goal, own), front=front(own)) for _, own in of_each]
    return replace(result, words=tuple(text for one in each for text in _named(one)))


def _of_each_benchmark(columns: Columns) -> list[tuple[NDArray[np.int64], Columns]]:
    """The rows of each benchmark, and their columns: a point of one is no better than a point of another."""
    names = columns["benchmark"]
    if len(names) == 0 or (names == names[0]).all():
        return [(np.arange(len(names)), columns)]
    each = [np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())]
    return [(rows, {name: column[rows] for name, column in columns.items()}) for rows in each]


def _in_turns(each: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The first of each, then the second of each, and so on."""
    ranks = np.concatenate([np.arange(len(rows)) for rows in each])
    return np.concatenate(each)[np.argsort(ranks, kind="stable")]


def _named(result: SweepResult) -> tuple[str, ...]:
    """The words of one benchmark's points, which begin with its name."""
    first, *others = words(result)
    return f"{result.columns['benchmark'][0]}: {first}", *others


def _first_task(part: Part, use: Use, fresh: bool) -> Task:
    """A firmware as it is, and what else its points will probably need of the same execution.

    What it programs shows when it has run. The settings are those of firmware that programs what is on record.
    """
    board = load_board(part.board)
    likely = usually_programmed(board)
    wanted = () if likely is None else needed(prepare(part, board, likely, with_reasons=False), use)
    own = MemorySettings(place=part.request.place)
    beside = [settings for settings in wanted if settings != own and executed_under(settings, board) == own]
    return Task(part.request, (own, *beside[: MOST_LANES - 1]), fresh)


def _prepared(part: Part, outcome: Outcome) -> Prepared | None:
    """The tables of a part whose firmware ran; None: it did not."""
    firmware = outcome.firmware
    return None if firmware is None else prepare(part, firmware.board, firmware.programmed)


def plain_words(words: Mapping[str, object]) -> dict[str, Any]:
    """The words of a study as they were given, as JSON can hold them."""
    return {word: _plain(value) for word, value in words.items()}


def _plain(value: object) -> object:
    item = getattr(value, "tolist", None)  # of numpy
    value = item() if callable(item) else value
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, PathLike):
        return shown(fspath(value))
    return [_plain(each) for each in value] if isinstance(value, Iterable) else str(value)


def _by_settings(outcome: Outcome) -> dict[MemorySettings, Window | str]:
    return {**outcome.windows, **outcome.failures}


def _notes(prepared: Sequence[Prepared | None], outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """What a reader should know: what was decided in the user's place, and why energies are not known."""
    found: dict[str, None] = {}
    for ready, outcome in zip(prepared, outcomes, strict=True):
        if ready is None or outcome.firmware is None:
            continue
        found.update(dict.fromkeys(outcome.firmware.notes))
        legal = ready.points.unpriced[ready.points.reason == ""]
        found.update((f"{ready.board.id}: {text}", None) for text in dict.fromkeys(legal.tolist()) if text)
    return tuple(found)
