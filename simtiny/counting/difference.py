"""The difference of two marks, as a profile."""

import numpy as np

from simtiny.counting import layout
from simtiny.counting.blocks import BlockTable
from simtiny.counting.counters import Mark
from simtiny.errors import Unpriced
from simtiny.notes import Note
from simtiny.profile import CodeBlock, Profile


def profile(table: BlockTable, start: Mark, end: Mark, board: str, image: str, notes: tuple[Note, ...]) -> Profile:
    """The difference of two marks on one machine. `table`: its blocks and the edges between them.

    Raises Unpriced when the firmware changed its clock or the flash's wait states between the marks.
    """
    if start.reconfigurations != end.reconfigurations:
        raise Unpriced("the firmware changes its clock or the flash's wait states within the measured window")
    edges = end.edges.copy()
    edges[: len(start.edges)] -= start.edges
    blocks = end.blocks.copy()
    for name in layout.BLOCK_COUNTS.dtype.names or ():
        blocks[name][: len(start.blocks)] -= start.blocks[name]
    ran = np.flatnonzero(edges)
    rows = [(table.rows[n].before, table.rows[n].block, edges[n]) for n in ran]
    return Profile(
        board=board,
        image=image,
        blocks=tuple(CodeBlock(block.address, block.code, block.flash_loads) for block in table.blocks[: len(blocks)]),
        edges=np.array(rows, np.int64).reshape(-1, 3),
        taken=np.array([table.rows[n].taken for n in ran], np.bool_),
        fetch_misses=np.stack([blocks["branch_misses"], blocks["sequential_misses"]], axis=1),
        hidden=end.hidden - start.hidden,
        data_reads=np.stack([blocks["data_reads"], blocks["data_misses"]], axis=1),
        ram_misses=blocks["ram_misses"],
        mispredicts=blocks["mispredicts"],
        unaligned_loads=blocks["unaligned_loads"],
        read_ahead=np.stack([blocks["code_ahead"], blocks["data_ahead"]], axis=1),
        divides=end.divides - start.divides,
        exceptions=end.exceptions - start.exceptions,
        exception_cycles=end.exception_cycles - start.exception_cycles,
        sleep_cycles=end.sleep_cycles - start.sleep_cycles,
        cycles=end.cycles - start.cycles,
        operating_point=end.operating_point,
        notes=notes,
        what_if=tuple(now.since(then) for now, then in zip(end.what_if, start.what_if, strict=True)),
    )
