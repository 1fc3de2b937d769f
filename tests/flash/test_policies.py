"""Which policy a platform file's kind of flash has."""

from dataclasses import replace

import pytest

from simtiny.board_check import READING_AHEAD, inconsistency
from simtiny.board_file import board_names, load_board
from simtiny.flash.policies import KINDS, policy_of
from simtiny.flash.prefetch import PREFETCH
from simtiny.flash.read_ahead import READ_AHEAD
from simtiny.image import Image, Segment
from simtiny.machine.machine import Machine
from simtiny.notes import NoteKind
from tests.programs import support


def test_the_kinds_that_read_ahead() -> None:
    assert {kind for kind, policy in KINDS.items() if policy is READ_AHEAD} == set(READING_AHEAD)


@pytest.mark.parametrize("name", board_names())
def test_every_board_has_a_known_kind(name: str) -> None:
    assert load_board(name).flash.kind in KINDS


def test_a_kind_that_is_not_known_is_noted() -> None:
    board = support.board()
    unknown = replace(board, flash=replace(board.flash, kind="nrf52"))
    assert policy_of("nrf52") is PREFETCH
    machine = Machine(unknown, Image("program", "", (Segment(support.FLASH, bytes(16)),)))
    assert [(note.kind, note.text) for note in machine.notes] == [
        (NoteKind.ASSUMPTION, "flash of kind 'nrf52': its prefetch is taken to be never in the way")
    ]


@pytest.mark.parametrize(
    ("kind", "cycles", "problem"),
    [
        ("stm32l4-art", 3, "reads nothing ahead, psoc6-flashc does"),
        ("nrf52", 3, "a flash of kind nrf52 reads nothing ahead"),
        ("psoc6-flashc", None, "missing key flash.read_ahead_cycles"),
        ("psoc6-flashc", 3, None),
        ("nrf52", None, None),
    ],
)
def test_cycles_of_reading_ahead_stand_where_they_count(kind: str, cycles: int | None, problem: str | None) -> None:
    board = support.board()
    found = inconsistency(replace(board, flash=replace(board.flash, kind=kind, read_ahead_cycles=cycles)))
    assert (found is None) if problem is None else (found is not None and problem in found)
