"""Runs the programs of a suite that a user has built, and sets what they take beside what was recorded."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from math import fsum
from pathlib import Path

from simtiny.board import Board
from simtiny.errors import SimtinyError
from simtiny.intervals import latency_interval
from simtiny.mlperf.workload import build
from simtiny.progress import Progress
from simtiny.request import Request
from simtiny.spread import spread
from simtiny.suite_check.programs import find_programs
from simtiny.suite_check.readings import WHOLE, Asked, Readings, keep, read, readings_key, stored
from simtiny.suite_check.result import FASTER_IS_MORE, MOST_CHANCE, SuiteCheck, SuiteRow, Unmeasured, chance
from simtiny.suite_check.suite import Printed, Suite, suite_named
from simtiny.suites import Figure, of_suite
from simtiny.timing.models import MODELS

MOST_RUNS = 4
"""Of a program whose figures depend on random numbers, each with a seed of its own."""
LIMIT_TIMES, LIMIT_BEYOND_CYCLES = 4, 100_000_000
"""A program may take so many times what was recorded of it, and so many cycles more, for start-up and printing."""


def compare(suite_name: str, folder: Path, jobs: int, progress: Progress, *, fresh: bool = False) -> SuiteCheck:
    """Each program of the suite that is in the folder, in `jobs` processes. What was run before comes from the store.

    Raises BadInput for a suite that there isn't, and for a folder that holds none of its programs.
    """
    suite = suite_named(suite_name)
    by_program: dict[str, list[Figure]] = {}
    for figure in of_suite(suite.name):
        by_program.setdefault(figure.program, []).append(figure)
    paths = find_programs(folder, by_program, suite)
    asked: dict[str, tuple[Asked, ...]] = {}
    failed = []
    for name, path in paths.items():
        try:
            asked[name] = _asked(path, by_program[name], suite)
        except SimtinyError as error:
            failed.append(Unmeasured(name, f"{type(error).__name__}: {error}"))
    readings = _read_all([each for runs in asked.values() for each in runs], jobs, progress, fresh=fresh)
    rows: list[SuiteRow] = []
    for name, runs in asked.items():
        found, problem = rows_of(by_program[name], [readings[readings_key(each)] for each in runs], runs[0])
        rows += found
        if problem is not None:
            failed.append(Unmeasured(name, problem))
    order = {figure: place for place, figure in enumerate(of_suite(suite.name))}
    return SuiteCheck(
        suite=suite,
        rows=tuple(sorted(rows, key=lambda row: order[row.figure])),
        failed=tuple(failed),
        missing=tuple(name for name in by_program if name not in paths),
    )


def runs_needed(figures: Sequence[Figure]) -> int:
    """How many runs bring what chance does below MOST_CHANCE, for each figure of which MOST_RUNS could."""
    needed = [
        next(runs for runs in range(1, MOST_RUNS + 1) if chance(figure, runs) <= MOST_CHANCE)
        for figure in figures
        if chance(figure, MOST_RUNS) <= MOST_CHANCE
    ]
    return max(needed, default=1)


def rows_of(
    figures: Sequence[Figure], readings: Sequence[Readings], asked: Asked
) -> tuple[tuple[SuiteRow, ...], str | None]:
    """The rows of one program, and why some of its figures have none."""
    failure = next((each.failure for each in readings if each.failure is not None), None)
    if failure is not None:
        return (), failure
    rows = []
    for figure in figures:
        part = figure.part if isinstance(asked.measured, Printed) else WHOLE
        cycles = [number for each in readings for number in each.cycles.get(part, ())]
        if cycles:
            said = next((each.said for each in readings if each.said), "")
            rows.append(_row(figure, cycles, said, asked.flashed.board))
    without = [figure.part for figure in figures if figure not in {row.figure for row in rows}]
    return tuple(rows), f"it has printed no cycles of {', '.join(without)}" if without else None


def _row(figure: Figure, cycles: Sequence[float], said: str, board: Board) -> SuiteRow:
    mean = fsum(cycles) / len(cycles)
    interval = latency_interval(board.core, MODELS[board.core].evidence.relative_uncertainty, recorded=False)
    ends = [_in_unit(figure, each) for each in (mean, *interval.around(mean))]
    return SuiteRow(figure, ends[0], min(ends[1:]), max(ends[1:]), len(cycles), said)


def _in_unit(figure: Figure, cycles: float) -> float:
    return 1e6 / cycles if figure.unit in FASTER_IS_MORE else cycles


def _asked(path: Path, figures: Sequence[Figure], suite: Suite) -> tuple[Asked, ...]:
    flashed = build(Request.from_dict({"image": path, "board": figures[0].board})).flashed
    limit = int(LIMIT_TIMES * fsum(figure.value for figure in figures if figure.unit == "cycles")) + LIMIT_BEYOND_CYCLES
    runs = runs_needed(figures) if isinstance(suite.measured, Printed) else 1
    return tuple(Asked(replace(flashed, seed=seed), suite.measured, limit, suite.place) for seed in range(runs))


def _read_all(asked: Sequence[Asked], jobs: int, progress: Progress, *, fresh: bool) -> Mapping[str, Readings]:
    """Readings by their key. Those that are not stored are run, the longest first."""
    keys = [readings_key(each) for each in asked]
    found = {} if fresh else {key: each for key in keys if (each := stored(key)) is not None}
    missing = sorted(((key, each) for key, each in zip(keys, asked, strict=True) if key not in found), key=_by_length)
    progress(len(found), len(keys))
    runs = (each for _, each in missing)
    with closing(spread(read, None, runs, jobs=min(jobs, len(missing)) or 1)) as results:
        for number, result in results:
            keep(missing[number][0], result)
            found[missing[number][0]] = result
            progress(len(found), len(keys))
    return found


def _by_length(run: tuple[str, Asked]) -> int:
    return -run[1].limit_cycles
