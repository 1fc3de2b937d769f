"""The events that cost energy: what they are, and how often each took place in a window of execution."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from simtiny.isa.instruction import BRANCHES, FLOATING_POINT, LOADS, STORES, Instruction, Kind
from simtiny.profile import Profile

_KINDS = {
    Kind.MULTIPLY: "multiply",
    Kind.LONG_MULTIPLY: "multiply",
    Kind.MULTIPLY_ACCUMULATE: "multiply_accumulate",
    Kind.LONG_MULTIPLY_ACCUMULATE: "multiply_accumulate",
    **dict.fromkeys(FLOATING_POINT, "floating_point"),
}


@dataclass(frozen=True)
class EventCounts:
    """How often each event with an energy of its own took place.

    Every cycle awake costs something, and an instruction costs more on top: a wait is a cycle without one.
    """

    cycles: int  # awake
    data_processing: int
    multiply: int
    multiply_accumulate: int
    divide: int  # cycles
    floating_point: int
    load_words: int  # from RAM, through a cache or not
    flash_load_words: int  # by instructions that load from flash, through a cache or not
    store_words: int
    branch_taken: int
    branch_not_taken: int
    flash_reads: int  # units read from the flash array: what the caches and the fetch buffer missed
    ram_line_reads: int  # lines filled from RAM behind a data cache
    sleeping: int  # cycles in WFI or WFE


EVENTS = tuple(entry.name for entry in fields(EventCounts))
_COLUMN = {name: column for column, name in enumerate(EVENTS)}


def events_by_block(
    profile: Profile, blocks: Sequence[tuple[Instruction, ...]], runs: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The events of each block: shape (blocks, events), columns as the fields of EventCounts. `runs`: of each block.

    Those in cycles belong to the window: of divides it has their number, of cycles and sleep nothing.

    Whether a branch was taken shows only when the next block begins: until then it counts as not taken, and an edge
    that was taken corrects that in the block that it left. Where a window begins right behind such a branch, this
    block ran before it: its row has one branch taken too many and one not taken too few (it may be -1). The window
    before has it the other way round, so that the events of adjoining windows add up to those of both.
    """
    counts = np.zeros((len(blocks), len(EVENTS)), np.int64)
    for number, (block, count) in enumerate(zip(blocks, runs.tolist(), strict=True)):
        if count:
            for now in block:
                event, times = _event(now)
                counts[number, _COLUMN[event]] += times * count
    for (before, _, count), taken in zip(profile.edges.tolist(), profile.taken.tolist(), strict=True):
        if taken and before >= 0 and blocks[before][-1].kind in BRANCHES:
            counts[before, _COLUMN["branch_taken"]] += count
            counts[before, _COLUMN["branch_not_taken"]] -= count
    counts[:, _COLUMN["flash_reads"]] = profile.fetch_misses.sum(axis=1) + profile.data_reads[:, 1]
    counts[:, _COLUMN["ram_line_reads"]] = profile.ram_misses
    return counts


def count_events(profile: Profile, by_block: NDArray[np.int64], cycles: int) -> EventCounts:
    """Sum up a window. `by_block`: from `events_by_block`. `cycles`: asleep or awake."""
    counts: dict[str, int] = dict(zip(EVENTS, by_block.sum(axis=0).tolist(), strict=True))
    counts["cycles"], counts["sleeping"] = cycles - profile.sleep_cycles, profile.sleep_cycles
    counts["divide"] = int((profile.divides * np.arange(len(profile.divides))).sum())
    return EventCounts(**counts)


def _event(now: Instruction) -> tuple[str, int]:
    if now.kind in LOADS:
        return ("flash_load_words" if now.reads_flash else "load_words"), now.transfers
    if now.kind in STORES:
        return "store_words", now.transfers
    if now.kind is Kind.DIVIDE:
        return "divide", 1
    if now.kind in BRANCHES:
        return "branch_not_taken", 1  # until the next block shows
    return _KINDS.get(now.kind, "data_processing"), 1
