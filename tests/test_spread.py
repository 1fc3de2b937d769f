"""Work that is spread over processes: the same results as without them, in bounded room, with one error of several."""

import math
import operator
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from simtiny.spread import spread


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_result_has_its_number(jobs: int) -> None:
    assert sorted(spread(operator.add, 10, range(20), jobs=jobs)) == [(number, 10 + number) for number in range(20)]
    assert list(spread(operator.add, 10, (), jobs=jobs)) == []


def test_what_is_done_first_comes_first() -> None:
    assert [number for number, _ in spread(operator.call, time.sleep, [0.5, 0.01, 0.01], jobs=2)] == [1, 2, 0]


def test_items_are_made_on_the_way() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            made.append(number)
            yield number

    with closing(spread(operator.add, 0, items(), jobs=2)) as stream:
        next(stream)
        assert len(made) <= 10


@pytest.mark.parametrize("jobs", [1, 3])
def test_of_several_errors_the_first_items_is_raised(jobs: int) -> None:
    """The second item fails long before the first."""
    with pytest.raises(ValueError, match="late"):
        list(spread(_fail, None, [(1.5, "late"), (0.0, "soon")], jobs=jobs))


def _fail(_: None, item: tuple[float, str]) -> None:
    time.sleep(item[0])
    raise ValueError(item[1])


def test_an_error_is_that_of_the_work() -> None:
    with pytest.raises(ValueError, match="math domain error"):
        list(spread(operator.call, math.sqrt, [4.0, -1.0], jobs=2))
