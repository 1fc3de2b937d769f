"""What counted waits come to, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from simtiny.flash.price import FlashWaits, flash_waits
from simtiny.profiles import CodeBlock, OperatingPoint, Profile
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
    assert waits(flash_waits(window(wait_states, overhead))) == expected


def test_reading_ahead_is_added() -> None:
    ahead = replace(window(4), read_ahead=np.array([[11, 0], [0, -3]]))
    assert waits(flash_waits(ahead)) == (30 + 11, 20 - 3, 14, [28 + 11, 8 - 3])
