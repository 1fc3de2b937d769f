"""What counted waits come to, by hand: at the wait states of a run, and at others."""

from dataclasses import replace

import numpy as np
import pytest

from simtiny.flash.price import FlashWaits, flash_waits, reads_ahead, waits_with
from simtiny.profile import CacheMisses, CodeBlock, OperatingPoint, Profile
from tests.profiles import profile_of


def window(wait_states: int, overhead: int = 0) -> Profile:
    """Two blocks: 3 and 1 branch misses, 4 and 1 data misses, and of 6 misses in sequence 5 with 2 cycles hidden."""
    hidden = np.zeros(32, np.int64)
    hidden[[0, 2]] = 1, 5
    return profile_of(
        (CodeBlock(0x0800_0000, b"\x00\xbf", frozenset()), CodeBlock(0x0800_0002, b"\x00\xbf", frozenset())),
        OperatingPoint(80e6, wait_states, True, True, True, "1", overhead),
        fetch_misses=np.array([[3, 4], [1, 2]]),
        hidden=hidden,
        data_reads=np.array([[9, 4], [1, 1]]),
    )


def waits(found: FlashWaits) -> tuple[int, int, int, list[int]]:
    return found.code, found.data, found.sequential, found.by_block.tolist()


@pytest.mark.parametrize(
    ("wait_states", "overhead", "expected"),
    [
        (4, 0, (4 * 4 + 4 + 5 * 2, 4 * 5, 4 + 5 * 2, [4 * 7, 4 * 2])),
        (1, 0, (1 * 4 + 1, 1 * 5, 1, [7, 2])),  # two cycles hidden are all of a wait of one
        (0, 0, (0, 0, 0, [0, 0])),
        (4, 2, (6 * 4 + 6 + 5 * 4, 6 * 5, 6 + 5 * 4, [6 * 7, 6 * 2])),
    ],
)
def test_waits_at_any_wait_states(wait_states: int, overhead: int, expected: tuple[int, int, int, list[int]]) -> None:
    assert waits(flash_waits(window(4, overhead), wait_states)) == expected
    assert not reads_ahead(window(4, overhead))


def test_reading_ahead_goes_with_the_miss() -> None:
    """11 and -3 cycles at 4 wait states are 5 and -2 at 2, rounded down block by block."""
    ahead = replace(window(4), read_ahead=np.array([[11, 0], [0, -3]]))
    assert reads_ahead(ahead)
    assert waits(flash_waits(ahead, 4)) == (30 + 11, 20 - 3, 14, [28 + 11, 8 - 3])
    assert waits(flash_waits(ahead, 2)) == (2 * 4 + 2 + 5, 2 * 5 - 2, 2, [14 + 5, 4 - 2])


def test_other_caches() -> None:
    """Twice the branch misses and 20 cycles in sequence; data waits were a quarter longer for the reading ahead."""
    more = CacheMisses("", branch=8, sequential=9, sequential_wait=20, data=10, ram=3)
    profile = window(4)
    assert waits_with(more, profile, code=30, data=25) == 8 * 4 + 20 + 10 * 4 * 25 // 20
    with_ram = replace(profile, operating_point=replace(profile.operating_point, ram_miss_cycles=7))
    assert waits_with(more, with_ram, code=30, data=25) == 8 * 4 + 20 + 50 + 3 * 7
