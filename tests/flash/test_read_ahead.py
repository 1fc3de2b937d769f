"""A flash that reads ahead on a miss: a miss elsewhere waits for it. Here a miss takes 9 cycles, a read ahead 8."""

import pytest

from simtiny.flash.read_ahead import READ_AHEAD
from tests.flash.native import NativeFlash


@pytest.fixture
def native():
    native = NativeFlash(READ_AHEAD, miss_cycles=9)
    native.own.cycles = 8
    return native


def wait(native, unit, now):
    return 9 + native.call("read_ahead", unit, now)


def test_first_miss_waits_for_its_own_read(native):
    assert wait(native, 100, 1000) == 9
    assert native.own.unit == 101
    assert native.own.ready == 1017


def test_next_unit_is_there_once_it_was_read(native):
    wait(native, 100, 1000)
    assert wait(native, 101, 1012) == 5
    assert native.own.unit == -1


def test_next_unit_costs_nothing_later_and_starts_no_other_read(native):
    wait(native, 100, 1000)
    assert wait(native, 101, 1030) == 0
    assert wait(native, 102, 1060) == 9


def test_miss_elsewhere_waits_for_the_read_under_way(native):
    """The core goes on at 1009; a load two cycles later waits 6 for the flash and 9 for its own unit."""
    wait(native, 100, 1000)
    assert wait(native, 200, 1011) == 15
    assert native.own.unit == 201
    assert wait(native, 101, 1100) == 9  # lost
