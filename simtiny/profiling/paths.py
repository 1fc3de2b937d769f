"""From the call tree of a window to call paths with inlined frames, and what each instruction took under each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simtiny.call_tree import CallTree
from simtiny.profiling.instruction_costs import InstructionCosts
from simtiny.profiling.result import ASLEEP, ENTRY, Frame, Instructions, Paths
from simtiny.timing.effects import Effect

FramesAt = Callable[[int], Sequence[Frame]]
"""Of an address the function there and what is inlined in it, outermost first; empty where nothing is known."""

_MEMORIES = [Effect.FLASH_CODE, Effect.FLASH_DATA, Effect.RAM_DATA]


@dataclass
class _Tree:
    """Paths as they are found. `path_of`: of each node of the call tree."""

    frames: list[Frame] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    frame: list[int] = field(default_factory=list)
    site: list[int] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    path_of: list[int] = field(default_factory=list)
    _frames: dict[Frame, int] = field(default_factory=dict)
    _inlined: dict[tuple[int, int], int] = field(default_factory=dict)

    def add(self, parent: int, frame: Frame, site: int, calls: int) -> int:
        number = self._frames.get(frame)
        if number is None:
            number = self._frames[frame] = len(self.frames)
            self.frames.append(frame)
        self.parent.append(parent)
        self.frame.append(number)
        self.site.append(site)
        self.calls.append(calls)
        return len(self.parent) - 1

    def inside(self, path: int, inlined: Sequence[Frame]) -> int:
        """The path of code that is inlined in another path's."""
        for frame in inlined:
            key = path, self._frames.get(frame, -1)
            found = self._inlined.get(key)
            if found is None:
                found = self.add(path, frame, -1, 0)
                self._inlined[path, self.frame[found]] = found
            path = found
        return path


def call_paths(
    tree: CallTree,
    costs: InstructionCosts,
    frames_at: FramesAt,
    cell_energy_nj: NDArray[np.float64],
    node_energy_nj: NDArray[np.float64],
) -> tuple[tuple[Frame, ...], Paths, NDArray[np.int64], "Rows"]:
    """Frames, paths, the path of each node of the tree, and rows of what each instruction took under a path.

    cell_energy_nj: (cells,), of each cell. node_energy_nj: (nodes,), of what is asleep there.
    """
    found, chains = _Tree(), _Chains(frames_at)
    for node in range(len(tree.parent)):
        routine, above, site = tree.routines[tree.routine[node]], int(tree.parent[node]), int(tree.site[node])
        parent = -1
        if above >= 0:
            parent = found.path_of[above]
            if site >= 0:
                parent = found.inside(parent, chains.inlined(site))
        outer = chains.outer(routine.address) if routine.address >= 0 else None
        frame = Frame(routine.name, routine.kind, routine.address)
        if outer is not None:
            frame = Frame(outer.name, routine.kind, routine.address, outer.file, outer.line)
        found.path_of.append(found.add(parent, frame, site, int(tree.calls[node])))
    rows = _rows(tree, costs, found, chains, cell_energy_nj)
    others = _others(tree, found, cell_energy_nj, node_energy_nj)
    count = len(found.parent)
    cycles, energy_nj, instructions, misses = (np.zeros(count) for _ in range(4))
    for values, of_rows, of_others in (
        (cycles, rows.cycles, others[1]),
        (energy_nj, rows.energy_nj, others[2]),
    ):
        np.add.at(values, rows.path, of_rows)
        np.add.at(values, others[0], of_others)
    np.add.at(instructions, rows.path, rows.runs)
    np.add.at(misses, rows.path, rows.misses)
    paths = Paths(
        parent=np.array(found.parent, np.int64),
        frame=np.array(found.frame, np.int64),
        site=np.array(found.site, np.int64),
        calls=np.array(found.calls, np.int64),
        cycles=cycles,
        energy_nj=energy_nj,
        instructions=instructions,
        misses=misses,
    )
    return tuple(found.frames), paths, np.array(found.path_of, np.int64), rows


