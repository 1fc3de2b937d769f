"""How often each event that costs energy took place in a window of execution."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simtiny.event_counts import EVENTS as EVENTS
from simtiny.event_counts import EventCounts as EventCounts
from simtiny.isa.instruction import BRANCHES, FLOATING_POINT, LOADS, STORES, Instruction, Kind
from simtiny.profiles import CodeBlock, Profile
from simtiny.timing.prices import instructions

_KINDS = {
    Kind.MULTIPLY: "multiply",
    Kind.LONG_MULTIPLY: "multiply",
    Kind.MULTIPLY_ACCUMULATE: "multiply_accumulate",
    Kind.LONG_MULTIPLY_ACCUMULATE: "multiply_accumulate",
    **dict.fromkeys(FLOATING_POINT, "floating_point"),
}


_COLUMN = {name: column for column, name in enumerate(EVENTS)}
_LINE_BYTES = {"Cortex-M33": 16}
_USUAL_LINE_BYTES = 8
"""A line of code, by core: what one read of the flash, or of the cache in front of it, gives on the chips whose
currents were compared (docs/validation/energy.md): 64 bits on Cortex-M0+ and M4, the ICACHE's 128 on M33. While code
stays in one line, as a short loop does, that is not read again."""


def events_by_block(profile: Profile, runs: NDArray[np.int64], core: str) -> NDArray[np.int64]:
    """The events of each block: shape (blocks, events), columns as the fields of EventCounts. `runs`: of each block.
    `core`: its name, as Arm writes it.

    Those in cycles belong to the window: of divides it has their number, of cycles and sleep nothing.

    Whether a branch was taken shows only when the next block begins: until then it counts as not taken, and an edge
    that was taken corrects that in the block that it left. Where a window begins right behind such a branch, this
    block ran before it: its row has one branch taken too many and one not taken too few (it may be -1). The window
    before has it the other way round, so that the events of adjoining windows add up to those of both.
    """
    blocks = profile.blocks
    counts = np.zeros((len(blocks), len(EVENTS)), np.int64)
    ran = np.flatnonzero(runs)
    each = np.array([block_events(blocks[number]) for number in ran.tolist()], np.int64)
    counts[ran] = each.reshape(-1, len(EVENTS)) * runs[ran][:, np.newaxis]
    before = profile.edges[:, 0]
    left = set(before[profile.taken & (before >= 0)].tolist())
    branches = np.zeros(len(blocks) + 1, np.bool_)  # the last place is that of -1: no block
    branches[[number for number in left if ends_in_branch(blocks[number])]] = True
    taken = profile.taken & branches[before]
    np.add.at(counts[:, _COLUMN["branch_taken"]], before[taken], profile.edges[taken, 2])
    np.subtract.at(counts[:, _COLUMN["branch_not_taken"]], before[taken], profile.edges[taken, 2])
    counts[:, _COLUMN["code_lines"]] = _code_lines(profile, line_bytes(core))
    counts[:, _COLUMN["flash_reads"]] = profile.fetch_misses.sum(axis=1) + profile.data_reads[:, 1]
    counts[:, _COLUMN["ram_line_reads"]] = profile.ram_misses
    return counts


def line_bytes(core: str) -> int:
    """Of a line of code. `core`: its name, as Arm writes it."""
    return _LINE_BYTES.get(core, _USUAL_LINE_BYTES)


def _code_lines(profile: Profile, bytes_of_line: int) -> NDArray[np.int64]:
    """Of each block, how often code came from another line than that of the instruction before: shape (blocks,)."""
    start = np.array([block.address for block in profile.blocks], np.int64)
    first = start // bytes_of_line
    last = (start + np.array([len(block.code) for block in profile.blocks], np.int64) - 1) // bytes_of_line
    before, block, count = profile.edges.T
    entered = (before < 0) | (last[before] != first[block])
    lines = np.zeros(len(profile.blocks), np.int64)
    np.add.at(lines, block, (last[block] - first[block] + entered) * count)
    return lines


def count_events(profile: Profile, by_block: NDArray[np.int64], cycles: int) -> EventCounts:
    """Sum up a window. `by_block`: from `events_by_block`. `cycles`: asleep or awake."""
    counts: dict[str, int] = dict(zip(EVENTS, by_block.sum(axis=0).tolist(), strict=True))
    counts["cycles"], counts["sleeping"] = cycles - profile.sleep_cycles, profile.sleep_cycles
    counts["divide"] = int((profile.divides * np.arange(len(profile.divides))).sum())
    return EventCounts(**counts)


@lru_cache(maxsize=1 << 16)
def block_events(block: CodeBlock) -> tuple[int, ...]:
    """Of one run through a block, as the fields of EventCounts."""
    row = [0] * len(EVENTS)
    for now in instructions(block):
        event, times = instruction_event(now)
        row[_COLUMN[event]] += times
    return tuple(row)


def ends_in_branch(block: CodeBlock) -> bool:
    """Whether its last instruction may go elsewhere."""
    return instructions(block)[-1].kind in BRANCHES


def instruction_event(now: Instruction) -> tuple[str, int]:
    """The event of one run of an instruction, a field of EventCounts, and how often it counts."""
    if now.kind in LOADS:
        return ("flash_load_words" if now.reads_flash else "load_words"), now.transfers
    if now.kind in STORES:
        return "store_words", now.transfers
    if now.kind is Kind.DIVIDE:
        return "divide", 1
    if now.kind in BRANCHES:
        return "branch_not_taken", 1  # until the next block shows
    return _KINDS.get(now.kind, "data_processing"), 1
