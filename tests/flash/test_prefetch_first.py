"""A flash that finishes what it prefetches: what a branch or a load waits for it, worked out by hand."""

import ctypes
from dataclasses import replace

import pytest

from simtiny.board_file import load_board
from simtiny.counting import records
from simtiny.flash.policies import policy_of
from simtiny.flash.prefetch_first import PREFETCH_FIRST
from simtiny.native import library
from tests.programs import support


@pytest.mark.parametrize(
    ("ran_on", "elapsed", "next_missed", "second_missed", "waits"),
    [
        # A prefetch takes three cycles at two wait states and begins one before its unit's first halfword runs; the
        # read that meets it has its own address cycle. In the first halfword: one cycle is left. In the second: none.
        (False, 1, True, True, 1),
        (False, 2, True, True, 0),
        # In the last halfword the core has gone on to the next unit, and the prefetch behind that has just begun.
        (True, 4, True, True, 2),
        # What the cache holds is not prefetched.
        (False, 1, False, True, 0),
        (True, 4, True, False, 0),
    ],
)
def test_what_is_left_of_a_prefetch(ran_on, elapsed, next_missed, second_missed, waits):
    native = library.load("prefetch_first", records.SIGNATURE)
    prefetch_left = native.function("prefetch_left", *[ctypes.c_int64] * 5)
    assert prefetch_left(2, ran_on, elapsed, next_missed, second_missed) == waits


def test_straight_code_never_waits_for_its_own_prefetch():
    """The program's 16 cycles stand in its heading; its branches come when the prefetch is over."""
    on = support.board_of("m0plus_flash_prefetch")
    finishing = replace(on, flash=replace(on.flash, kind="stm32g0"))
    assert support.run_code(support.assembled("m0plus_flash_prefetch"), finishing).cycles == 16


def test_a_load_from_flash_waits_for_the_prefetch_behind_its_branch():
    """The program's 14 cycles and one: its first load stands in the first halfword of a unit."""
    on = support.board_of("m0plus_flash_data")
    finishing = replace(on, flash=replace(on.flash, kind="stm32g0"))
    profile = support.run_code(support.assembled("m0plus_flash_data"), finishing)
    assert profile.cycles == 15
    assert profile.read_ahead.sum(axis=0).tolist() == [0, 1]


def test_the_board_whose_records_show_it():
    assert policy_of(load_board("nucleo-g0b1re").flash.kind) is PREFETCH_FIRST
    assert policy_of(load_board("nucleo-l4r5zi").flash.kind) is not PREFETCH_FIRST
