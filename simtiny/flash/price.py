"""What the waits for flash that were counted come to: at the wait states of the run, at others, and with other caches.

Pure: the counts of a profile in, cycles out. A miss takes the wait states and what the board adds to them; of one in
sequence, the code fetched before hides a part.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simtiny.profile import CacheMisses, OperatingPoint, Profile


@dataclass(frozen=True)
class FlashWaits:
    """Cycles of a window in which the core waits for code and for data.

    `sequential`: of `code`, what belongs to no block alone: how much of misses in sequence was hidden is counted
    for the window. `by_block`: int64 (blocks,), all other waits.
    """

    code: int
    data: int
    sequential: int
    by_block: NDArray[np.int64]


def flash_waits(profile: Profile, wait_states: int) -> FlashWaits:
    """The waits at so many wait states: as a run there would count them, or nearly so where the flash `reads_ahead`."""
    miss = wait_states + profile.operating_point.miss_overhead_cycles
    sequential, ahead = _sequential_waits(profile, miss), _read_ahead(profile, miss)
    branch_misses, data_misses = profile.fetch_misses[:, 0], profile.data_reads[:, 1]
    return FlashWaits(
        code=miss * int(branch_misses.sum()) + sequential + int(ahead[:, 0].sum()),
        data=miss * int(data_misses.sum()) + int(ahead[:, 1].sum()),
        sequential=sequential,
        by_block=miss * (branch_misses + data_misses) + ahead.sum(axis=1),
    )


def reads_ahead(profile: Profile) -> bool:
    """Whether the flash's reading ahead, or on, changed any wait: at other settings than those of the run, waits are
    approximate then, and exact otherwise.
    """
    return bool(profile.read_ahead.any())


def waits_with(misses: CacheMisses, profile: Profile, code: int, data: int) -> int:
    """Cycles of waits for flash, and for RAM behind a data cache, with other caches.

    `code` and `data`: the waits with the board's own. What the flash's reading ahead adds to waits or hides of them is
    taken to change in proportion to them; where there were none, a miss takes what it takes without. Exact where the
    flash does not read ahead; elsewhere ad01 with caches an eighth or 16 times as large differed from a run by 0.6 %
    (STM32U5) to 3.5 % (PSoC 6, STM32G0).
    """
    point = profile.operating_point
    miss = _miss_cycles(point)
    plain_code = miss * int(profile.fetch_misses[:, 0].sum()) + _sequential_waits(profile, miss)
    plain_data = miss * int(profile.data_reads[:, 1].sum())
    return round(
        _in_proportion(code, plain_code, miss * misses.branch + misses.sequential_wait)
        + _in_proportion(data, plain_data, miss * misses.data)
        + point.ram_miss_cycles * misses.ram
    )


def _miss_cycles(point: OperatingPoint) -> int:
    """Of one miss as it was counted."""
    return point.wait_states + point.miss_overhead_cycles


def _sequential_waits(profile: Profile, miss: int) -> int:
    """What is left of the misses in sequence, each of which takes `miss` cycles less those that were hidden."""
    return int((profile.hidden * np.maximum(miss - np.arange(len(profile.hidden)), 0)).sum())


def _read_ahead(profile: Profile, miss: int) -> NDArray[np.int64]:
    """Shape (blocks, 2), as `Profile.read_ahead`: a read ahead takes about as long as a miss."""
    counted = _miss_cycles(profile.operating_point)
    return profile.read_ahead if miss == counted else profile.read_ahead * miss // max(counted, 1)


def _in_proportion(cycles: int, plain: float, plain_now: float) -> float:
    """What becomes of waits when those of plain misses change: these themselves where there were none."""
    return cycles * plain_now / plain if plain else plain_now
