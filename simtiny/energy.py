"""Energy of a window of execution: what its events cost, and what the chip draws all the while.

Events cost energy in the core at its voltage, in proportion to its square; the regulator divides by its efficiency.
Units: events in counts, energies in picojoules (pJ) and microjoules (uJ), powers in microwatts and milliwatts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from simtiny.errors import BadInput, Unpriced
from simtiny.isa.instruction import BRANCHES, FLOATING_POINT, LOADS, STORES, Instruction, Kind
from simtiny.power import PowerModel, SupplyPoint
from simtiny.profile import Profile

STATIC = "static"
CLOCKED = "clocked"
"""The sleep mode of WFI with the clocks on."""
_KINDS = {
    Kind.MULTIPLY: "multiply",
    Kind.LONG_MULTIPLY: "multiply",
    Kind.MULTIPLY_ACCUMULATE: "multiply_accumulate",
    Kind.LONG_MULTIPLY_ACCUMULATE: "multiply_accumulate",
    **dict.fromkeys(FLOATING_POINT, "floating_point"),
}


@dataclass(frozen=True)
class EventCounts:
    """How often each event with an energy of its own took place.

    Every cycle awake costs something, and an instruction costs more on top: a wait is a cycle without one.
    """

    cycles: int  # awake
    data_processing: int
    multiply: int
    multiply_accumulate: int
    divide: int  # cycles
    floating_point: int
    load_words: int  # from RAM, through a cache or not
    flash_load_words: int  # by instructions that load from flash, through a cache or not
    store_words: int
    branch_taken: int
    branch_not_taken: int
    flash_reads: int  # units read from the flash array: what the caches and the fetch buffer missed
    ram_line_reads: int  # lines filled from RAM behind a data cache
    sleeping: int  # cycles in WFI or WFE


EVENTS = tuple(entry.name for entry in fields(EventCounts))
_COLUMN = {name: column for column, name in enumerate(EVENTS)}


@dataclass(frozen=True)
class EnergyEstimate:
    """Energy drawn at the supply pins. `uncertainty_uj`: half width of its 90 % interval.

    `by_event_uj`: its parts by name of the event, and "static". They sum up to `energy_uj`.
    """

    energy_uj: float
    uncertainty_uj: float
    mean_power_mw: float
    supply_v: float
    calibrated_on: tuple[str, ...]
    core_v: float = 0.0
    regulator: str = ""
    by_event_uj: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class DutyCycle:
    """A window that repeats. `uncertainty_mw`: half width of the 90 % interval; it holds for the window's part only."""

    period_s: float
    sleep_mode: str
    duty: float
    window_mw: float
    sleep_mw: float
    mean_power_mw: float
    uncertainty_mw: float


def energy(events: EventCounts, latency_s: float, model: PowerModel, supply: SupplyPoint) -> EnergyEstimate:
    """Energy of a window with these events that took `latency_s`. Raises Unpriced for an event without a weight."""
    missing = [name for name in EVENTS if name not in model.weights]
    if missing:
        raise Unpriced(f"no energy for {', '.join(missing)} in [power.weights]")
    scale = supply_scale(model, supply)
    parts = {name: scale * model.unit_pj * model.weights[name] * count * 1e-6 for name, count in asdict(events).items()}
    parts[STATIC] = scale * model.static_uw * latency_s
    energy_uj = sum(parts.values())
    return EnergyEstimate(
        energy_uj=energy_uj,
        uncertainty_uj=energy_uj * model.relative_uncertainty,
        mean_power_mw=energy_uj * 1e-3 / latency_s if latency_s else 0.0,
        supply_v=supply.supply_v,
        calibrated_on=model.calibrated_on,
        core_v=supply.core_v,
        regulator=supply.regulator,
        by_event_uj=parts,
    )


def supply_scale(model: PowerModel, supply: SupplyPoint) -> float:
    """Energy at the supply pins over the energy of the same events in the core at `reference_core_v`."""
    return (supply.core_v / model.reference_core_v) ** 2 / supply.efficiency


