"""The queue of code that a core fetches ahead of what it issues: the same on Cortex-M33 and M7, but for its sizes."""

from collections.abc import Container


class FetchQueue:
    """Units of code in the order in which they are fetched: words on Cortex-M33, double words on Cortex-M7.

    A unit arrives a cycle after the one before it and a cycle after a place for it came free. An instruction that needs
    more units at once than there are places gets them all the same. Cycles count from wherever the user counts them.
    """

    def __init__(self, depth: int, start: int) -> None:
        """A queue of `depth` units, whose first one arrives in cycle `start`."""
        self.arrival = start - 1  # of the unit fetched last: from this cycle on it can be decoded
        self.fetched = 0  # units
        self._depth = depth
        self._left: list[int] = []  # cycle in which each was used up

    def fetch(self, wait: int = 0, bus_taken: Container[int] = ()) -> None:
        """Fetch the next unit, `wait` cycles late, and not in the cycles in which data takes its bus."""
        before = self.fetched - self._depth  # had the place that this one takes
        free = self._left[before] + 1 if 0 <= before < len(self._left) else 0
        self.arrival = max(self.arrival + 1 + wait, free)
        while self.arrival - 1 in bus_taken:
            self.arrival += 1
        self.fetched += 1

    def leave(self, units: int, cycle: int) -> None:
        """The first `units` of all that were fetched are used up, those that were not before in `cycle`."""
        self._left += [cycle] * (units - len(self._left))
