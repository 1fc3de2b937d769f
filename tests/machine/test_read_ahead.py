"""A flash that reads ahead on a miss: a miss elsewhere waits for it. Here a miss takes 9 cycles, a read ahead 8."""

import numpy as np
import pytest

from simtiny.machine import native_flash, native_state


@pytest.fixture
def state():
    state = np.zeros(1, native_state.STATE)[0]
    state["miss_cycles"], state["read_ahead"], state["ahead_unit"] = 9, 8, -1
    return state


def wait(state, unit, now):
    return 9 + native_flash.read_ahead(state, unit, now)


def test_first_miss_waits_for_its_own_read(state):
    assert wait(state, 100, 1000) == 9
    assert state["ahead_unit"] == 101
    assert state["ahead_ready"] == 1017


def test_next_unit_is_there_once_it_was_read(state):
    wait(state, 100, 1000)
    assert wait(state, 101, 1012) == 5
    assert state["ahead_unit"] == -1


def test_next_unit_costs_nothing_later_and_starts_no_other_read(state):
    wait(state, 100, 1000)
    assert wait(state, 101, 1030) == 0
    assert wait(state, 102, 1060) == 9


def test_miss_elsewhere_waits_for_the_read_under_way(state):
    """The core goes on at 1009; a load two cycles later waits 6 for the flash and 9 for its own unit."""
    wait(state, 100, 1000)
    assert wait(state, 200, 1011) == 15
    assert state["ahead_unit"] == 201
    assert wait(state, 101, 1100) == 9  # lost
