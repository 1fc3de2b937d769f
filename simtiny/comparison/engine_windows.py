"""The windows of two engines, cut and counted alike, so that they can be laid side by side. Pure."""

from dataclasses import dataclass

import numpy as np

from simtiny.comparison import engine_counters as counters
from simtiny.comparison.engine_code import CodeCounts, Piece, Stretches, code_counts, cuts_of, joints
from simtiny.comparison.engine_counters import Counted
from simtiny.mlperf.measurement import Measurement
from simtiny.profiles import Profile
from simtiny.timing.core import Code, Core
from simtiny.timing.prices import instructions


@dataclass(frozen=True)
class Window:
    """Counts of a window or of a part of it, by one engine."""

    code: CodeCounts
    counted: Counted

    def less(self, part: "Window") -> "Window":
        """What is left of it without a part."""
        return Window(self.code.less(part.code), self.counted.less(part.counted))

    def is_as(self, other: "Window") -> bool:
        """Whether all counts are the same."""
        return self.code.edges == other.code.edges and self.counted.is_as(other.counted)


@dataclass(frozen=True)
class Windows:
    """Of both engines.

    `stamps`: the parts in which the firmware told the time, where they differ; `rest`: the windows without them. cuts:
    places where one engine has cut straight-line code that both ran, and the other has not. cycles_of_cuts: what that
    has in the difference in cycles.
    """

    whole: tuple[Window, Window]
    rest: tuple[Window, Window]
    stamps: tuple[Profile, Profile] | None
    stretches: Stretches
    cuts: int
    cycles_of_cuts: int

    def of_stamps(self, side: int) -> Window:
        """The part of a window, of the first engine (0) or the second (1), that is not in `rest`."""
        return self.whole[side].less(self.rest[side])

    def is_equal_in_stamps(self, name: str) -> bool:
        """Whether a counter is."""
        one, other = self.of_stamps(0).counted, self.of_stamps(1).counted
        if name in one.totals:
            return one.totals[name] == other.totals[name]
        counts = one.by_stretch if name in one.by_stretch else one.by_window
        return np.array_equal(counts[name], (other.by_stretch if name in one.by_stretch else other.by_window)[name])


def windows(a: Measurement, b: Measurement, core: Core) -> Windows:
    """What both have counted. Where the firmware told another time with each, this part of the window may differ."""
    profiles = a.profile, b.profile
    cuts, stretches = cuts_of(*profiles), counters.stretches_of_windows(*profiles)

    def window(profile: Profile) -> Window:
        return Window(code_counts(profile, core, cuts), counters.counted(profile, stretches))

    whole = window(a.profile), window(b.profile)
    rest, stamps = whole, None
    if a.stamp is not None and b.stamp is not None and a.stamp_us != b.stamp_us:
        parts = window(a.stamp), window(b.stamp)
        if not parts[0].is_as(parts[1]):
            rest, stamps = (whole[0].less(parts[0]), whole[1].less(parts[1])), (a.stamp, b.stamp)
    apart = joints(a.profile) ^ joints(b.profile)
    for each in whole:
        apart &= {address for address, _ in each.code.runs}
    of_cuts = 0
    if apart:
        uncut = [code_counts(profile, core, frozenset()) for profile in profiles]
        of_cuts = _took(uncut[1]) - _took(whole[1].code) - _took(uncut[0]) + _took(whole[0].code)
    return Windows(whole, rest, stamps, stretches, len(apart), of_cuts)


def _took(code: CodeCounts) -> int:
    return sum(code.cycles.values())


def piece_instructions(piece: Piece) -> Code:
    """A piece decoded."""
    return instructions((*piece, frozenset()))