@dataclass(frozen=True)
class Rows:
    """What an instruction took under a path: arrays of shape (rows,), by address, then by path."""

    address: NDArray[np.int64]
    bytes: NDArray[np.int64]
    path: NDArray[np.int64]
    runs: NDArray[np.float64]
    cycles: NDArray[np.float64]
    energy_nj: NDArray[np.float64]
    by_effect: NDArray[np.float64]
    misses: NDArray[np.float64]


class _Chains:
    """The frames at addresses, asked for once each."""

    def __init__(self, frames_at: FramesAt) -> None:
        self._frames_at = frames_at
        self._known: dict[int, tuple[Frame, ...]] = {}

    def _at(self, address: int) -> tuple[Frame, ...]:
        if address not in self._known:
            self._known[address] = tuple(self._frames_at(address))
        return self._known[address]

    def outer(self, address: int) -> Frame | None:
        """The function there."""
        frames = self._at(address)
        return frames[0] if frames else None

    def inlined(self, address: int) -> tuple[Frame, ...]:
        """What is inlined in it there."""
        return self._at(address)[1:]


def _rows(
    tree: CallTree, costs: InstructionCosts, found: _Tree, chains: _Chains, cell_energy_nj: NDArray[np.float64]
) -> Rows:
    """Each cell, split over the instructions of its block: see `_with_waits`; its energy as these share the block's."""
    cells = np.flatnonzero(tree.cell_block >= 0)
    block = tree.cell_block[cells]
    counts = costs.first[block + 1] - costs.first[block]
    cell = np.repeat(cells, counts)
    starts = np.cumsum(counts) - counts
    row = np.arange(len(cell)) - np.repeat(starts, counts) + np.repeat(costs.first[block], counts)
    runs = tree.cell_runs[cell] / np.maximum(costs.runs[row], 1) * costs.runs[row]
    of_block = costs.block[row]
    energy = _split(cell_energy_nj[cell], costs.energy_nj[row], costs.block_energy_nj[of_block], counts)
    share = tree.cell_runs[cell] / np.maximum(costs.runs[row], 1)
    by_effect = _with_waits(costs.by_effect[row] * share[:, np.newaxis], tree.cell_cycles[cells], starts, counts)
    cycles = by_effect.sum(axis=1)
    missed = tree.cell_flash_reads[cells] + tree.cell_ram_line_reads[cells]
    misses = _missed(by_effect[:, _MEMORIES].sum(axis=1), missed, starts, counts)
    chain_of = {int(address): chains.inlined(int(address)) for address in np.unique(costs.address[row])}
    base = np.array(found.path_of, np.int64)[tree.cell_node[cell]]
    address = costs.address[row]
    path = base.copy()
    deep = np.array([bool(chain_of[int(each)]) for each in address], bool)
    for index in np.flatnonzero(deep).tolist():
        path[index] = found.inside(int(base[index]), chain_of[int(address[index])])
    order = np.lexsort((path, address))
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(address[order]) != 0) | (np.diff(path[order]) != 0)
    firsts = np.flatnonzero(new)
    groups = order[firsts]
    if not len(firsts):
        none = np.zeros(0)
        return Rows(address, address, path, none, none, none, by_effect, none)
    return Rows(
        address=address[groups],
        bytes=costs.bytes[row][groups],
        path=path[groups],
        runs=np.add.reduceat(runs[order], firsts),
        cycles=np.add.reduceat(cycles[order], firsts),
        energy_nj=np.add.reduceat(energy[order], firsts),
        by_effect=np.add.reduceat(by_effect[order], firsts),
        misses=np.add.reduceat(misses[order], firsts),
    )


