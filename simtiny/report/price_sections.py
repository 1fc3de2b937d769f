"""Profiles of one window, a section each, priced and summed up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum

from simtiny.board import Board
from simtiny.breakdown import Part, Sums, function_sums, in_order
from simtiny.energy import EnergyEstimate, with_interval
from simtiny.energy_parts import added
from simtiny.image import Image
from simtiny.intervals import Interval, energy_interval, latency_interval
from simtiny.notes import Note, NoteKind
from simtiny.operating_point import Overrides, Supply, note
from simtiny.power import LDO
from simtiny.pricing import Priced, price_run
from simtiny.profiles import Profile
from simtiny.report.price_result import Section
from simtiny.timing.models import MODELS
from simtiny.uncertainty import (
    by_own_measurements,
    known_energy_bias,
    other_point,
    other_timing,
    recorded_supplies,
    timing_on_record,
)
from simtiny.validated import LEAST_SHARE, code_in, not_validated, runs_elsewhere

LEAST_ENERGY_SHARE = 0.99
"""Of the time. Where the energy of less is known, as at a regulator's setting of start-up, none is given."""


@dataclass(frozen=True)
class PricedSections:
    """A window, in sections. latency_ms with the ends of its interval, and what that follows from.

    energy, energy_share: see `simtiny.report.price_result.PriceResult`. profiles, priced, energies: of the sections.
    notes: what the pricing decided.
    """

    latency_ms: float
    low_ms: float
    high_ms: float
    interval_basis: str
    not_validated: str | None
    energy: EnergyEstimate | None
    energy_share: float
    sections: tuple[Section, ...]
    notes: tuple[Note, ...]
    profiles: tuple[Profile, ...]
    priced: tuple[Priced, ...]
    energies: tuple[EnergyEstimate | None, ...]

    @property
    def cycles(self) -> int:
        """Of all sections."""
        return sum(section.cycles for section in self.sections)

    @property
    def instructions(self) -> int:
        """Of all sections."""
        return sum(section.instructions for section in self.sections)


def priced_sections(
    board: Board, profiles: tuple[Profile, ...], overrides: Overrides, supply: Supply
) -> PricedSections:
    """Price each of them. Raises BadInput and Unpriced."""
    sections = tuple(price_run(profile, board, overrides, supply) for profile in profiles)
    pairs = list(zip(profiles, sections, strict=True))
    intervals = [_latency_interval(board, profile, section) for profile, section in pairs]
    energy_intervals = [_energy_interval(board, profile, section) for profile, section in pairs]
    energies = tuple(
        with_interval(section.consumption.energy, interval) if section.consumption else None
        for section, interval in zip(sections, energy_intervals, strict=True)
    )
    ends = [each.around(section.estimate.latency_s * 1e3) for each, section in zip(intervals, sections, strict=True)]
    lacking = _not_validated(board, pairs)
    energy, energy_share = _sum(energies, [section.estimate.latency_s for section in sections])
    return PricedSections(
        latency_ms=fsum(section.estimate.latency_s for section in sections) * 1e3,
        low_ms=fsum(low for low, _ in ends),
        high_ms=fsum(high for _, high in ends),
        interval_basis=_joined(interval.basis for interval in intervals),
        not_validated=lacking,
        energy=energy,
        energy_share=energy_share,
        sections=tuple(_section(*each) for each in zip(sections, energies, strict=True)),
        notes=_notes(board, pairs, [*intervals, *energy_intervals], lacking),
        profiles=profiles,
        priced=sections,
        energies=energies,
    )


def _not_validated(board: Board, pairs: Sequence[tuple[Profile, Priced]]) -> str | None:
    """What no recorded figure has, of all sections that take some of the time: start-up code decides nothing."""
    total_s = fsum(section.estimate.latency_s for _, section in pairs)
    lacking = [
        not_validated(board, section.point, code_in=code_in(board, (profile,)), changed=False)
        for profile, section in pairs
        if section.estimate.latency_s >= LEAST_SHARE * total_s
    ]
    return _joined(text for text in lacking if text) or None


def _section(section: Priced, energy: EnergyEstimate | None) -> Section:
    found = section.estimate
    energy_uj = energy.energy_uj if energy else None
    return Section(section.point, found.cycles, found.instructions, found.latency_s * 1e3, energy_uj)


def by_function(found: PricedSections, image: Image) -> tuple[Part, ...]:
    """The functions of all sections, the costliest first."""
    sums: dict[tuple[str, int], Sums] = {}
    for profile, section, energy in zip(found.profiles, found.priced, found.energies, strict=True):
        for key, (cycles, split) in function_sums(profile, section.estimate, energy, image).items():
            before = sums.get(key, (0.0, {}))
            sums[key] = before[0] + cycles, added((before[1], split))
    return in_order(sums, found.energy)


def _latency_interval(board: Board, profile: Profile, section: Priced) -> Interval:
    """A stream is a program of any kind, even if it is that of a recorded result."""
    return latency_interval(
        board.core,
        MODELS[board.core].evidence.relative_uncertainty,
        recorded=False,
        board_known=timing_on_record(board),
        other_timing=other_timing(board, profile.programmed, section.point)
        or runs_elsewhere(board, code_in(board, (profile,)), section.point),
    )


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
        data_sheet=model.data_sheet,
        too_high=known_energy_bias(board, section.point) is not None,
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
        left_on_uj=_left_on([part.left_on_uj for part in parts]),
    )
    return found, share


def _left_on(parts: Sequence[Mapping[str, float] | None]) -> dict[str, float] | None:
    """What was on in any section, summed up; None where it is not known of one."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    names = dict.fromkeys(name for part in known for name in part)
    return {name: fsum(part.get(name, 0.0) for part in known) for name in names}


def _notes(
    board: Board,
    pairs: Sequence[tuple[Profile, Priced]],
    intervals: Sequence[Interval | None],
    lacking: str | None,
) -> tuple[Note, ...]:
    """What the pricing decided, each thing said once for all sections."""
    changed = [note(profile.programmed, section.point) for profile, section in pairs]
    widened = dict.fromkeys(why for each in intervals if each for why in each.widened)
    found = [Note(NoteKind.WHAT_IF, "operating point", 1, text) for text in dict.fromkeys(changed) if text]
    if widened:
        found.append(Note(NoteKind.METHOD, "interval", 1, f"wider intervals, for {', '.join(widened)}"))
    if lacking:
        found.append(Note(NoteKind.METHOD, "configuration", 1, lacking))
    biases = dict.fromkeys(known_energy_bias(board, section.point) for _, section in pairs if not section.why_not)
    found += [Note(NoteKind.METHOD, "energy", 1, text) for text in biases if text]
    total_s = fsum(section.estimate.latency_s for _, section in pairs)
    for text in dict.fromkeys(section.why_not for _, section in pairs if section.why_not):
        lacking_s = fsum(each.estimate.latency_s for _, each in pairs if each.why_not == text)
        of_what = "" if lacking_s == total_s else f"the energy of {lacking_s / total_s:.2%} of the time is not known: "
        found.append(Note(NoteKind.METHOD, "energy", 1, of_what + text))
    return tuple(found)


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))
