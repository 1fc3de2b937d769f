"""Prices every passage through the windows of a run, and names what interrupted them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from math import fsum
from operator import mul
from typing import Any

from simtiny.board import Board
from simtiny.errors import SimtinyError
from simtiny.exception_names import interrupt_name
from simtiny.mlperf.measurement import Measurement, WindowCounts
from simtiny.mlperf.workload import Workload
from simtiny.pricing import price_run
from simtiny.profiles import Profile
from simtiny.report.window_result import Figures, Interrupt, Wait, WindowResult
from simtiny.request import Request


def assemble_windows(workload: Workload, measurement: Measurement, request: Request) -> tuple[WindowResult, ...]:
    """What was counted of each window, priced as the request says."""
    return tuple(_window(workload.board, counts, request) for counts in measurement.windows)


def interrupts_of(profiles: Iterable[tuple[int, Profile]], board: Board) -> tuple[Interrupt, ...]:
    """What interrupted some windows, each so many times, taken together; the one with most cycles first."""
    taken, cycles, whole = Counter[int](), Counter[int](), 0
    for times, profile in profiles:
        whole += times * profile.cycles
        for handler in profile.handlers:
            taken[handler.number] += times * handler.taken
            cycles[handler.number] += times * handler.cycles
    return tuple(
        Interrupt(interrupt_name(board, number), number, taken[number], many, many / whole if whole else 0.0)
        for number, many in sorted(cycles.items(), key=lambda item: (-item[1], item[0]))
    )


def waits_of(waits: Mapping[str, int], cycles: int) -> tuple[Wait, ...]:
    """What a window of so many cycles waited for, the longest wait first."""
    return tuple(
        Wait(name, each, each / cycles) for name, each in sorted(waits.items(), key=lambda item: (-item[1], item[0]))
    )


def _window(board: Board, counts: WindowCounts, request: Request) -> WindowResult:
    each = [(passage, _figures(passage.profile, board, request)) for passage in counts.passages]
    fewest = min(each, key=lambda pair: pair[1].cycles)[0]
    most = max(each, key=lambda pair: pair[1].cycles)[0]
    times = [passage.times for passage, _ in each]
    columns = {name: [getattr(figures, name) for _, figures in each] for name in ("cycles", "latency_ms", "energy_uj")}
    return WindowResult(
        name=counts.bounds.title,
        address=counts.address,
        calls=counts.count,
        left=counts.abandoned,
        without_price=counts.reconfigured,
        first=each[0][1],
        minimum=_each_column(columns, min),
        minimum_call=fewest.number,
        mean=_each_column(columns, lambda values: fsum(map(mul, values, times)) / sum(times)),
        maximum=_each_column(columns, max),
        maximum_call=most.number,
        total=_each_column(columns, lambda values: fsum(map(mul, values, times))),
        waits=waits_of(counts.waits, sum(passage.times * passage.profile.cycles for passage, _ in each)),
        interrupts=interrupts_of(((passage.times, passage.profile) for passage, _ in each), board),
    )


def _each_column(columns: Mapping[str, list[Any]], of: Callable[[list[float]], float]) -> Figures:
    """`of` the cycles, of the times and of the energies of some passages: None where one of these is not known."""
    energies = columns["energy_uj"]
    return Figures(of(columns["cycles"]), of(columns["latency_ms"]), None if None in energies else of(energies))


def _figures(profile: Profile, board: Board, request: Request) -> Figures:
    """Of one profile. One that can't be priced as the request says has the cycles and the time that it took."""
    try:
        priced = price_run(profile, board, request.overrides, request.supply)
    except (SimtinyError, ValueError):
        return Figures(float(profile.cycles), profile.cycles / profile.operating_point.clock_hz * 1e3, None)
    energy = priced.consumption.energy.energy_uj if priced.consumption else None
    return Figures(float(priced.estimate.cycles), priced.estimate.latency_s * 1e3, energy)
