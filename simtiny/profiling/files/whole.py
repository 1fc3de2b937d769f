"""Whole numbers that sum up to what fractions sum up to, for formats that know no fractions."""

import math

import numpy as np
from numpy.typing import NDArray

_NOISE = 1e-6


def whole(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Values of 0 or more, each rounded up or down so that their sum is the nearest to theirs. Whole ones stay."""
    values = _without_noise(values)
    return _rounded(values, np.zeros(len(values), np.int64), np.array([round(math.fsum(values))], np.int64))


def whole_in_groups(values: NDArray[np.float64], group: NDArray[np.int64], groups: int) -> NDArray[np.int64]:
    """As `whole`, and so that each group's sum is its own rounded up or down. `group`: of each value, from 0."""
    values = _without_noise(values)
    totals = np.zeros(groups)
    np.add.at(totals, group, values)
    return _rounded(values, group, whole(totals))


def _without_noise(values: NDArray[np.float64]) -> NDArray[np.float64]:
    nearest = np.rint(values)
    return np.where(np.abs(values - nearest) < _NOISE, nearest, values)


def _rounded(values: NDArray[np.float64], group: NDArray[np.int64], totals: NDArray[np.int64]) -> NDArray[np.int64]:
    """By largest remainder within each group."""
    found = np.floor(values).astype(np.int64)
    missing = totals.copy()
    np.subtract.at(missing, group, found)
    order = np.lexsort((found - values, group))
    in_order = group[order]
    rank = np.arange(len(order)) - np.searchsorted(in_order, in_order)
    found[order[rank < missing[in_order]]] += 1
    return found
