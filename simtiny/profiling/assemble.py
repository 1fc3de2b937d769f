"""From what was measured and priced with its calls to a `ProfileResult`."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simtiny.board import Board
from simtiny.call_tree import CallTree, StackUse
from simtiny.counts import Counts
from simtiny.flash.acceleration import unit_bytes
from simtiny.mlperf.workload import Workload
from simtiny.profiling.cell_energy import cell_energies
from simtiny.profiling.instruction_costs import instruction_costs
from simtiny.profiling.paths import Rows, call_paths, instructions_of
from simtiny.profiling.result import MemoryMap, ProfileResult, TimeLine
from simtiny.profiling.roofline import roofline
from simtiny.report.result import RunResult
from simtiny.timing.models import MODELS

POWER_BINS = 400
"""Of the time line's power."""


def assemble_profile(workload: Workload, counts: Counts, run: RunResult) -> ProfileResult:
    """The profile of one measured window whose calls were followed."""
    measurement, priced, tree = counts.measurement, counts.priced, counts.measurement.calls
    assert tree is not None
    board, profile = workload.board, measurement.profile
    consumed = run.energy
    costs = instruction_costs(profile, MODELS[board.core], priced.estimate, consumed, unit_bytes(board))
    cell_nj, asleep_nj = cell_energies(tree, profile, priced.estimate, consumed)
    frames, paths, path_of, rows = call_paths(tree, costs, lambda address: (), cell_nj, asleep_nj)
    texts = dict(zip(costs.address.tolist(), costs.text, strict=True))
    return ProfileResult(
        run=run,
        frames=frames,
        paths=paths,
        instructions=instructions_of(rows, lambda address: None, texts),
        time_line=_time_line(tree, path_of, cell_nj, asleep_nj, priced.estimate.clock_hz, measurement.layer_begins),
        regions=_regions(board, rows),
        roofline=roofline(run.layers, measurement.layers, board) if run.layers else None,
        stacks=tuple(_of_paths(stack, path_of) for stack in tree.stacks),
        heap=None,
        memory_map=MemoryMap({memory.name: memory.size for memory in board.memories}, (), None),
        source={},
        notes=(),
    )


def _of_paths(stack: StackUse, path_of: NDArray[np.int64]) -> StackUse:
    return replace(stack, lowest_path=int(path_of[stack.lowest_path]) if stack.lowest_path >= 0 else -1)


def _regions(board: Board, rows: Rows) -> dict[str, tuple[float, float, float]]:
    """Cycles, energy and instructions by the memory that code ran in."""
    found: dict[str, tuple[float, float, float]] = {}
    for memory in board.memories:
        inside = np.zeros(len(rows.address), bool)
        for base in (memory.base, *memory.aliases):
            inside |= (rows.address >= base) & (rows.address < base + memory.size)
        if inside.any():
            sums = (float(values[inside].sum()) for values in (rows.cycles, rows.energy_nj, rows.runs))
            found[memory.name] = (next(sums), next(sums), next(sums))
    return found


def _time_line(
    tree: CallTree,
    path_of: NDArray[np.int64],
    cell_nj: NDArray[np.float64],
    asleep_nj: NDArray[np.float64],
    clock_hz: float,
    layer_begins: Sequence[int],
) -> TimeLine:
    cycles = int(tree.cell_cycles.sum() + tree.asleep.sum())
    begins, nodes = tree.visits[:, 0] - tree.begin_cycle, tree.visits[:, 1]
    layers = np.array(layer_begins, np.int64) - tree.begin_cycle
    return TimeLine(
        cycles=cycles,
        visits=np.column_stack((begins, np.where(nodes < 0, -1, path_of[nodes]))),
        shortest_visit=tree.shortest_visit,
        layers=np.column_stack((layers[:-1], layers[1:])) if len(layers) > 1 else np.zeros((0, 2), np.int64),
        power=_power(tree, begins, cell_nj, asleep_nj, cycles, clock_hz),
    )


def _power(
    tree: CallTree,
    begins: NDArray[np.int64],
    cell_nj: NDArray[np.float64],
    asleep_nj: NDArray[np.float64],
    cycles: int,
    clock_hz: float,
) -> NDArray[np.float64]:
    """Mean power in bins of the window: at any time it is the mean of the node where the core is. Energy adds up."""
    if not cycles or not len(begins) or np.isnan(cell_nj).any():
        return np.zeros((0, 2))
    own_nj, own_cycles = np.zeros(len(tree.parent)), np.zeros(len(tree.parent))
    np.add.at(own_nj, tree.cell_node, cell_nj)
    np.add.at(own_cycles, tree.cell_node, tree.cell_cycles)
    nj_per_cycle = np.divide(own_nj, own_cycles, out=np.zeros_like(own_nj), where=own_cycles > 0)
    asleep_cycles = int(tree.asleep.sum())
    asleep = float(asleep_nj.sum()) / asleep_cycles if asleep_cycles else 0.0
    nodes = tree.visits[:, 1]
    rate = np.where(nodes < 0, asleep, nj_per_cycle[nodes])
    drawn_nj = np.concatenate(([0.0], np.cumsum(rate * np.diff(np.append(begins, cycles)))))
    edges = np.linspace(0, cycles, min(POWER_BINS, cycles) + 1)
    upto = np.interp(edges, np.append(begins, cycles), drawn_nj)
    total_nj = float(cell_nj.sum() + asleep_nj.sum())
    upto *= total_nj / upto[-1] if upto[-1] else 0.0
    seconds = np.diff(edges) / clock_hz
    return np.column_stack((edges[:-1], np.diff(upto) * 1e-6 / seconds))
