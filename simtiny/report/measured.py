"""One request, measured or taken from the store, priced and reported."""

from dataclasses import replace
from typing import TYPE_CHECKING

from simtiny.errors import BadInput, FirmwareFault
from simtiny.mlperf.workload import build
from simtiny.notes import NoteKind
from simtiny.options import EngineChoice
from simtiny.request import Request
from simtiny.request_check import check_against

if TYPE_CHECKING:
    from simtiny.renode.find import Found
    from simtiny.report.result import RunResult


def measured(
    request: Request, *, fresh: bool = False, only_stored: bool = False, every_call: bool = False
) -> "RunResult | None":
    """The result of a request that was checked. `only_stored`: None where the firmware would have to run.

    `every_call`: count all passages through its windows, which may be several. Raises BadInput for several else.
    """
    workload = build(request)
    windows = workload.windows if every_call else (request.bounds,) if request.bounds else ()
    check_against(request, workload.board)
    # Only now what takes time to import: bad input is refused before.
    from simtiny.counts import Question, counted, counted_with, stored
    from simtiny.report.assemble import assemble

    question = Question(
        workload.flashed,
        windows[0] if windows else None,
        request.settings,
        renode=_renode(request),
        also=windows[1:],
        every_call=every_call and bool(windows),
    )
    board, overrides, supply = workload.board, request.overrides, request.supply
    if only_stored:
        counts = stored(question, board, overrides, supply)
    else:
        try:
            counts = counted(question, board, overrides, supply, fresh=fresh)
        except FirmwareFault as error:  # what is known of the image may be why
            known = [note.text for note in workload.notes if note.kind is NoteKind.FIRMWARE]
            error.notes = (*error.notes, *known)
            raise
    if counts is None:
        return None
    tried = counted_with(request.caches, question, counts, board, overrides, supply, fresh=fresh)
    result = assemble(workload, counts, request, tried)
    if request.sequence is None:
        return result
    from simtiny.life_file import read_life
    from simtiny.operating_point import at_clock
    from simtiny.report.assemble_life import assemble_life

    life = read_life(request.sequence)
    by_clock = {
        clock_hz: counts if clock_hz is None else counted(question, board, at_clock(overrides, clock_hz), supply)
        for clock_hz in life.clocks_hz
    }
    return replace(result, life=assemble_life(life, workload, by_clock))


def _renode(request: Request) -> "Found | None":
    """What executes the firmware, None for Unicorn."""
    if request.engine is EngineChoice.BOTH:
        raise BadInput(
            "`engine` both compares two runs, and has no result of one: `simtiny run` and compare_engines do so"
        )
    if request.engine is not EngineChoice.RENODE:
        return None
    from simtiny.renode.find import find

    return find(request.renode)
