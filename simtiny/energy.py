"""Energy of a window of execution: what its events cost, and what the chip draws all the while.

First version. Per-event energies are ratios to one data-processing instruction, from published measurements; one
factor, the energy of that instruction, is calibrated on one record of the board. Units: events in counts, energies in
picojoules (pJ).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields

import msgspec
import numpy as np
from numpy.typing import NDArray

from simtiny.errors import Unpriced
from simtiny.isa.instruction import BRANCHES, FLOATING_POINT, LOADS, STORES, Instruction, Kind
from simtiny.platform import Board
from simtiny.profile import Profile
from simtiny.timing.effects import Effect

_MULTIPLIES = frozenset(
    {Kind.MULTIPLY, Kind.MULTIPLY_ACCUMULATE, Kind.LONG_MULTIPLY, Kind.LONG_MULTIPLY_ACCUMULATE},
)


@dataclass(frozen=True)
class EventCounts:
    """How often each event with an energy of its own took place."""

    data_processing: int
    multiply: int
    divide: int
    floating_point: int
    load_words: int
    store_words: int
    branch: int
    waiting: int  # cycles in which the core waits for a pipeline, memory or an exception
    flash_reads: int  # units read from the flash array
    sleeping: int  # cycles in WFI or WFE


@dataclass(frozen=True)
class PowerModel:
    """A board's power model, `[power]` in its platform file. `weights`: energy of each event relative to `unit_pj`."""

    regulator: str
    supply_v: float
    unit_pj: float  # one data-processing instruction at `supply_v`
    static_ua: float  # drawn all the while: regulator, oscillators, leakage
    weights: Mapping[str, float]
    relative_uncertainty: float  # half width of the interval
    calibrated_on: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class EnergyEstimate:
    """Energy drawn at the supply pins, with the half width of its interval."""

    energy_uj: float
    uncertainty_uj: float
    mean_power_mw: float
    supply_v: float
    calibrated_on: tuple[str, ...]


def power_model(board: Board) -> PowerModel:
    """The board's power model. Raises Unpriced where the platform file has none or leaves an event without a weight."""
    if not board.power:
        raise Unpriced(f"board {board.id}: its platform file has no power model, so its energy can't be estimated")
    model = msgspec.convert(dict(board.power), PowerModel)
    missing = [field.name for field in fields(EventCounts) if field.name not in model.weights]
    if missing:
        raise Unpriced(f"board {board.id}: no energy for {', '.join(missing)} in [power.weights]")
    return model


def energy(events: EventCounts, latency_s: float, model: PowerModel) -> EnergyEstimate:
    """Energy of a window with these events that took `latency_s`, at the model's supply voltage."""
    dynamic_pj = model.unit_pj * sum(model.weights[name] * count for name, count in asdict(events).items())
    static_pj = model.static_ua * model.supply_v * latency_s * 1e6
    energy_uj = (dynamic_pj + static_pj) * 1e-6
    return EnergyEstimate(
        energy_uj=energy_uj,
        uncertainty_uj=energy_uj * model.relative_uncertainty,
        mean_power_mw=energy_uj * 1e-3 / latency_s if latency_s else 0.0,
        supply_v=model.supply_v,
        calibrated_on=model.calibrated_on,
    )


def count_events(
    profile: Profile,
    blocks: Sequence[tuple[Instruction, ...]],
    runs: NDArray[np.int64],
    cycles_by_effect: Sequence[int],
) -> EventCounts:
    """Sum up a profile. `runs`: how often each block ran; a divide counts once for each of its cycles."""
    issued: Counter[str] = Counter()
    for block, count in zip(blocks, runs.tolist(), strict=True):
        if count:
            for now in block:
                for event, times in _events(now):
                    issued[event] += times * count
    divide_cycles = int((profile.divides * np.arange(len(profile.divides))).sum())
    waiting = sum(cycles_by_effect) - cycles_by_effect[Effect.ISSUE] - cycles_by_effect[Effect.DIVIDE]
    return EventCounts(
        data_processing=issued["data_processing"],
        multiply=issued["multiply"],
        divide=divide_cycles,
        floating_point=issued["floating_point"],
        load_words=issued["load_words"],
        store_words=issued["store_words"],
        branch=issued["branch"],
        waiting=waiting,
        flash_reads=int(profile.fetch_misses.sum() + profile.data_reads[:, 1].sum()),
        sleeping=profile.sleep_cycles,
    )


def _events(now: Instruction) -> list[tuple[str, int]]:
    if now.kind in LOADS:
        return [("load_words", now.transfers)]
    if now.kind in STORES:
        return [("store_words", now.transfers)]
    if now.kind is Kind.DIVIDE:
        return []
    if now.kind in BRANCHES:
        return [("branch", 1)]
    if now.kind in _MULTIPLIES:
        return [("multiply", 1)]
    return [("floating_point" if now.kind in FLOATING_POINT else "data_processing", 1)]
