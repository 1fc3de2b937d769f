"""The fetch queue by hand."""

import pytest

from simtiny.estimate import without
from simtiny.isa.decode import decode
from simtiny.timing.core import Core
from simtiny.timing.cortex_m7 import CORTEX_M7
from simtiny.timing.cortex_m33 import CORTEX_M33
from simtiny.timing.fetch_queue import FetchQueue


def arrivals(queue: FetchQueue, units: int) -> list[int]:
    found = []
    for _ in range(units):
        queue.fetch()
        found.append(queue.arrival)
    return found


def test_a_unit_a_cycle_arrives_as_long_as_there_are_places() -> None:
    queue = FetchQueue(2, 10)
    assert arrivals(queue, 2) == [10, 11]
    queue.leave(1, 20)
    queue.leave(2, 21)
    assert arrivals(queue, 2) == [20 + 1, 21 + 1]


def test_what_one_instruction_needs_at_once_arrives_without_a_place() -> None:
    assert arrivals(FetchQueue(1, 0), 3) == [0, 1, 2]


def test_a_redirected_fetch_waits_and_data_keeps_the_bus() -> None:
    queue = FetchQueue(4, 0)
    queue.fetch(wait=2)
    assert queue.arrival == 2
    queue.fetch(bus_taken={2, 3})  # asked for in cycle 4
    assert queue.arrival == 5


@pytest.mark.parametrize(("core", "rule", "cycles"), [(CORTEX_M33, "fetch_words", 8), (CORTEX_M7, "fetch_queue", 4)])
def test_without_a_queue_nothing_waits_for_code(core: Core, rule: str, cycles: int) -> None:
    """Eight wide NOPs, one or two a cycle; the first, or its partner, waits a cycle for its second half."""
    wide = decode(bytes.fromhex("aff30080") * 8, 0x0800_0002)
    assert sum(core.price(wide, None, False)) == cycles + 1
    assert sum(without(core, rule).price(wide, None, False)) == cycles
