"""A stream, counted, priced in sections, and reported."""

from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from simtiny.api_words import PRICE_WORDS
from simtiny.board_file import load_board
from simtiny.errors import BadInput
from simtiny.files import is_file, shown
from simtiny.image_load import load
from simtiny.mlperf.identity import board_sha256
from simtiny.operating_point import Overrides, overridden
from simtiny.progress import Progress, silent
from simtiny.report.price_counting import Asked, Counted, Marks, count
from simtiny.report.price_result import PriceResult
from simtiny.report.price_sections import by_function, priced_sections
from simtiny.report.routines import routines
from simtiny.report.stream_facts import kept, notes_of, printable
from simtiny.request import Request
from simtiny.request_check import check_against
from simtiny.timing.effects import Effect

_EFFECTS = [(effect.name.lower(), effect) for effect in Effect]


def price_stream(
    source: Path | BinaryIO, request: Request, marks: Marks | None = None, progress: Progress = silent
) -> PriceResult:
    """Price the stream in a file.

    Raises BadInput for a stream, an image or a window that can't be used, Unpriced for what the model has no price for.
    """
    image = None if request.image is None else load(request.image, address=request.address)
    name = shown(str(source)) if isinstance(source, Path) else "the stream"
    board = None if request.board is None else load_board(request.board)
    if board is not None:
        check_against(request, board)
    asked = Asked(name, source, request, marks, board, image, progress)
    overrides = request.overrides
    settings = replace(request.settings, wait_states=overrides.wait_states)
    counted = count(asked, settings)
    wait_states = _other_wait_states(counted, overrides)
    if wait_states is not None:
        if not (isinstance(source, Path) and is_file(source)):
            raise BadInput(
                f"flash takes {wait_states} wait states then, not those of the stream, and that can be read once only: "
                "say `wait_states`"
            )
        overrides = replace(overrides, wait_states=wait_states)
        counted = count(asked, replace(settings, wait_states=wait_states))
    return _assembled(asked, counted, overrides, name)


def _other_wait_states(counted: Counted, overrides: Overrides) -> int | None:
    """Those that the overrides come to, if they are others than it was counted at."""
    there = [overridden(each.programmed, overrides, counted.board).wait_states for each in counted.profiles]
    if there == [each.operating_point.wait_states for each in counted.profiles]:
        return None
    if len(set(there)) > 1:
        raise BadInput("the window has several clocks, which take different wait states: say `wait_states`")
    return there[0]


def _assembled(asked: Asked, counted: Counted, overrides: Overrides, name: str) -> PriceResult:
    board, profiles, request = counted.board, counted.profiles, asked.request
    priced = priced_sections(board, profiles, overrides, request.supply)
    facts = kept(counted.header.facts)
    image = printable(counted.header.image) if asked.image is None else asked.image.name
    named = asked.image if asked.image and asked.image.functions else routines(profiles, image)
    by_effect = {
        name: sum(each.estimate.cycles_by_effect[effect] for each in priced.priced) for name, effect in _EFFECTS
    }
    return PriceResult(
        title=asked.title or image or name,
        stream=name,
        engine=facts.get("engine", ""),
        image=image,
        board=board.id,
        window=asked.window,
        latency_ms=priced.latency_ms,
        latency_uncertainty_ms=max(priced.latency_ms - priced.low_ms, priced.high_ms - priced.latency_ms),
        latency_low_ms=priced.low_ms,
        latency_high_ms=priced.high_ms,
        latency_interval_basis=priced.interval_basis,
        not_validated=priced.not_validated,
        cycles=priced.cycles,
        instructions=priced.instructions,
        cycles_by_effect={**by_effect, "sleep": sum(profile.sleep_cycles for profile in profiles)},
        exceptions=sum(profile.exceptions for profile in profiles),
        energy=priced.energy,
        energy_share=priced.energy_share,
        sections=priced.sections,
        by_function=by_function(priced, named),
        facts=facts,
        notes=notes_of(facts, board) + priced.notes + profiles[-1].notes,
        image_sha256=asked.image.sha256 if asked.image else None,
        board_sha256=board_sha256(board),
        options={**{word: request.words()[word] for word in PRICE_WORDS}, "marks": asked.marks},
    )
