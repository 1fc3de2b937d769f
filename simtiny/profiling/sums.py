"""Sums of a profile by function, by source line and by instruction: what tables show."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simtiny.profiling.result import Frame, Paths, ProfileResult
from simtiny.timing.effects import Effect


@dataclass(frozen=True)
class FrameSum:
    """A function, or what else a frame is. cycles, energy_nj, instructions, misses: its own, without what it calls.

    total_cycles, total_energy_nj: with those; recursion counts once. calls: how often it was called. effects: cycles by
    `Effect`, of its instructions.
    """

    frame: Frame
    calls: int
    cycles: float
    energy_nj: float
    instructions: float
    misses: float
    total_cycles: float
    total_energy_nj: float
    effects: tuple[float, ...]


@dataclass(frozen=True)
class LineSum:
    """A source line, or an instruction where `line` is 0. place: "file.c:12", or the address."""

    place: str
    frame: Frame
    runs: float
    cycles: float
    energy_nj: float
    misses: float
    effects: tuple[float, ...]
    text: str


def by_frame(result: ProfileResult) -> tuple[FrameSum, ...]:
    """All frames, those with most cycles of their own first."""
    paths, count = result.paths, len(result.frames)
    outermost = _outermost(paths)
    own = [
        np.bincount(paths.frame, values.astype(float), count)
        for values in (paths.calls, paths.cycles, paths.energy_nj, paths.instructions, paths.misses)
    ]
    totals = [
        np.bincount(paths.frame[outermost], paths.inclusive(values)[outermost], count)
        for values in (paths.cycles, paths.energy_nj)
    ]
    effects = np.zeros((count, len(Effect)))
    np.add.at(effects, paths.frame[result.instructions.path], result.instructions.by_effect)
    found = [
        FrameSum(
            frame=frame,
            calls=int(own[0][number]),
            cycles=float(own[1][number]),
            energy_nj=float(own[2][number]),
            instructions=float(own[3][number]),
            misses=float(own[4][number]),
            total_cycles=float(totals[0][number]),
            total_energy_nj=float(totals[1][number]),
            effects=tuple(effects[number].tolist()),
        )
        for number, frame in enumerate(result.frames)
    ]
    return tuple(sorted(found, key=lambda each: (-each.cycles, -each.total_cycles, each.frame.name)))


def _outermost(paths: Paths) -> NDArray[np.bool_]:
    """Whether a path is in no other one of its own frame: shape (paths,)."""
    children: dict[int, list[int]] = {}
    for path, parent in enumerate(paths.parent.tolist()):
        children.setdefault(parent, []).append(path)
    frame, on_the_way = paths.frame.tolist(), Counter[int]()
    found = np.zeros(len(paths.parent), bool)
    waiting = [(path, False) for path in children.get(-1, ())]
    while waiting:
        path, leaves = waiting.pop()
        if leaves:
            on_the_way[frame[path]] -= 1
            continue
        found[path] = on_the_way[frame[path]] == 0
        on_the_way[frame[path]] += 1
        waiting.append((path, True))
        waiting.extend((child, False) for child in children.get(path, ()))
    return found


def by_line(result: ProfileResult) -> tuple[LineSum, ...]:
    """All source lines, those with most cycles first. Instructions without one are left out."""
    rows = result.instructions
    names = short_names(rows.files)
    keys = [
        None if file < 0 else f"{names[file]}:{line}"
        for file, line in zip(rows.file.tolist(), rows.line.tolist(), strict=True)
    ]
    return _summed(result, keys)


def short_names(files: Sequence[str]) -> tuple[str, ...]:
    """Each file's last part, with as many folders before it as tell it from the others."""
    found = []
    for file in files:
        parts, others = file.replace("\\", "/").split("/"), [other for other in files if other != file]
        length = 1
        while length < len(parts) and any(other.endswith("/".join(parts[-length:])) for other in others):
            length += 1
        found.append("/".join(parts[-length:]))
    return tuple(found)


def by_instruction(result: ProfileResult) -> tuple[LineSum, ...]:
    """All instructions, those with most cycles first."""
    return _summed(result, [f"0x{address:08x}" for address in result.instructions.address.tolist()])


def _summed(result: ProfileResult, keys: Sequence[str | None]) -> tuple[LineSum, ...]:
    rows, numbers = result.instructions, dict[str, int]()
    group = np.array([-1 if key is None else numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
    kept = np.flatnonzero(group >= 0)
    firsts = np.full(len(numbers), -1, np.int64)
    firsts[group[kept][::-1]] = kept[::-1]
    sums = [
        np.bincount(group[kept], values[kept], len(numbers))
        for values in (rows.runs, rows.cycles, rows.energy_nj, rows.misses)
    ]
    effects = np.zeros((len(numbers), len(Effect)))
    np.add.at(effects, group[kept], rows.by_effect[kept])
    found = [
        LineSum(
            place=key,
            frame=result.frames[result.paths.frame[rows.path[firsts[number]]]],
            runs=float(sums[0][number]),
            cycles=float(sums[1][number]),
            energy_nj=float(sums[2][number]),
            misses=float(sums[3][number]),
            effects=tuple(effects[number].tolist()),
            text=rows.text[firsts[number]],
        )
        for key, number in numbers.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.cycles, each.place)))
