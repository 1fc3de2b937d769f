"""Sums of fractions: the same to the last digit in any Python. `tests.conftest` looks for `sum` in all other tests."""

import builtins
import json
from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import Any

import pytest

from simtiny import api
from simtiny.report.breakdown_text import where_tables
from simtiny.report.document import run_document


def compensated(values: Iterable[Any], start: Any = 0) -> Any:
    """`sum` of Python 3.12 and later: fractions by Neumaier's method."""
    total, lost = start, 0.0
    for value in values:
        following = total + value
        if isinstance(following, float):
            lost += (total - following) + value if abs(total) >= abs(value) else (value - following) + total
        total = following
    return total + lost if isinstance(total, float) else total


def outputs() -> str:
    results = api.run_all(["ad01"])
    tables = "\n".join(str(row) for table in where_tables(results) for row in table.columns)
    return json.dumps(run_document(results)) + tables


def test_compensated_sums_differ() -> None:
    """One after the other, as `sum` adds up to Python 3.11, they give less than 1."""
    assert compensated([0.1] * 10) == 1.0 != reduce(add, [0.1] * 10)


def test_outputs_are_the_same_with_compensated_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    api.run("ad01")  # puts the counts into the store: what follows prices them
    plain = outputs()
    monkeypatch.setattr(builtins, "sum", compensated)
    assert outputs() == plain
