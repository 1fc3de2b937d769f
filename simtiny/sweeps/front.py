"""The Pareto front of a sweep: points that no other one beats in latency, energy, RAM and flash at once."""

import numpy as np
from numpy.typing import NDArray

from simtiny.sweeps.goals import Columns

AXES = ("latency_ms", "energy_uj", "ram_bytes", "flash_bytes")
"""Less is better in each."""


def front(columns: Columns) -> NDArray[np.int64]:
    """Legal rows that no other legal row beats, by rising latency.

    A row beats another that is nowhere better and somewhere worse in `AXES`. Of rows that are equal in all of them, the
    first stands for the others. What is not known (NaN) counts as worse than any figure; so a column without figures
    decides nothing.
    """
    legal = np.flatnonzero(columns["legal"]).astype(np.int64)
    latency, energy, ram, flash = (_worst_if_unknown(columns[name][legal]) for name in AXES)
    group, sizes = _groups(ram, flash)
    kept = _staircases(group, latency, energy)
    kept = kept[np.lexsort((kept, energy[kept], latency[kept]))]
    return legal[kept[_unbeaten(group[kept], sizes, latency[kept], energy[kept])]]


def _worst_if_unknown(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isnan(values), np.inf, values)


def _groups(ram: NDArray[np.float64], flash: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The number of each row's pair of RAM and flash, and the pairs by rising RAM, then flash: (rows), (pairs, 2).

    Few executions have few pairs.
    """
    rams, ram_index = np.unique(ram, return_inverse=True)
    flashes, flash_index = np.unique(flash, return_inverse=True)
    pairs, group = np.unique(ram_index * max(len(flashes), 1) + flash_index, return_inverse=True)
    sizes = np.stack([rams[pairs // max(len(flashes), 1)], flashes[pairs % max(len(flashes), 1)]], axis=1)
    return group.astype(np.int64), sizes


def _staircases(
    group: NDArray[np.int64], latency: NDArray[np.float64], energy: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Rows on the front of latency and energy of their own group, by group and rising latency.

    Of rows sorted by latency those are on it whose energy is below all before. Energies are taken as ranks, less so
    much a group that each group's lie below all of the one before: so one running minimum serves all groups.
    """
    order = np.lexsort((np.arange(len(group)), energy, latency, group))
    rank = np.unique(energy, return_inverse=True)[1].astype(np.int64)
    level = rank[order] - group[order] * (len(group) + 1)
    before = np.concatenate([[np.iinfo(np.int64).max], np.minimum.accumulate(level)[:-1]])[: len(level)]
    return order[level < before]


def _unbeaten(
    group: NDArray[np.int64],
    sizes: NDArray[np.float64],
    latency: NDArray[np.float64],
    energy: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Which rows, by rising latency, no row of a group beats that needs no more RAM and no more flash.

    Groups come by rising size: when one is looked at, those that may beat it are done, and beaten rows left out.
    """
    alive = np.ones(len(group), np.bool_)
    for number, (ram, flash) in enumerate(sizes):
        smaller = (sizes[:, 0] <= ram) & (sizes[:, 1] <= flash)
        smaller[number] = False
        others = np.flatnonzero(alive & smaller[group])
        own = np.flatnonzero(group == number)
        if len(others) and len(own):
            least_energy = np.minimum.accumulate(energy[others])
            faster = np.searchsorted(latency[others], latency[own], side="right")
            beaten = (faster > 0) & (least_energy[np.maximum(faster, 1) - 1] <= energy[own])
            alive[own[beaten]] = False
    return alive