def _missed(
    waits: NDArray[np.float64], misses: NDArray[np.int64], starts: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The misses of each cell, by what its instructions wait for memories; where none waits the first one's."""
    known = _sums(waits, starts, counts)
    found: NDArray[np.float64] = waits * np.repeat(
        np.where(known > 0, misses / np.where(known > 0, known, 1.0), 0.0), counts
    )
    found[starts[counts > 0]] += np.where(known > 0, 0, misses)[counts > 0]
    return found


def _with_waits(
    by_effect: NDArray[np.float64], cycles: NDArray[np.int64], starts: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """What each instruction of each cell took: shape (rows, effects). `by_effect`: the same as if all cells were alike.

    What a cell's clock says beyond that are waits for code, which blocks share out, or else what a branch to the block
    takes, which depends on where it came from. Where neither can be, all effects change alike.
    """
    waits = by_effect[:, Effect.FLASH_CODE].copy()
    issued = by_effect.sum(axis=1) - waits
    left = cycles - _sums(issued, starts, counts)
    known = _sums(waits, starts, counts)
    are_waits = (known > 0) & (left >= 0)
    scale = np.where(are_waits, left / np.where(known > 0, known, 1.0), 0.0)
    found = by_effect.copy()
    found[:, Effect.FLASH_CODE] = waits * np.repeat(scale, counts)
    firsts = starts[counts > 0]
    found[firsts, Effect.BRANCH] += np.where(are_waits, 0.0, left)[counts > 0]
    total = _sums(by_effect.sum(axis=1), starts, counts)
    negative = np.zeros(len(starts), bool)
    negative[counts > 0] = (found[firsts, Effect.BRANCH] < 0) & (total[counts > 0] > 0)
    alike = np.repeat(np.where(negative, cycles / np.where(total > 0, total, 1.0), 0.0), counts)
    return np.where(np.repeat(negative, counts)[:, np.newaxis], by_effect * alike[:, np.newaxis], found)


def _sums(values: NDArray[np.float64], starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of each cell's rows: shape (cells,)."""
    upto = np.concatenate(([0.0], np.cumsum(values)))
    sums: NDArray[np.float64] = upto[starts + counts] - upto[starts]
    return sums


def _split(
    total: NDArray[np.float64],
    part: NDArray[np.float64],
    whole: NDArray[np.float64],
    counts: NDArray[np.int64],
) -> NDArray[np.float64]:
    """What each instruction has of its cell's total, evenly where its block took nothing."""
    length = np.repeat(counts, counts)
    share = np.where(whole != 0, part / np.where(whole != 0, whole, 1.0), 1.0 / np.maximum(length, 1))
    return total * share


def _others(
    tree: CallTree, found: _Tree, cell_energy_nj: NDArray[np.float64], node_energy_nj: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """What no instruction takes, exceptions' entries and sleep: paths, their cycles and energy."""
    paths, cycles, energy = [], [], []
    for cell in np.flatnonzero(tree.cell_block < 0).tolist():
        frame = Frame(ENTRY, ENTRY, -1)
        paths.append(found.add(found.path_of[tree.cell_node[cell]], frame, -1, 0))
        cycles.append(float(tree.cell_cycles[cell]))
        energy.append(float(cell_energy_nj[cell]))
    for node in np.flatnonzero(tree.asleep).tolist():
        paths.append(found.add(found.path_of[node], Frame(ASLEEP, ASLEEP, -1), -1, 0))
        cycles.append(float(tree.asleep[node]))
        energy.append(float(node_energy_nj[node]))
    return np.array(paths, np.int64), np.array(cycles, float), np.array(energy, float)


def instructions_of(
    rows: Rows, source_at: Callable[[int], tuple[str, int] | None], text_of: dict[int, str]
) -> Instructions:
    """The rows with the source lines and the text of their instructions."""
    files: dict[str, int] = {}
    where = {int(address): source_at(int(address)) for address in np.unique(rows.address)}
    file, line = np.full(len(rows.address), -1, np.int64), np.zeros(len(rows.address), np.int64)
    for index, address in enumerate(rows.address.tolist()):
        place = where[address]
        if place is not None:
            file[index], line[index] = files.setdefault(place[0], len(files)), place[1]
    return Instructions(
        files=tuple(files),
        address=rows.address,
        bytes=rows.bytes,
        path=rows.path,
        file=file,
        line=line,
        runs=rows.runs,
        cycles=rows.cycles,
        energy_nj=rows.energy_nj,
        by_effect=rows.by_effect,
        misses=rows.misses,
        text=tuple(text_of.get(address, "") for address in rows.address.tolist()),
    )
