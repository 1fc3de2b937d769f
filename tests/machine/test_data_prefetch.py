"""Prefetch of data through a unified cache: here a miss takes four wait states and three cycles more."""

import numpy as np
import pytest

from simtiny.machine import native_flash, native_state


@pytest.fixture
def state():
    state = np.zeros(1, native_state.STATE)[0]
    state["miss_cycles"], state["prefetch_data"], state["ahead_unit"] = 7, 4, -1
    return state


def wait(state, unit, now):
    return 7 - native_flash.prefetched(state, unit, now)


def test_lines_in_sequence_wait_for_the_way_only(state):
    assert wait(state, 100, 1000) == 7
    assert wait(state, 101, 1030) == 3
    assert wait(state, 102, 1060) == 3


def test_line_that_is_asked_for_early_waits_for_the_rest_of_its_read(state):
    """The first line is there at 1007; two cycles later half of the next one's wait states are over."""
    assert wait(state, 100, 1000) == 7
    assert wait(state, 101, 1009) == 5


def test_any_other_line_waits_for_its_own_read(state):
    wait(state, 100, 1000)
    assert wait(state, 102, 1030) == 7
    assert wait(state, 101, 1060) == 7
    assert wait(state, 101, 1090) == 7
