"""The time line where there are more calls than it has room for."""

from time import perf_counter
from types import SimpleNamespace

import numpy as np
import pytest

from simtiny.counting.visits import ASLEEP, Visits

ROWS = 1 << 18
DEEP = 1000
MAIN, HANDLER = 0, DEEP  # nodes: main and what calls itself below it, then the root of an exception, and its routine
PARENTS = np.array([-1, *range(DEEP - 1), -1, HANDLER])


def thinned(nodes: np.ndarray, stay: int) -> Visits:
    visits = Visits(SimpleNamespace(visits_count=0), lambda: PARENTS)
    for number in range(ROWS):
        visits.add(number * stay, int(nodes[number % len(nodes)]))
    return visits


@pytest.mark.parametrize(
    "nodes",
    [
        np.concatenate((np.arange(DEEP), np.arange(DEEP - 1, 0, -1))),  # a recursion, all the way down and up
        np.array([0, 1, 2, 3]),  # functions that jump on and return at once from all of them
        np.array([1, 1, 1, HANDLER + 1]),  # interrupts that take a quarter
        np.array([0, ASLEEP, HANDLER, HANDLER + 1]),
    ],
)
def test_what_is_left_out_is_not_much_longer_than_it_has_to_be(nodes: np.ndarray) -> None:
    """At 10 cycles each, 262,144 stays become a quarter at most: at two rows for each 128 cycles."""
    start = perf_counter()
    visits = thinned(nodes, 10)
    assert perf_counter() - start < 1
    assert 0 < visits.shortest <= 128
    found = visits.between(0, 10 * ROWS)
    assert 10_000 < len(found) <= ROWS // 4
    assert (np.diff(found[:, 0]) > 0).all()


def test_a_call_that_is_long_stays_among_short_ones() -> None:
    nodes = np.array([0, 1, 2, 1] * 100 + [0, HANDLER, HANDLER + 1, HANDLER])
    visits = Visits(SimpleNamespace(visits_count=0), lambda: PARENTS)
    cycle, long_from = 0, []
    for number in range(ROWS):
        node = int(nodes[number % len(nodes)])
        visits.add(cycle, node)
        if node == HANDLER + 1:
            long_from.append(cycle)
        cycle += 5000 if node == HANDLER + 1 else 4
    found = visits.between(0, cycle)
    assert visits.shortest < 5000
    assert found[found[:, 1] == HANDLER + 1, 0].tolist() == long_from
