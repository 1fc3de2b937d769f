"""A stream, counted, priced in sections, and reported."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import fsum
from pathlib import Path
from typing import BinaryIO

from simtiny.api_words import PRICE_WORDS
from simtiny.board import Board
from simtiny.board_file import load_board
from simtiny.breakdown import Part, function_sums, in_order
from simtiny.energy import EnergyEstimate, with_interval
from simtiny.errors import BadInput
from simtiny.files import is_file, shown
from simtiny.image import Image
from simtiny.image_load import load
from simtiny.intervals import Interval, energy_interval, latency_interval, with_known_bias
from simtiny.mlperf.identity import board_sha256
from simtiny.notes import Note, NoteKind
from simtiny.operating_point import Overrides, note, overridden
from simtiny.power import LDO
from simtiny.pricing import Priced, price_run
from simtiny.profiles import Profile
from simtiny.progress import Progress, silent
from simtiny.report.price_counting import Asked, Counted, Marks, count
from simtiny.report.price_result import PriceResult, Section
from simtiny.report.routines import routines
from simtiny.report.stream_facts import kept, notes_of, printable
from simtiny.request import Request
from simtiny.request_check import check_against
from simtiny.timing.effects import Effect
from simtiny.timing.models import MODELS
from simtiny.uncertainty import (
    by_own_measurements,
    known_bias,
    other_point,
    other_timing,
    recorded_supplies,
    timing_on_record,
)

LEAST_ENERGY_SHARE = 0.99
"""Of the time. Where the energy of less is known, as at a regulator's setting of start-up, none is given."""
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
    sections = [price_run(profile, board, overrides, request.supply) for profile in profiles]
    pairs = list(zip(profiles, sections, strict=True))
    intervals = [_latency_interval(board, profile, section) for profile, section in pairs]
    energy_intervals = [_energy_interval(board, profile, section) for profile, section in pairs]
    energies = [
        with_interval(section.consumption.energy, interval) if section.consumption else None
        for section, interval in zip(sections, energy_intervals, strict=True)
    ]
    ends = [each.around(section.estimate.latency_s * 1e3) for each, section in zip(intervals, sections, strict=True)]
    low_ms, high_ms = fsum(low for low, _ in ends), fsum(high for _, high in ends)
    latency_ms = fsum(section.estimate.latency_s for section in sections) * 1e3
    energy, energy_share = _sum(energies, [section.estimate.latency_s for section in sections])
    facts = kept(counted.header.facts)
    image = printable(counted.header.image) if asked.image is None else asked.image.name
    named = asked.image if asked.image and asked.image.functions else routines(profiles, image)
    by_effect = {name: sum(each.estimate.cycles_by_effect[effect] for each in sections) for name, effect in _EFFECTS}
    return PriceResult(
        title=asked.title or image or name,
        stream=name,
        engine=facts.get("engine", ""),
        image=image,
        board=board.id,
        window=asked.window,
        latency_ms=latency_ms,
        latency_uncertainty_ms=max(latency_ms - low_ms, high_ms - latency_ms),
        latency_low_ms=low_ms,
        latency_high_ms=high_ms,
        latency_interval_basis=_joined(interval.basis for interval in intervals),
        cycles=sum(section.estimate.cycles for section in sections),
        instructions=sum(section.estimate.instructions for section in sections),
        cycles_by_effect={**by_effect, "sleep": sum(profile.sleep_cycles for profile in profiles)},
        exceptions=sum(profile.exceptions for profile in profiles),
        energy=energy,
        energy_share=energy_share,
        sections=tuple(_section(*each) for each in zip(sections, energies, strict=True)),
        by_function=_by_function(pairs, energies, named, has_energy=energy is not None),
        facts=facts,
        notes=notes_of(facts, board) + _notes(board, pairs, [*intervals, *energy_intervals]) + profiles[-1].notes,
        image_sha256=asked.image.sha256 if asked.image else None,
        board_sha256=board_sha256(board),
        options={**{word: request.words()[word] for word in PRICE_WORDS}, "marks": asked.marks},
    )


def _section(section: Priced, energy: EnergyEstimate | None) -> Section:
    found = section.estimate
    energy_uj = energy.energy_uj if energy else None
    return Section(section.point, found.cycles, found.instructions, found.latency_s * 1e3, energy_uj)