def sleep_power_mw(model: PowerModel, supply: SupplyPoint, clock_hz: float, mode: str) -> float:
    """Power at the supply pins in a sleep mode: `clocked`, or one of the platform file's."""
    if mode == CLOCKED:
        core_uw = model.unit_pj * model.weights["sleeping"] * clock_hz * 1e-6 + model.static_uw
        return supply_scale(model, supply) * core_uw * 1e-3
    if mode not in model.sleep_modes:
        raise BadInput(f"unknown sleep mode {mode!r}. Known: {', '.join((CLOCKED, *sorted(model.sleep_modes)))}")
    return model.sleep_modes[mode].current_ua * supply.supply_v * 1e-3


def duty_cycle(
    window: EnergyEstimate, latency_s: float, period_s: float, sleep_mw: float, sleep_mode: str
) -> DutyCycle:
    """Mean power of an application that runs the window once a period and sleeps between.

    Waking up takes no time and no energy. Raises BadInput for a period shorter than the window.
    """
    if period_s < latency_s:
        raise BadInput(f"a period of {period_s:g} s is shorter than the window, {latency_s:.6g} s")
    duty = latency_s / period_s
    return DutyCycle(
        period_s=period_s,
        sleep_mode=sleep_mode,
        duty=duty,
        window_mw=window.mean_power_mw,
        sleep_mw=sleep_mw,
        mean_power_mw=duty * window.mean_power_mw + (1 - duty) * sleep_mw,
        uncertainty_mw=window.uncertainty_uj * 1e-3 / period_s,
    )


def mean_power_at(
    model: PowerModel, recorded: tuple[DutyCycle, SupplyPoint], other: tuple[DutyCycle, SupplyPoint], recorded_mw: float
) -> float:
    """Mean power in milliwatts of a duty-cycled application at another operating point, from one recorded mean.

    What was recorded beyond the model's mean at that point, peripherals above all, is taken to go on at the other one
    all the while, in proportion to the square of the core voltage.
    """
    (before, at), (after, there) = recorded, other
    beyond_mw = recorded_mw - before.mean_power_mw
    return after.mean_power_mw + beyond_mw * supply_scale(model, there) / supply_scale(model, at)


def events_by_block(
    profile: Profile, blocks: Sequence[tuple[Instruction, ...]], runs: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The events of each block: shape (blocks, events), columns as the fields of EventCounts. `runs`: of each block.

    Those in cycles belong to the window: of divides it has their number, of cycles and sleep nothing. A branch counts
    as not taken until the next block begins, so that adjoining windows add up: one into the window leaves a block with
    -1 that was not taken and 1 that was.
    """
    counts = np.zeros((len(blocks), len(EVENTS)), np.int64)
    for number, (block, count) in enumerate(zip(blocks, runs.tolist(), strict=True)):
        if count:
            for now in block:
                event, times = _event(now)
                counts[number, _COLUMN[event]] += times * count
    for (before, _, count), taken in zip(profile.edges.tolist(), profile.taken.tolist(), strict=True):
        if taken and before >= 0 and blocks[before][-1].kind in BRANCHES:
            counts[before, _COLUMN["branch_taken"]] += count
            counts[before, _COLUMN["branch_not_taken"]] -= count
    counts[:, _COLUMN["flash_reads"]] = profile.fetch_misses.sum(axis=1) + profile.data_reads[:, 1]
    counts[:, _COLUMN["ram_line_reads"]] = profile.ram_misses
    return counts


def count_events(profile: Profile, by_block: NDArray[np.int64], cycles: int) -> EventCounts:
    """Sum up a window. `by_block`: from `events_by_block`. `cycles`: asleep or awake."""
    counts: dict[str, int] = dict(zip(EVENTS, by_block.sum(axis=0).tolist(), strict=True))
    counts["cycles"], counts["sleeping"] = cycles - profile.sleep_cycles, profile.sleep_cycles
    counts["divide"] = int((profile.divides * np.arange(len(profile.divides))).sum())
    return EventCounts(**counts)


def _event(now: Instruction) -> tuple[str, int]:
    if now.kind in LOADS:
        return ("flash_load_words" if now.reads_flash else "load_words"), now.transfers
    if now.kind in STORES:
        return "store_words", now.transfers
    if now.kind is Kind.DIVIDE:
        return "divide", 1
    if now.kind in BRANCHES:
        return "branch_not_taken", 1  # until the next block shows
    return _KINDS.get(now.kind, "data_processing"), 1
