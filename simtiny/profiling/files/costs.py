"""The costs of a profile as whole numbers, by path and instruction: what callgrind and pprof files hold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simtiny.profiling.files.whole import whole_in_groups
from simtiny.profiling.result import INLINED, ProfileResult

_LEAST_REST = 1e-6
"""Relative to a path's value; what is less is rounding."""


@dataclass(frozen=True)
class Costs:
    """Exclusive costs: a row for each instruction under a path, and one for what of a path is no instruction's.

    path, address, file, line: int64 (rows,), as in `Instructions`; of a rest the address of its function, or 0.
    values: int64 (rows, quantities), cycles, then pJ if the energy is known, then instructions. `energy`: if it is.
    Each column sums up to the rounded sum of the paths.
    """

    path: NDArray[np.int64]
    address: NDArray[np.int64]
    file: NDArray[np.int64]
    line: NDArray[np.int64]
    values: NDArray[np.int64]
    energy: bool


def knows_energy(result: ProfileResult) -> bool:
    """Whether the energy of every path is known."""
    return not bool(np.isnan(result.paths.energy_nj).any())


def owners(result: ProfileResult) -> NDArray[np.int64]:
    """Of each path the one that it is inlined in, at last; itself if it is not inlined. Shape (paths,)."""
    inlined = np.array([frame.kind == INLINED for frame in result.frames], bool)
    found = np.arange(len(result.paths.parent))
    for path in np.flatnonzero(inlined[result.paths.frame]).tolist() if len(found) else ():
        above = int(result.paths.parent[path])
        found[path] = found[above] if above >= 0 else path
    return found


def source_lines(result: ProfileResult) -> dict[int, tuple[int, int]]:
    """Of each instruction by its address, file and line as in `Instructions`."""
    rows = result.instructions
    return dict(zip(rows.address.tolist(), zip(rows.file.tolist(), rows.line.tolist(), strict=True), strict=True))


def whole_costs(result: ProfileResult) -> Costs:
    """The costs of all paths."""
    paths, rows = result.paths, result.instructions
    count, energy = len(paths.parent), knows_energy(result)
    pairs = [(paths.cycles, rows.cycles)]
    if energy:
        pairs.append((paths.energy_nj * 1000, rows.energy_nj * 1000))
    pairs.append((paths.instructions, rows.runs))
    every = np.arange(count)
    rests = [_rest(of_paths, of_rows, rows.path) for of_paths, of_rows in pairs]
    has_rest = np.logical_or.reduce([rest > 0 for rest in rests])
    path = np.concatenate((rows.path, every[has_rest]))
    columns = [
        whole_in_groups(np.concatenate((of_rows, rest[has_rest])), path, count)
        for (_, of_rows), rest in zip(pairs, rests, strict=True)
    ]
    owner = owners(result)[has_rest]
    frames = [result.frames[paths.frame[each]] for each in owner.tolist()]
    return Costs(
        path=path,
        address=np.concatenate((rows.address, np.array([max(frame.address, 0) for frame in frames], np.int64))),
        file=np.concatenate((rows.file, np.full(len(frames), -1, np.int64))),
        line=np.concatenate((rows.line, np.array([frame.line for frame in frames], np.int64))),
        values=np.column_stack(columns),
        energy=energy,
    )


def _rest(of_paths: NDArray[np.float64], of_rows: NDArray[np.float64], path: NDArray[np.int64]) -> NDArray[np.float64]:
    """What of each path's value is in no row."""
    left = of_paths.copy()
    np.subtract.at(left, path, of_rows)
    return np.where(left > _LEAST_REST * (1 + of_paths), left, 0.0)
