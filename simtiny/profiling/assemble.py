"""From what was measured and priced with its calls to a `ProfileResult`."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simtiny.board import Board
from simtiny.call_tree import FUNCTION, CallTree, StackUse
from simtiny.counts import Counts
from simtiny.flash.acceleration import unit_bytes
from simtiny.image import Image, Move, moved_to
from simtiny.mlperf.workload import Workload
from simtiny.notes import Note, NoteKind
from simtiny.profiling.cell_energy import cell_energies
from simtiny.profiling.heap import Heap
from simtiny.profiling.heap_use import heap_use
from simtiny.profiling.instruction_costs import instruction_costs
from simtiny.profiling.memory_map import memory_map
from simtiny.profiling.paths import Rows, call_paths, instructions_of
from simtiny.profiling.power_trace import POWER_WINDOW_S, binned, power_trace
from simtiny.profiling.result import INLINED, Frame, HeapUse, ProfileResult, TimeLine
from simtiny.profiling.roofline import roofline
from simtiny.report.result import RunResult
from simtiny.source import find_sources
from simtiny.timing.models import MODELS

POWER_BINS = 400
"""Of the time line's power."""


def assemble_profile(
    workload: Workload,
    counts: Counts,
    run: RunResult,
    heap: Heap | None,
    moves: Sequence[Move] = (),
    power_window_s: float = POWER_WINDOW_S,
) -> ProfileResult:
    """The profile of one measured window whose calls were followed.

    `heap`: what has listened to it. `moves`: what was priced as if it lay elsewhere. `power_window_s`: of power over
    time, where events were marked for it.
    """
    measurement, priced, tree = counts.measurement, counts.priced, counts.measurement.calls
    assert tree is not None
    image, board, profile = workload.executed or workload.image, workload.board, measurement.profile
    consumed = run.energy
    costs = instruction_costs(profile, MODELS[board.core], priced.estimate, consumed, unit_bytes(board))
    cell_nj, asleep_nj = cell_energies(tree, profile, priced.estimate, consumed)
    frames, paths, path_of, rows = call_paths(tree, costs, lambda address: _frames(image, address), cell_nj, asleep_nj)
    texts = dict(zip(costs.address.tolist(), costs.text, strict=True))
    instructions = instructions_of(rows, image.source_at, texts)
    clock_hz, cycles = priced.estimate.clock_hz, int(tree.cell_cycles.sum() + tree.asleep.sum())
    power = power_trace(tree, cycles, clock_hz, consumed, power_window_s)
    time_line = _time_line(tree, path_of, cycles, binned(power, cycles, clock_hz, POWER_BINS), measurement.layer_begins)
    used, heap_notes = _heap(tree, path_of, heap, image, time_line.cycles)
    return ProfileResult(
        run=run,
        frames=frames,
        paths=paths,
        instructions=instructions,
        time_line=time_line,
        regions=_regions(board, rows, moves),
        roofline=roofline(run.layers, measurement.layers, board) if run.layers else None,
        stacks=tuple(_of_paths(stack, path_of) for stack in tree.stacks),
        heap=used,
        memory_map=memory_map(image, board, workload.plan),
        source=find_sources(instructions.files, image.folder),
        notes=run.notes + heap_notes + _debug_notes(image) + _notes(tree),
        power=power,
        layer_tensors=tuple(layer.name for layer in workload.plan.layers) if workload.plan and run.layers else (),
    )


def _frames(image: Image, address: int) -> tuple[Frame, ...]:
    """The function at an address and what is inlined there, outermost first."""
    return tuple(
        Frame(each.name, INLINED if each.is_inlined else FUNCTION, each.address, each.file, each.line)
        for each in image.frames_at(address)
    )


def _heap(
    tree: CallTree, path_of: NDArray[np.int64], heap: Heap | None, image: Image, cycles: int
) -> tuple[HeapUse | None, tuple[Note, ...]]:
    """What the heap did in the window. Its paths are nodes as the engine calls them."""
    if heap is None:
        return None, ()
    used, notes = heap_use(heap.events(), image, tree.begin_cycle, tree.begin_cycle + cycles)

    def path(number: int) -> int:
        place = int(np.searchsorted(tree.number, number))
        return int(path_of[place]) if place < len(tree.number) and tree.number[place] == number else -1

    leaks = tuple((size, times, path(number)) for size, times, number in used.leaks)
    return replace(used, peak_path=path(used.peak_path), leaks=leaks), notes


def _debug_notes(image: Image) -> tuple[Note, ...]:
    found = image.debug.notes if image.debug else ()
    return tuple(Note(NoteKind.METHOD, "debug information", 1, text) for text in found)


def _notes(tree: CallTree) -> tuple[Note, ...]:
    found = []
    if tree.is_folded:
        text = "there are too many call paths: of the later ones some stand where their function stood before"
        found.append(Note(NoteKind.METHOD, "call paths", 1, text))
    if tree.shortest_visit:
        text = f"the time line leaves out calls shorter than {tree.shortest_visit:,} cycles: there are too many"
        found.append(Note(NoteKind.METHOD, "time line", 1, text))
    return tuple(found)


def _of_paths(stack: StackUse, path_of: NDArray[np.int64]) -> StackUse:
    return replace(stack, lowest_path=int(path_of[stack.lowest_path]) if stack.lowest_path >= 0 else -1)


def _regions(board: Board, rows: Rows, moves: Sequence[Move]) -> dict[str, tuple[float, float, float]]:
    """Cycles, energy and instructions by the memory that code ran in, or was taken to run in by `moves`."""
    found: dict[str, tuple[float, float, float]] = {}
    address = np.array([moved_to(moves, each) for each in rows.address.tolist()], np.int64) if moves else rows.address
    for memory in board.memories:
        inside = np.zeros(len(address), bool)
        for base in (memory.base, *memory.aliases):
            inside |= (address >= base) & (address < base + memory.size)
        if inside.any():
            sums = (float(values[inside].sum()) for values in (rows.cycles, rows.energy_nj, rows.runs))
            found[memory.name] = (next(sums), next(sums), next(sums))
    return found


def _time_line(
    tree: CallTree,
    path_of: NDArray[np.int64],
    cycles: int,
    power: NDArray[np.float64],
    layer_begins: Sequence[int],
) -> TimeLine:
    begins, nodes = tree.visits[:, 0] - tree.begin_cycle, tree.visits[:, 1]
    layers = np.array(layer_begins, np.int64) - tree.begin_cycle
    return TimeLine(
        cycles=cycles,
        visits=np.column_stack((begins, np.where(nodes < 0, -1, path_of[nodes]))),
        shortest_visit=tree.shortest_visit,
        layers=np.column_stack((layers[:-1], layers[1:])) if len(layers) > 1 else np.zeros((0, 2), np.int64),
        power=power,
    )
