"""The arena planner: overlap of lifetimes is never an overlap of memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtiny.model.arena import plan_arena

buffers = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 20), st.integers(0, 6)), max_size=25)


def columns(rows: list[tuple[int, int, int]]) -> tuple[list[int], list[int], list[int]]:
    return [r[0] for r in rows], [r[1] for r in rows], [r[1] + r[2] for r in rows]


@given(buffers, st.sampled_from([1, 4, 16, 32]))
def test_no_two_live_buffers_overlap_and_the_total_is_bounded(rows: list[tuple[int, int, int]], alignment: int) -> None:
    sizes, first, last = columns(rows)
    offsets, total = plan_arena(sizes, first, last, alignment)
    assert all(offset % alignment == 0 for offset in offsets)
    for i in range(len(rows)):
        assert offsets[i] + sizes[i] <= total
        for j in range(i):
            if first[i] <= last[j] and first[j] <= last[i] and sizes[i] and sizes[j]:
                assert offsets[i] + sizes[i] <= offsets[j] or offsets[j] + sizes[j] <= offsets[i]
    live = [sum(s for s, a, b in zip(sizes, first, last, strict=True) if a <= op <= b) for op in range(30)]
    assert max(live) <= total <= sum(size + alignment for size in sizes)
    assert plan_arena(sizes, first, last, alignment) == (offsets, total)


def test_a_chain_needs_only_its_two_largest_neighbours() -> None:
    # op 0: a->b, op 1: b->c, op 2: c->d. Worked by hand: b (1600) lives beside a, then beside c.
    offsets, total = plan_arena([490, 1600, 800, 160], [0, 0, 1, 2], [0, 1, 2, 2])
    assert offsets == [1600, 0, 1600, 0]
    assert total == 2400


def test_a_small_buffer_fills_the_lowest_aligned_gap() -> None:
    # Buffers 0 and 1 live throughout op 0..1; buffer 2 dies after op 0 and its place is used again by buffer 3.
    offsets, total = plan_arena([100, 90, 50, 40], [0, 0, 0, 1], [1, 1, 0, 1], 16)
    assert offsets == [0, 112, 208, 208]
    assert total == 258


def test_no_buffers_need_no_memory() -> None:
    assert plan_arena([], [], []) == ([], 0)


@pytest.mark.parametrize(
    ("sizes", "first", "last", "alignment"),
    [([1], [0], [], 16), ([-1], [0], [0], 16), ([1], [2], [1], 16), ([1], [0], [0], 0)],
)
def test_nonsense_is_refused(sizes: list[int], first: list[int], last: list[int], alignment: int) -> None:
    with pytest.raises(ValueError):
        plan_arena(sizes, first, last, alignment)
