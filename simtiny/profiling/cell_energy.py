"""Energy of the cells of a call tree: what their blocks did, priced as the whole window's events were."""

import numpy as np
from numpy.typing import NDArray

from simtiny.call_tree import CallTree
from simtiny.energy import EnergyEstimate, constant_uj
from simtiny.estimate import Estimate
from simtiny.events import EVENTS, block_events, ends_in_branch
from simtiny.profiles import Profile


def cell_energies(
    tree: CallTree, profile: Profile, estimate: Estimate, consumed: EnergyEstimate | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nanojoules of each cell and, asleep, of each node: shapes (cells,) and (nodes,). NaN where none is known.

    With their share of the static power, so that both sum up to the window. What a divide takes by its operands is
    shared out evenly among all divides, and the lines of code that a block was fetched from among its runs.
    """
    if consumed is None:
        return np.full(len(tree.cell_node), np.nan), np.full(len(tree.parent), np.nan)
    static_nj = constant_uj(consumed) * 1e3 / max(estimate.cycles, 1)
    per_cycle = consumed.by_event_uj["cycles"] * 1e3 / max(estimate.events.cycles, 1) + static_nj
    asleep_nj = consumed.by_event_uj["sleeping"] * 1e3 / max(estimate.events.sleeping, 1) + static_nj
    counts = estimate.events_by_block.sum(axis=0)
    of_event = np.array(
        [consumed.by_event_uj[name] * 1e3 / count if count else 0.0 for name, count in zip(EVENTS, counts, strict=True)]
    )
    column = {name: index for index, name in enumerate(EVENTS)}
    inside = np.flatnonzero(tree.cell_block >= 0)
    block, runs = tree.cell_block[inside], tree.cell_runs[inside]
    used, place = np.unique(block, return_inverse=True)
    once = np.array([block_events(profile.blocks[number]) for number in used.tolist()], float).reshape(len(used), -1)
    branches = np.array([ends_in_branch(profile.blocks[number]) for number in used.tolist()], bool)
    events = once[place] * runs[:, np.newaxis]
    taken = np.where(branches[place], tree.cell_taken[inside], 0)
    events[:, column["branch_taken"]] += taken
    events[:, column["branch_not_taken"]] -= taken
    # A branch just before the window that was taken: it shows in the window, and its block ran in none of the cells.
    before = counts[column["branch_taken"]] - events[:, column["branch_taken"]].sum()
    events[:1, column["branch_taken"]] += before
    events[:1, column["branch_not_taken"]] -= before
    lines = estimate.events_by_block[:, column["code_lines"]]
    in_cells = np.bincount(block, runs, len(lines))
    each_run = np.divide(lines, in_cells, out=np.zeros(len(lines)), where=in_cells > 0)
    events[:, column["code_lines"]] = each_run[block] * runs
    events[:, column["flash_reads"]] += tree.cell_flash_reads[inside]
    events[:, column["ram_line_reads"]] += tree.cell_ram_line_reads[inside]
    energy = np.multiply(tree.cell_cycles, per_cycle, dtype=np.float64)
    for index, event_nj in enumerate(of_event):
        energy[inside] += events[:, index] * event_nj
    return energy, np.multiply(tree.asleep, asleep_nj, dtype=np.float64)
