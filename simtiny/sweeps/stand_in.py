"""Stand-ins for what counts under settings exactly: repricing, for wait states alone."""

from collections.abc import Sequence
from dataclasses import replace

from simtiny.board import Board
from simtiny.counts import Question, counted
from simtiny.errors import BadInput
from simtiny.flash.what_if import parse_caches
from simtiny.mlperf.measurement import Measurement
from simtiny.settings import MemorySettings

MOST_LANES = 16
NO_PREFETCH = ("stm32f7", "stm32h7")


def measured_at(
    question: Question, board: Board, settings: Sequence[MemorySettings], *, fresh: bool = False
) -> tuple[tuple[Measurement, ...], int, int]:
    counts = counted(question, board, fresh=fresh)
    measured, found = counts.measurement, []
    for own in settings:
        if own != MemorySettings(wait_states=own.wait_states):
            raise BadInput("these settings can't be counted yet")
        point = measured.profile.operating_point
        waits = point.wait_states if own.wait_states is None else own.wait_states
        there = replace(measured.profile, operating_point=replace(point, wait_states=waits))
        found.append(replace(measured, profile=there))
    return tuple(found), int(not counts.stored), int(counts.stored)


def executed_under(settings: MemorySettings, board: Board) -> MemorySettings:
    return MemorySettings(place=settings.place)


def check(settings: MemorySettings, board: Board) -> None:
    flash = board.flash
    if settings.caches not in (None, "none"):
        parse_caches(settings.caches or "", board)
    if settings.prefetch is not None and flash.kind in ("stm32f7", "stm32h7"):
        raise BadInput(f"`prefetch`: {board.id} has none where its firmware runs from: leave it out")
    if settings.instruction_cache is not None and flash.instruction_cache is None:
        raise BadInput(f"`instruction_cache`: {board.id} has none in front of its flash")
    if settings.data_cache is not None and flash.unified:
        raise BadInput(f"`data_cache`: {board.id} has one cache for instructions and data: `instruction_cache` sets it")
    if settings.data_cache is not None and flash.data_cache is None:
        raise BadInput(f"`data_cache`: {board.id} has none")
