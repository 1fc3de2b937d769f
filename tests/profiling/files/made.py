"""Profiles made by hand."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from simtiny.profiling.result import Frame, Instructions, MemoryMap, Paths, ProfileResult, TimeLine
from tests.report.test_report import RESULT

CLOCK_HZ = 100e6
NONE = np.zeros(0)


def profile(
    frames: Sequence[Frame],
    paths: Sequence[tuple[int, int, int, int, float, float, float]],
    rows: Sequence[tuple[int, int, int, int, float, float, float]] = (),
    files: tuple[str, ...] = (),
    **time_line: Any,
) -> ProfileResult:
    """Paths: parent, frame, site, calls, cycles, nJ, runs. Rows: address, path, file, line, runs, cycles, nJ."""
    path = [np.array(column) for column in zip(*paths, strict=True)]
    row = [np.array(column) for column in zip(*rows, strict=True)] or [NONE.astype(np.int64)] * 4 + [NONE] * 3
    count = len(row[0])
    line = {"cycles": 0, "shortest_visit": 0, "visits": [], "layers": [], "power": []} | time_line
    run = replace(RESULT, operating_point=replace(RESULT.operating_point, clock_hz=CLOCK_HZ))
    return ProfileResult(
        run=run,
        frames=tuple(frames),
        paths=Paths(
            *(each.astype(np.int64) for each in path[:4]),
            *(each.astype(float) for each in path[4:]),
            misses=np.zeros(len(path[0])),
        ),
        instructions=Instructions(
            files, row[0], np.full(count, 2), row[1], row[2], row[3], row[4].astype(float), row[5].astype(float),
            row[6].astype(float), np.zeros((count, 1)), np.zeros(count), ("nop",) * count,
        ),
        time_line=TimeLine(
            cycles=line["cycles"],
            visits=np.array(line["visits"], np.int64).reshape(-1, 2),
            shortest_visit=line["shortest_visit"],
            layers=np.array(line["layers"], np.int64).reshape(-1, 2),
            power=np.array(line["power"], float).reshape(-1, 2),
        ),
        regions={}, roofline=None, stacks=(), heap=None, memory_map=MemoryMap({}, (), None), source={}, notes=(),
    )  # fmt: skip


FRAMES = (
    Frame("main", "thread", 0x100, "main.c", 5),
    Frame("work", "function", 0x200, "work.c", 10),
    Frame("square", "inlined", -1, "square.h", 3),
    Frame("TIM2", "exception", 0x300, "irq.c", 7),
    Frame("asleep", "asleep", -1),
)
# main calls work at 0x102; square is inlined in work; work calls itself at 0x204; TIM2 interrupts; main sleeps.
PROFILE = profile(
    FRAMES,
    [
        (-1, 0, -1, 0, 10, 1.5, 4),
        (0, 1, 0x102, 2, 30, 3.0, 20),
        (1, 2, -1, 0, 5, 0.25, 5),
        (1, 1, 0x204, 3, 7, 0.5, 3),
        (-1, 3, -1, 1, 8, 1.0, 6),
        (0, 4, -1, 0, 40, 0.125, 0),
    ],
    [
        (0x100, 0, 0, 6, 2, 4, 0.5),
        (0x102, 0, 0, 7, 2, 6, 1.0),
        (0x200, 1, 1, 11, 10, 20, 2.0),
        (0x200, 3, 1, 11, 3, 7, 0.5),
        (0x202, 2, 2, 4, 5, 5, 0.25),
        (0x204, 1, 1, 12, 10, 10, 1.0),
        (0x300, 4, 3, 8, 6, 8, 1.0),
    ],
    ("main.c", "work.c", "square.h", "irq.c"),
    cycles=100,
    visits=[(0, 0), (10, 1), (20, 2), (30, 4), (40, 2), (45, 3), (50, 0), (60, -1)],
    layers=[(0, 50), (50, 100)],
    power=[(0, 10.0), (50, 2.5)],
)
