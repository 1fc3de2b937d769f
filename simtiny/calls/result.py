"""What one call returned, and what it cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simtiny.board import Board
from simtiny.energy import EnergyEstimate, with_interval
from simtiny.mlperf.workload import Workload
from simtiny.pricing import price_run
from simtiny.profiles import OperatingPoint, Profile
from simtiny.request import Request
from simtiny.timing.effects import Effect
from simtiny.uncertainty import energy_interval_of, latency_interval_of
from simtiny.validated import code_in, runs_elsewhere


@dataclass(frozen=True)
class CallResult:
    """One call, from its first instruction to its last; what its interrupts took is in it.

    `value`: what it returned, as a Python number, an instance of the struct that was asked for, or None for void.
    Energies are None where the board's energy is not known, `why_not` says why; ends of an interval are those of 90 %.
    `cycles_by_effect`: why cycles passed; they sum up to `cycles`. `operating_point`: clock, wait states, caches;
    `point`: these in words.
    `assumptions`: on what the figures rest.
    """

    function: str
    value: Any
    cycles: int
    instructions: int
    latency_ms: float
    latency_low_ms: float
    latency_high_ms: float
    energy_uj: float | None
    energy_low_uj: float | None
    energy_high_uj: float | None
    cycles_by_effect: Mapping[str, int]
    operating_point: OperatingPoint
    point: str
    assumptions: tuple[str, ...]
    why_not: str | None

    def __str__(self) -> str:
        energy = "" if self.energy_uj is None else f", {self.energy_uj:,.4g} uJ"
        return f"{self.function}: {self.cycles:,} cycles, {self.latency_ms:,.4g} ms{energy}"


def priced_call(
    function: str, value: Any, profile: Profile, workload: Workload, request: Request, assumptions: tuple[str, ...]
) -> CallResult:
    """The result of a call that was counted. Raises as `price_run` does."""
    priced = price_run(profile, workload.board, request.overrides, request.supply)
    point, found = priced.point, priced.estimate
    interval = latency_interval_of(
        workload,
        profile.programmed,
        point,
        is_inference=False,
        hypothetical=runs_elsewhere(workload.board, code_in(workload.board, (profile,)), point),
    )
    low_ms, high_ms = interval.around(found.latency_s * 1e3)
    energy: EnergyEstimate | None = None
    if priced.consumption is not None and workload.board.power is not None:
        supply = priced.consumption.supply
        of_energy = energy_interval_of(workload, workload.board.power, supply, profile.programmed, point)
        energy = with_interval(priced.consumption.energy, of_energy)
    return CallResult(
        function=function,
        value=value,
        cycles=found.cycles,
        instructions=found.instructions,
        latency_ms=found.latency_s * 1e3,
        latency_low_ms=low_ms,
        latency_high_ms=high_ms,
        energy_uj=None if energy is None else energy.energy_uj,
        energy_low_uj=None if energy is None else energy.energy_low_uj,
        energy_high_uj=None if energy is None else energy.energy_high_uj,
        cycles_by_effect={
            **{effect.name.lower(): found.cycles_by_effect[effect] for effect in Effect},
            "sleep": profile.sleep_cycles,
        },
        operating_point=point,
        point=point_text(point, workload.board),
        assumptions=(*assumptions, *(note.text for note in profile.notes)),
        why_not=priced.why_not,
    )


def point_text(point: OperatingPoint, board: Board) -> str:
    """Clock, wait states and caches in words."""
    switches = [("prefetch", point.prefetch), ("instruction cache", point.instruction_cache)]
    if board.flash.data_cache is not None:
        switches.append(("data cache", point.data_cache))
    said = ", ".join(f"{name} {'on' if on else 'off'}" for name, on in switches)
    return f"{point.clock_hz / 1e6:g} MHz, {point.wait_states} flash wait states, {said}"
