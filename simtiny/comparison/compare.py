"""Two results as plain values into a `Comparison`. Pure."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import fsum
from typing import Any

from simtiny.comparison import parts
from simtiny.comparison.parts import Code, Pair, Part, quantum, rounded
from simtiny.comparison.result import Change, CodePart, Compared, Comparison, EnergyPart, LatencyPart
from simtiny.comparison.saved import Result, read_result
from simtiny.comparison.settings import memory_parts, settings, work_notes

_Ends = tuple[float | None, float | None]


def compared(
    a: Mapping[str, Any],
    b: Mapping[str, Any],
    names: tuple[str, str] = ("A", "B"),
    *,
    versions: tuple[str, str] = ("", ""),
    notes: Sequence[str] = (),
) -> Comparison:
    """What explains the difference of two results: objects of `results` in the JSON document of a run.

    `names`: what the user calls them. `versions`: of simtiny that made them, empty for this one. Raises BadInput for
    what is no result.
    """
    first, second = read_result(a, names[0]), read_result(b, names[1])
    latency, energy = parts.latency(first, second), parts.energy(first, second)
    functions, layers = parts.functions(first, second), parts.layers(first, second)
    times = [parts.latency_shares(first, second, pairs) for pairs in (functions, layers)]
    energies = [parts.energy_shares(first, second, pairs) for pairs in (functions, layers)]
    of_ms = _quantum((first.latency_ms, second.latency_ms), latency, *times)
    of_uj = _quantum((_energy_uj(first) or 0.0, _energy_uj(second) or 0.0), energy, *energies)
    by_function, by_layer = (
        _code_parts(first, second, pairs, time, drawn, of_ms, of_uj)
        for pairs, time, drawn in zip((functions, layers), times, energies, strict=True)
    )
    latency_parts, energy_parts = _latency_parts(latency, of_ms), _energy_parts(energy, of_uj)
    return Comparison(
        a=_compared(first, names[0], versions[0]),
        b=_compared(second, names[1], versions[1]),
        latency=_change(
            (first.latency_ms, second.latency_ms),
            fsum(part.difference_ms for part in latency_parts),
            (first.latency_low_ms, first.latency_high_ms),
            (second.latency_low_ms, second.latency_high_ms),
        ),
        cycles=_change(
            (_count(first.cycles), _count(second.cycles)),
            _count(fsum(part.difference_cycles for part in latency_parts)),
        ),
        instructions=_change((_count(first.instructions), _count(second.instructions))),
        energy=_energy_change(first, second, energy_parts),
        mean_power=_known(*(each.energy.mean_power_mw if each.energy else None for each in (first, second))),
        duty_power=_known(*(each.duty_cycle.mean_power_mw if each.duty_cycle else None for each in (first, second))),
        mean_current=_known(*(each.life.mean_current_ua if each.life else None for each in (first, second))),
        battery_days=_known(*(each.life.battery_days if each.life else None for each in (first, second))),
        latency_parts=latency_parts,
        energy_parts=energy_parts,
        by_function=tuple(sorted(by_function, key=lambda part: (-abs(part.difference_ms), -part.a_ms))),
        by_layer=by_layer,
        memory=memory_parts(first, second),
        settings=settings(first, second),
        notes=(*work_notes(first, second, versions), *notes),
    )


def _quantum(two: tuple[float, float], *ways: Sequence[Part]) -> Fraction:
    return quantum(map(Fraction, two), *((part.of for part in way) for way in ways))


def _latency_parts(exact: Sequence[Part], of_ms: Fraction) -> tuple[LatencyPart, ...]:
    of_cycles = quantum(*((getattr(part, which) for part in exact) for which in ("a", "b", "cycles")))
    cycles = rounded((part.cycles for part in exact), of_cycles)
    times = rounded((part.of for part in exact), of_ms)
    return tuple(
        LatencyPart(part.name, _count(float(part.a)), _count(float(part.b)), _count(difference), time)
        for part, difference, time in zip(exact, cycles, times, strict=True)
    )


def _energy_parts(exact: Sequence[Part], of_uj: Fraction) -> tuple[EnergyPart, ...]:
    differences = rounded((part.of for part in exact), of_uj)
    return tuple(
        EnergyPart(part.name, float(part.a), float(part.b), difference)
        for part, difference in zip(exact, differences, strict=True)
    )


def _code_parts(
    a: Result,
    b: Result,
    pairs: Sequence[Pair],
    times: Sequence[Part],
    energies: Sequence[Part],
    of_ms: Fraction,
    of_uj: Fraction,
) -> tuple[CodePart, ...]:
    """The pairs with their shares, in the order of the pairs; what no pair holds comes last."""
    if not pairs:
        return ()
    rest = Pair(parts.ELSEWHERE, Code(), Code())
    rows = [*pairs, *[rest] * (max(len(times), len(energies)) - len(pairs))]
    of_time = rounded((part.of for part in times), of_ms)
    of_energy: list[float | None] = [*rounded((part.of for part in energies), of_uj)]
    of_time += [0.0] * (len(rows) - len(of_time))
    of_energy += [0.0 if energies else None] * (len(rows) - len(of_energy))
    found = []
    for pair, time, energy in zip(rows, of_time, of_energy, strict=True):
        one, other = pair.a or Code(), pair.b or Code()
        found.append(
            CodePart(
                name=pair.name,
                count=max(one.count, other.count),
                only_in="B" if pair.a is None else "A" if pair.b is None else "",
                a_cycles=float(one.cycles),
                b_cycles=float(other.cycles),
                a_ms=float(one.cycles * 1000 / Fraction(a.clock_hz)),
                b_ms=float(other.cycles * 1000 / Fraction(b.clock_hz)),
                difference_ms=time,
                a_uj=None if energy is None or one.energy_uj is None else float(one.energy_uj),
                b_uj=None if energy is None or other.energy_uj is None else float(other.energy_uj),
                difference_uj=energy,
            )
        )
    return tuple(found)


def _energy_change(a: Result, b: Result, energy_parts: Sequence[EnergyPart]) -> Change | None:
    if a.energy is None or b.energy is None:
        return None
    return _change(
        (a.energy.energy_uj, b.energy.energy_uj),
        fsum(part.difference_uj for part in energy_parts),
        (a.energy.energy_low_uj, a.energy.energy_high_uj),
        (b.energy.energy_low_uj, b.energy.energy_high_uj),
    )


def _known(a: float | None, b: float | None) -> Change | None:
    """The change of a figure that one of them may not have."""
    return None if a is None or b is None else _change((a, b))


def _change(
    two: tuple[float, float],
    difference: float | None = None,
    ends_a: _Ends = (None, None),
    ends_b: _Ends = (None, None),
) -> Change:
    """`difference`: as the sum of its parts gives it, which is exact."""
    a, b = two
    (low_a, high_a), (low_b, high_b) = ends_a, ends_b
    within = None
    if low_a is not None and high_a is not None and low_b is not None and high_b is not None:
        within = low_a <= b <= high_a and low_b <= a <= high_b
    ratio = b / a if a and b / a < float("inf") else None
    return Change(a, b, b - a if difference is None else difference, ratio, within)


def _compared(result: Result, name: str, version: str) -> Compared:
    energy = result.energy
    return Compared(
        name=name,
        title=result.title,
        board=result.board,
        window=result.window,
        firmware=result.firmware,
        version=version,
        image_sha256=result.identity.get("image_sha256"),
        latency_low_ms=result.latency_low_ms,
        latency_high_ms=result.latency_high_ms,
        energy_low_uj=energy.energy_low_uj if energy else None,
        energy_high_uj=energy.energy_high_uj if energy else None,
    )


def _energy_uj(result: Result) -> float | None:
    return result.energy.energy_uj if result.energy else None


def _count(value: float) -> float:
    """A whole number as one: cycles are, and JSON then has them without a point."""
    return int(value) if value == int(value) else value
