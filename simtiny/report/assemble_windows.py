"""Prices every passage through the windows of a run, and names what interrupted them."""

from collections import Counter
from collections.abc import Iterable
from math import fsum

from simtiny.board import Board
from simtiny.errors import SimtinyError
from simtiny.machine.exception_names import interrupt_name
from simtiny.mlperf.measurement import Measurement, WindowCounts
from simtiny.mlperf.workload import Workload
from simtiny.pricing import price_run
from simtiny.profiles import Profile
from simtiny.report.window_result import Figures, Interrupt, WindowResult
from simtiny.request import Request


def assemble_windows(workload: Workload, measurement: Measurement, request: Request) -> tuple[WindowResult, ...]:
    """What was counted of each window, priced as the request says."""
    return tuple(_window(workload.board, counts, request) for counts in measurement.windows)


def interrupts_of(profiles: Iterable[Profile], board: Board) -> tuple[Interrupt, ...]:
    """What interrupted some windows, taken together; the one with most cycles first."""
    taken, cycles, whole = Counter[int](), Counter[int](), 0
    for profile in profiles:
        whole += profile.cycles
        for handler in profile.handlers:
            taken[handler.number] += handler.taken
            cycles[handler.number] += handler.cycles
    return tuple(
        Interrupt(interrupt_name(board, number), number, taken[number], many, many / whole if whole else 0.0)
        for number, many in sorted(cycles.items(), key=lambda item: (-item[1], item[0]))
    )


def _window(board: Board, counts: WindowCounts, request: Request) -> WindowResult:
    parts = [_figures(profile, board, request) for _, profile in counts.totals]
    energies = [part.energy_uj for part in parts]
    total = Figures(
        fsum(part.cycles for part in parts),
        fsum(part.latency_ms for part in parts),
        None if None in energies else fsum(energy for energy in energies if energy is not None),
    )
    priced = sum(count for count, _ in counts.totals)
    return WindowResult(
        name=counts.bounds.title,
        address=counts.address,
        calls=counts.count,
        left=counts.abandoned,
        without_price=counts.reconfigured,
        first=_figures(counts.first.profile, board, request),
        minimum=_figures(counts.fewest.profile, board, request),
        minimum_call=counts.fewest.number,
        mean=Figures(
            total.cycles / priced,
            total.latency_ms / priced,
            None if total.energy_uj is None else total.energy_uj / priced,
        ),
        maximum=_figures(counts.most.profile, board, request),
        maximum_call=counts.most.number,
        total=total,
        interrupts=interrupts_of((profile for _, profile in counts.totals), board),
    )


def _figures(profile: Profile, board: Board, request: Request) -> Figures:
    """Of one profile. One that can't be priced as the request says has the cycles and the time that it took."""
    try:
        priced = price_run(profile, board, request.overrides, request.supply)
    except (SimtinyError, ValueError):
        return Figures(float(profile.cycles), profile.cycles / profile.operating_point.clock_hz * 1e3, None)
    energy = priced.consumption.energy.energy_uj if priced.consumption else None
    return Figures(float(priced.estimate.cycles), priced.estimate.latency_s * 1e3, energy)
