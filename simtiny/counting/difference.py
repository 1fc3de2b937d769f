"""The difference of two marks, as a profile, and those of the lanes beside it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.counting import layout
from simtiny.counting.blocks import BlockTable
from simtiny.counting.counters import Mark
from simtiny.errors import Unpriced
from simtiny.notes import Note
from simtiny.profiles import CodeBlock, HandlerTime, Profile

BY_BLOCK = ("fetch_misses", "data_reads", "ram_misses", "ram_waits", "mispredicts", "unaligned_loads", "read_ahead")
"""The fields of a Profile that have a row a block."""
_TOTALS = ("cycles", "exceptions", "exception_cycles", "sleep_cycles")


def profile(table: BlockTable, start: Mark, end: Mark, board: str, image: str, notes: tuple[Note, ...]) -> Profile:
    """The difference of two marks on one machine. `table`: its blocks and the edges between them.

    Raises Unpriced when the firmware changed its clock or the flash's wait states between the marks.
    """
    if start.reconfigurations != end.reconfigurations:
        raise Unpriced("the firmware changes its clock or the flash's wait states within the measured window")
    edges = end.edges.copy()
    edges[: len(start.edges)] -= start.edges
    blocks = _since(start.blocks, end.blocks)
    ran = np.flatnonzero(edges)
    rows = [(table.rows[n].before, table.rows[n].block, edges[n]) for n in ran]
    return Profile(
        board=board,
        image=image,
        blocks=tuple(CodeBlock(block.address, block.code, block.flash_loads) for block in table.blocks[: len(blocks)]),
        edges=np.array(rows, np.int64).reshape(-1, 3),
        taken=np.array([table.rows[n].taken for n in ran], np.bool_),
        mispredicts=blocks["mispredicts"],
        unaligned_loads=blocks["unaligned_loads"],
        divides=end.divides - start.divides,
        exceptions=end.exceptions - start.exceptions,
        exception_cycles=end.exception_cycles - start.exception_cycles,
        sleep_cycles=end.sleep_cycles - start.sleep_cycles,
        cycles=end.cycles - start.cycles,
        operating_point=end.operating_point,
        programmed=end.programmed,
        notes=notes,
        hidden=end.hidden - start.hidden,
        handlers=_handlers(start, end),
        **_of_memories(blocks),
    )


def earlier(mark: Mark, first: Mark, last: Mark) -> Mark:
    """`mark` less what was counted between two others: a window that begins there has that, too. Without lanes."""
    edges = mark.edges.copy()
    edges[: len(last.edges)] -= last.edges
    edges[: len(first.edges)] += first.edges
    blocks = mark.blocks.copy()
    for name in layout.BLOCK_COUNTS.dtype.names or ():
        blocks[name][: len(last.blocks)] -= last.blocks[name]
        blocks[name][: len(first.blocks)] += first.blocks[name]
    return replace(
        mark,
        edges=edges,
        blocks=blocks,
        hidden=mark.hidden - (last.hidden - first.hidden),
        divides=mark.divides - (last.divides - first.divides),
        handlers=mark.handlers - (last.handlers - first.handlers),
        **{name: getattr(mark, name) - (getattr(last, name) - getattr(first, name)) for name in _TOTALS},
    )


def lanes(window: Profile, start: Mark, end: Mark) -> tuple[Profile, ...]:
    """What `window`, the profile between these marks, is in each of the machine's lanes."""
    return tuple(
        replace(
            window,
            cycles=window.cycles + now.ahead - then.ahead,
            hidden=now.hidden - then.hidden,
            operating_point=replace(
                window.operating_point,
                wait_states=now.acceleration.wait_states,
                miss_overhead_cycles=now.miss_overhead_cycles,
                prefetch=now.acceleration.prefetch,
                instruction_cache=now.acceleration.instruction_cache,
                data_cache=now.acceleration.data_cache,
            ),
            **_of_memories(_since(then.blocks, now.blocks)),
        )
        for then, now in zip(start.lanes, end.lanes, strict=True)
    )


def compact(window: Profile) -> Profile:
    """The same without the blocks that have no counts. Its price is the same, and equal passages have equal ones."""
    used = np.zeros(len(window.blocks) + 1, np.bool_)  # the last place is that of -1: no block
    used[window.edges[:, :2].ravel()] = True
    by_block = {name: getattr(window, name) for name in BY_BLOCK}
    for counts in by_block.values():
        used[:-1] |= counts.astype(bool).reshape(len(counts), -1).any(axis=1)
    kept = np.flatnonzero(used[:-1])
    numbers = np.full(len(used), -1)
    numbers[kept] = np.arange(len(kept))
    edges = window.edges.copy()
    edges[:, :2] = numbers[edges[:, :2]]
    return replace(
        window,
        blocks=tuple(window.blocks[number] for number in kept.tolist()),
        edges=edges,
        **{name: counts[kept] for name, counts in by_block.items()},
    )


def _handlers(start: Mark, end: Mark) -> tuple[HandlerTime, ...]:
    """Those that ran between two marks. One that runs at the first is what is measured, unless it begins again."""
    times = end.handlers - start.handlers
    return tuple(
        HandlerTime(int(number), int(times[number, 0]), int(times[number, 1]))
        for number in np.flatnonzero(times.any(axis=1))
        if times[number, 0] or number not in start.running
    )


def _since(start: NDArray[np.void], end: NDArray[np.void]) -> NDArray[np.void]:
    blocks = end.copy()
    for name in layout.BLOCK_COUNTS.dtype.names or ():
        blocks[name][: len(start)] -= start[name]
    return blocks


def _of_memories(blocks: NDArray[np.void]) -> Mapping[str, Any]:
    """The counts by block that depend on flash and caches."""
    return {
        "fetch_misses": np.stack([blocks["branch_misses"], blocks["sequential_misses"]], axis=1),
        "data_reads": np.stack([blocks["data_reads"], blocks["data_misses"]], axis=1),
        "ram_misses": blocks["ram_misses"],
        "ram_waits": blocks["ram_waits"],
        "read_ahead": np.stack([blocks["code_ahead"], blocks["data_ahead"]], axis=1),
    }
