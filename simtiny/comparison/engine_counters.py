"""The counters of a window beside its edges, by straight-line code, so that cuts of blocks don't matter. Pure."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simtiny.comparison.engine_causes import Cause
from simtiny.comparison.engine_code import Stretches, stretches_of
from simtiny.profiles import Profile

_Counts = NDArray[np.int64]

ACCESSES = ("reads of data in flash", "cycles waited for RAM", "loads that are not aligned")
"""Counters of what code does, whatever ran before it."""
HIDDEN, DIVIDES = "cycles hidden by prefetch", "divides"
"""Counted for the window, by how many cycles: int64 (32,)."""
EXCEPTIONS, IN_EXCEPTIONS, ASLEEP = "exceptions", "cycles of exceptions", "cycles asleep"


def by_block(profile: Profile) -> dict[str, _Counts]:
    """int64 (blocks,) each."""
    return {
        "misses of flash by a branch": profile.fetch_misses[:, 0],
        "misses of flash in sequence": profile.fetch_misses[:, 1],
        "reads of data in flash": profile.data_reads[:, 0],
        "misses of data in flash": profile.data_reads[:, 1],
        "misses of data in RAM": profile.ram_misses,
        "cycles waited for RAM": profile.ram_waits,
        "cycles of code read ahead": profile.read_ahead[:, 0],
        "cycles of data read ahead": profile.read_ahead[:, 1],
        "branches predicted wrongly": profile.mispredicts,
        "loads that are not aligned": profile.unaligned_loads,
    }


def by_window(profile: Profile) -> dict[str, _Counts]:
    """Histograms."""
    return {HIDDEN: profile.hidden, DIVIDES: profile.divides}


def totals(profile: Profile) -> dict[str, int]:
    """Of the window."""
    return {
        EXCEPTIONS: profile.exceptions,
        IN_EXCEPTIONS: profile.exception_cycles,
        ASLEEP: profile.sleep_cycles,
    }


@dataclass(frozen=True)
class Counted:
    """A window's counters: int64 (stretches,) by name, (32,) by name, and totals."""

    by_stretch: Mapping[str, _Counts]
    by_window: Mapping[str, _Counts]
    totals: Mapping[str, int]

    def less(self, part: "Counted") -> "Counted":
        """What is left of a window without a part of it."""
        return Counted(
            {name: counts - part.by_stretch[name] for name, counts in self.by_stretch.items()},
            {name: counts - part.by_window[name] for name, counts in self.by_window.items()},
            {name: count - part.totals[name] for name, count in self.totals.items()},
        )

    def size(self, name: str) -> int:
        """A counter of the whole window as one number."""
        if name in self.by_stretch:
            return int(self.by_stretch[name].sum())
        if name == HIDDEN:
            return int((self.by_window[name] * np.arange(len(self.by_window[name]))).sum())
        return int(self.by_window[name].sum()) if name in self.by_window else self.totals[name]

    def is_as(self, other: "Counted") -> bool:
        """Whether all counts are the same."""
        return self.totals == other.totals and all(
            np.array_equal(counts, there[name])
            for here, there in ((self.by_stretch, other.by_stretch), (self.by_window, other.by_window))
            for name, counts in here.items()
        )


def counted(profile: Profile, stretches: Stretches) -> Counted:
    """The counters of a profile whose blocks are in these stretches."""
    found = {}
    for name, counts in by_block(profile).items():
        sums = np.zeros(len(stretches.starts), np.int64)
        for number in np.flatnonzero(counts).tolist():
            sums[stretches.at(profile.blocks[number].address)] += counts[number]
        found[name] = sums
    return Counted(found, by_window(profile), totals(profile))


def stretches_of_windows(*profiles: Profile) -> Stretches:
    """Of the blocks that ran in these windows, or were counted for."""
    return stretches_of(profiles, [np.stack([*map(np.abs, by_block(each).values())]).sum(axis=0) for each in profiles])


@dataclass(frozen=True)
class Grounds:
    """What the code of two engines says of their counters.

    by_stretch: causes of other counts of edges in a stretch. unknown: stretches where other counts have none.
    skippable: by stretch, how often loads in IT blocks were issued. divides: causes of other counts of code that
    divides. others: causes that don't show in edges. sleeps: whether the firmware waits for interrupts or events.
    """

    by_stretch: Mapping[int, Set[Cause]]
    unknown: Set[int]
    skippable: Mapping[int, int]
    divides: Set[Cause]
    others: Set[Cause]
    sleeps: bool


CounterAt = tuple[str, int | None]
"""Name of a counter and number of the stretch, None for the window."""


def counter_causes(a: Counted, b: Counted, grounds: Grounds) -> tuple[dict[str, set[Cause]], list[CounterAt]]:
    """Causes of other counts by the name of the counter, and what has none.

    What code accesses differs where the code that ran does, or by loads that an IT block skips. What misses differs,
    too, where anything else did before it. Of sleep there is more in one engine, but never none in one alone.
    """
    found: dict[str, set[Cause]] = {name: set() for name in (*a.by_stretch, *a.by_window, *a.totals)}
    unexplained: list[CounterAt] = []
    later: list[CounterAt] = []
    for name, counts in a.by_stretch.items():
        difference = b.by_stretch[name] - counts
        for stretch in np.flatnonzero(difference).tolist():
            if stretch in grounds.by_stretch and stretch not in grounds.unknown:
                found[name] |= grounds.by_stretch[stretch]
            elif name not in ACCESSES:
                later.append((name, stretch))
            elif abs(int(difference[stretch])) <= grounds.skippable.get(stretch, 0):
                found[name].add(Cause.SKIPPED)
            else:
                unexplained.append((name, stretch))
    of_code = {cause for causes in grounds.by_stretch.values() for cause in causes}
    for name in a.totals:
        if a.totals[name] != b.totals[name]:
            if name == ASLEEP and grounds.sleeps and min(a.totals[name], b.totals[name]) > 0:
                found[name].add(Cause.SLEEP)
            elif name != ASLEEP and Cause.EXCEPTIONS in of_code:
                found[name].add(Cause.EXCEPTIONS)
            else:
                unexplained.append((name, None))
    if not np.array_equal(a.by_window[DIVIDES], b.by_window[DIVIDES]):
        found[DIVIDES] |= grounds.divides
        unexplained += [] if grounds.divides else [(DIVIDES, None)]
    if not np.array_equal(a.by_window[HIDDEN], b.by_window[HIDDEN]):
        later.append((HIDDEN, None))
    history = of_code | grounds.others | {cause for causes in found.values() for cause in causes}
    for place in later:
        if history:
            found[place[0]].add(Cause.MEMORY)
        else:
            unexplained.append(place)
    return found, unexplained
