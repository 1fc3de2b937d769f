"""Pareto fronts, against their definition."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from simtiny.sweeps.front import AXES, front
from simtiny.sweeps.goals import Columns

FIGURES = st.sampled_from([0.0, 1.0, 2.0, 3.0, float("nan")])
POINTS = st.lists(st.tuples(FIGURES, FIGURES, FIGURES, FIGURES, st.booleans()), max_size=25)


def table(points: NDArray[np.float64], legal: NDArray[np.bool_]) -> Columns:
    return {"legal": legal, **{name: points[:, index] for index, name in enumerate(AXES)}}


def by_definition(points: NDArray[np.float64], legal: NDArray[np.bool_]) -> set[int]:
    figures = [tuple(np.where(np.isnan(row), np.inf, row).tolist()) for row in points]
    rows = [row for row in range(len(figures)) if legal[row]]

    def beats(one: int, other: int) -> bool:
        if figures[one] == figures[other]:
            return one < other
        return all(a <= b for a, b in zip(figures[one], figures[other], strict=True))

    return {row for row in rows if not any(beats(other, row) for other in rows if other != row)}


@given(POINTS)
def test_the_front_is_what_nothing_beats(given: list[tuple[float, float, float, float, bool]]) -> None:
    array = np.array(given, np.float64).reshape(-1, 5)
    points, legal = array[:, :4], array[:, 4] > 0
    found = front(table(points, legal))
    assert found.dtype == np.int64
    assert len(set(found.tolist())) == len(found)
    assert set(found.tolist()) == by_definition(points, legal)
    latencies = points[found, 0]
    assert (np.diff(np.where(np.isnan(latencies), 1e9, latencies)) >= 0).all()


def test_a_point_stands_for_its_equals_and_the_unknown_decides_nothing() -> None:
    nan = float("nan")
    points = np.array([[2.0, nan, 8, 8], [2.0, nan, 8, 8], [3.0, nan, 4, 8], [2.0, nan, 9, 8], [1.0, nan, 1, 1]])
    legal = np.array([True, True, True, True, False])
    assert front(table(points, legal)).tolist() == [0, 2]


@pytest.mark.slow
def test_a_million_points_take_less_than_three_seconds() -> None:
    random = np.random.default_rng(2)
    clock = random.uniform(16, 120, 1_000_000)
    points = np.stack(
        [1e3 / clock, clock * random.uniform(1, 1.2, clock.size), *random.integers(1, 16, (2, clock.size))]
    )
    start = time.process_time()
    found = front(table(points.T.astype(np.float64), np.ones(clock.size, bool)))
    assert time.process_time() - start < 3
    assert len(found) > 100
    worst = table(np.stack([clock, -clock, clock * 0, clock * 0], axis=1), np.ones(clock.size, bool))
    assert len(front(worst)) == len(np.unique(clock))  # each is faster than those that take less
