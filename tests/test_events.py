"""Events counted by hand."""

from dataclasses import replace

import numpy as np

from simtiny.estimate import estimate
from simtiny.events import EVENTS, EventCounts, count_events, events_by_block
from simtiny.profiles import CodeBlock, OperatingPoint
from simtiny.timing.cortex_m4 import CORTEX_M4
from tests.profiles import profile_of

NOTHING = EventCounts(**dict.fromkeys(EventCounts.__dataclass_fields__, 0))
AT_80_MHZ = OperatingPoint(80e6, 4, False, True, True, "1")


def test_events_of_a_loop() -> None:
    """Ten rounds of MULS, LDR, STR, SUBS, BNE: nine branches are taken."""
    code = bytes.fromhex("4843 1a68 1a60 013c fad1")
    divides = np.zeros(32, np.int64)
    divides[[3, 5]] = 2, 1
    profile = profile_of(
        (CodeBlock(0x0800_0000, code, frozenset()),),
        AT_80_MHZ,
        edges=np.array([[-1, 0, 1], [0, 0, 9]]),
        taken=np.array([False, True]),
        fetch_misses=np.array([[1, 2]]),
        data_reads=np.array([[7, 4]]),
        ram_misses=np.array([6]),
        divides=divides,
        sleep_cycles=1000,
    )
    found = estimate(profile, CORTEX_M4)
    assert found.events == replace(
        NOTHING,
        cycles=found.cycles - 1000,
        data_processing=10,
        multiply=10,
        load_words=10,
        store_words=10,
        branch_taken=9,
        branch_not_taken=1,
        code_lines=2 * 10,  # ten bytes in two lines of eight
        divide=2 * 3 + 5,
        flash_reads=1 + 2 + 4,
        ram_line_reads=6,
        sleeping=1000,
    )
    in_flash = replace(profile, blocks=(profile.blocks[0]._replace(flash_loads=frozenset({0x0800_0002})),))
    events = estimate(in_flash, CORTEX_M4).events
    assert (events.load_words, events.flash_load_words) == (0, 10)
    in_one_line = events_by_block(profile, np.array([10]), "Cortex-M33")  # of 16 bytes: the loop never leaves it
    assert in_one_line[0, EVENTS.index("code_lines")] == 1


def test_a_branch_between_two_windows_is_taken_once() -> None:
    """B runs as the last instruction of one window; that it was taken, the NOP at its target shows in the next."""
    blocks = (
        CodeBlock(0x0800_0000, bytes.fromhex("fee7"), frozenset()),
        CodeBlock(0x0800_0100, b"\x00\xbf", frozenset()),
    )
    first = profile_of(blocks, AT_80_MHZ, edges=np.array([[-1, 0, 1]]), taken=np.array([False]))
    then = replace(first, edges=np.array([[0, 1, 1]]), taken=np.array([True]))
    rows = (events_by_block(first, np.array([1, 0]), "Cortex-M4"), events_by_block(then, np.array([0, 1]), "Cortex-M4"))
    found = [count_events(first, by_block, 0) for by_block in rows]
    assert [(events.branch_taken, events.branch_not_taken) for events in found] == [(0, 1), (1, -1)]
    assert count_events(first, rows[0] + rows[1], 0) == replace(
        NOTHING, branch_taken=1, data_processing=1, code_lines=2
    )