def _by_function(
    pairs: Sequence[tuple[Profile, Priced]],
    energies: Sequence[EnergyEstimate | None],
    image: Image,
    *,
    has_energy: bool,
) -> tuple[Part, ...]:
    """The functions of all sections, the costliest first."""
    sums: dict[tuple[str, int], tuple[float, float]] = {}
    for (profile, section), energy in zip(pairs, energies, strict=True):
        for key, (cycles, energy_uj) in function_sums(profile, section.estimate, energy, image).items():
            before = sums.get(key, (0.0, 0.0))
            sums[key] = before[0] + cycles, before[1] + energy_uj
    return in_order(sums, has_energy=has_energy)


def _latency_interval(board: Board, profile: Profile, section: Priced) -> Interval:
    """A stream is a program of any kind, even if it is that of a recorded result."""
    found = latency_interval(
        board.core,
        MODELS[board.core].evidence.relative_uncertainty,
        recorded=False,
        board_known=timing_on_record(board),
        other_timing=other_timing(board, profile.programmed, section.point),
    )
    return with_known_bias(found) if known_bias(board, section.point) else found


def _energy_interval(board: Board, profile: Profile, section: Priced) -> Interval | None:
    model, consumption = board.power, section.consumption
    if model is None or consumption is None:
        return None
    return energy_interval(
        model.half_width,
        calibrated=by_own_measurements(model),
        stack_known=by_own_measurements(model),
        other_supply=consumption.supply.supply_v not in recorded_supplies(board.id, model),
        linear=consumption.supply.regulator == LDO,
        other_point=other_point(profile.programmed, section.point),
    )


def _sum(
    energies: Sequence[EnergyEstimate | None], latencies_s: Sequence[float]
) -> tuple[EnergyEstimate | None, float]:
    """Of sections one after the other, and its share of the time; nothing where that is too small.

    What is wrong with one is wrong with all: the ends of their intervals add up.
    """
    known = [(each, latency_s) for each, latency_s in zip(energies, latencies_s, strict=True) if each is not None]
    known_s, total_s = fsum(latency_s for _, latency_s in known), fsum(latencies_s)
    share = known_s / total_s if total_s else float(len(known) == len(energies))
    if share < LEAST_ENERGY_SHARE:
        return None, 0.0
    parts = [each for each, _ in known]
    if len(parts) == 1:
        return parts[0], share
    energy_uj = fsum(part.energy_uj for part in parts)
    low = [part.energy_low_uj for part in parts if part.energy_low_uj is not None]
    high = [part.energy_high_uj for part in parts if part.energy_high_uj is not None]
    has_interval = len(low) == len(high) == len(parts)
    low_uj, high_uj = (fsum(low), fsum(high)) if has_interval else (None, None)
    most = max(parts, key=lambda part: part.energy_uj)
    found = replace(
        most,
        energy_uj=energy_uj,
        uncertainty_uj=None if low_uj is None or high_uj is None else max(energy_uj - low_uj, high_uj - energy_uj),
        energy_low_uj=low_uj,
        energy_high_uj=high_uj,
        interval_basis=_joined(part.interval_basis for part in parts),
        mean_power_mw=energy_uj * 1e-3 / known_s if known_s else 0.0,
        by_event_uj={name: fsum(part.by_event_uj[name] for part in parts) for name in most.by_event_uj},
    )
    return found, share


def _notes(
    board: Board, pairs: Sequence[tuple[Profile, Priced]], intervals: Sequence[Interval | None]
) -> tuple[Note, ...]:
    """What the pricing decided, each thing said once for all sections."""
    changed = [note(profile.programmed, section.point) for profile, section in pairs]
    biases = [known_bias(board, section.point) for _, section in pairs]
    widened = dict.fromkeys(why for each in intervals if each for why in each.widened)
    found = [Note(NoteKind.WHAT_IF, "operating point", 1, text) for text in dict.fromkeys(changed) if text]
    found += [Note(NoteKind.METHOD, "latency", 1, text) for text in dict.fromkeys(biases) if text]
    if widened:
        found.append(Note(NoteKind.METHOD, "interval", 1, f"wider intervals, for {', '.join(widened)}"))
    total_s = fsum(section.estimate.latency_s for _, section in pairs)
    for text in dict.fromkeys(section.why_not for _, section in pairs if section.why_not):
        lacking_s = fsum(each.estimate.latency_s for _, each in pairs if each.why_not == text)
        of_what = "" if lacking_s == total_s else f"the energy of {lacking_s / total_s:.2%} of the time is not known: "
        found.append(Note(NoteKind.METHOD, "energy", 1, of_what + text))
    return tuple(found)


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))
