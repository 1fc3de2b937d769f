"""Prefetch of data through a unified cache: here a miss takes four wait states and three cycles more."""

import pytest

from simtiny.flash.prefetch import PREFETCH
from tests.flash.native import NativeFlash


@pytest.fixture
def native():
    native = NativeFlash(PREFETCH, miss_cycles=7)
    native.own.data_cycles = 4
    return native


def wait(native, unit, now):
    return 7 - native.call("prefetched", unit, now)


def test_lines_in_sequence_wait_for_the_way_only(native):
    assert wait(native, 100, 1000) == 7
    assert wait(native, 101, 1030) == 3
    assert wait(native, 102, 1060) == 3


def test_line_that_is_asked_for_early_waits_for_the_rest_of_its_read(native):
    """The first line is there at 1007; two cycles later half of the next one's wait states are over."""
    assert wait(native, 100, 1000) == 7
    assert wait(native, 101, 1009) == 5


def test_any_other_line_waits_for_its_own_read(native):
    wait(native, 100, 1000)
    assert wait(native, 102, 1030) == 7
    assert wait(native, 101, 1060) == 7
    assert wait(native, 101, 1090) == 7
