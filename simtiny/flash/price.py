"""What the waits for flash that were counted come to.

Pure: the counts of a profile in, cycles out. A miss takes the wait states and what the board adds to them; of one in
sequence, the code fetched before hides a part.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simtiny.profiles import Profile


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


def flash_waits(profile: Profile) -> FlashWaits:
    """The waits at the wait states that the profile was counted at. At others, misses wait for other code."""
    miss = profile.operating_point.wait_states + profile.operating_point.miss_overhead_cycles
    hidden = np.arange(len(profile.hidden))
    sequential, ahead = int((profile.hidden * np.maximum(miss - hidden, 0)).sum()), profile.read_ahead
    branch_misses, data_misses = profile.fetch_misses[:, 0], profile.data_reads[:, 1]
    return FlashWaits(
        code=miss * int(branch_misses.sum()) + sequential + int(ahead[:, 0].sum()),
        data=miss * int(data_misses.sum()) + int(ahead[:, 1].sum()),
        sequential=sequential,
        by_block=miss * (branch_misses + data_misses) + ahead.sum(axis=1),
    )
