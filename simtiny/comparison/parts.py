"""The sums: what each part of one result has in the difference from the other. Done in fractions, given as floats."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import zip_longest
from math import ulp

from simtiny.comparison.saved import Layer, Result

SLEEP = "sleep"
CLOCK = "clock"
BEYOND_LAYERS = "before and after"
ELSEWHERE = "not attributed"
_ROUNDING = Fraction(1, 10**9)
"""Parts of a result may miss the whole by so much of it: they were rounded one by one."""
_ZERO = Fraction(0)


@dataclass(frozen=True)
class Part:
    """A part before it is rounded. In A and in B it has `a` and `b`, cycles or uJ; of the difference it has `of`.

    `cycles`: of the difference in cycles, where `of` is in ms.
    """

    name: str
    a: Fraction
    b: Fraction
    of: Fraction
    cycles: Fraction = Fraction(0)


@dataclass(frozen=True)
class Code:
    """A function, all of one name, or a layer of one result. `energy_uj`: None where it is not known."""

    cycles: Fraction = _ZERO
    energy_uj: Fraction | None = _ZERO
    count: int = 1


@dataclass(frozen=True)
class Pair:
    """What is the same code in A and in B. None where there is no such code."""

    name: str
    a: Code | None
    b: Code | None


def latency(a: Result, b: Result) -> list[Part]:
    """Parts in cycles, with differences in ms, that sum up to the difference of the latencies.

    Each effect at A's clock, then sleep, each at its own clock, then what the cycles awake of B take for B's clock.
    """
    a_ms, b_ms = _ms_per_cycle(a), _ms_per_cycle(b)
    effects = [
        _fractions({name: cycles for name, cycles in result.cycles_by_effect.items() if name != SLEEP})
        for result in (a, b)
    ]
    asleep_a, asleep_b = (Fraction(result.cycles_by_effect.get(SLEEP, 0)) for result in (a, b))
    awake_a, awake_b = Fraction(a.cycles) - asleep_a, Fraction(b.cycles) - asleep_b
    parts = _complete(_aligned(*effects), awake_b - awake_a, awake_a + awake_b)
    parts = [replace(part, of=part.of * a_ms, cycles=part.of) for part in parts]
    parts.append(Part(SLEEP, asleep_a, asleep_b, asleep_b * b_ms - asleep_a * a_ms, asleep_b - asleep_a))
    parts.append(Part(CLOCK, _ZERO, _ZERO, awake_b * (b_ms - a_ms)))
    return _complete(parts, *_latencies(a, b))


def energy(a: Result, b: Result) -> list[Part]:
    """Parts in uJ by event; nothing where an energy is not known."""
    if a.energy is None or b.energy is None:
        return []
    parts = [
        part for part in _aligned(*(_fractions(each.by_event_uj) for each in (a.energy, b.energy))) if part.a or part.b
    ]
    return _complete(parts, *_energies(a, b))


def functions(a: Result, b: Result) -> list[Pair]:
    """By name; those of one name are one, since nothing tells which of them is which on the other side.

    Nothing where neither has symbols.
    """
    if len(a.by_function) < 2 and len(b.by_function) < 2:
        return []
    sides: list[dict[str, Code]] = [{}, {}]
    for found, result in zip(sides, (a, b), strict=True):
        for part in result.by_function:
            code = Code(Fraction(part.cycles), _fraction(part.energy_uj))
            found[part.name] = _both(found[part.name], code) if part.name in found else code
    return [Pair(name, sides[0].get(name), sides[1].get(name)) for name in dict.fromkeys([*sides[0], *sides[1]])]


def layers(a: Result, b: Result) -> list[Pair]:
    """Those of one index and kind are the same; the others are paired by kind, in their order. Then all else.

    Nothing where one of the results has none.
    """
    if not a.layers or not b.layers:
        return []
    kinds = [[layer.kind for layer in result.layers] for result in (a, b)]
    matched = {index for index, (one, other) in enumerate(zip(*kinds, strict=False)) if one == other}
    others: dict[str, tuple[list[int], list[int]]] = {}
    for side in (0, 1):
        for index, kind in enumerate(kinds[side]):
            if index not in matched:
                others.setdefault(kind, ([], []))[side].append(index)
    indices: list[tuple[int | None, int | None]] = [(index, index) for index in matched]
    indices += [pair for of_kind in others.values() for pair in zip_longest(*of_kind)]
    indices.sort(key=lambda both: min((index, side) for side, index in enumerate(both) if index is not None))
    found = [_layer(a, b, *both) for both in indices]
    return [*found, Pair(BEYOND_LAYERS, _beyond(a), _beyond(b))]


def latency_shares(a: Result, b: Result, pairs: Sequence[Pair]) -> list[Part]:
    """What each pair, and in the end what is none, has in the difference of the latencies. In cycles and ms."""
    a_ms, b_ms = _ms_per_cycle(a), _ms_per_cycle(b)
    codes = [(pair.name, (pair.a or Code()).cycles, (pair.b or Code()).cycles) for pair in pairs]
    return _complete(
        [Part(name, of_a, of_b, of_b * b_ms - of_a * a_ms) for name, of_a, of_b in codes], *_latencies(a, b)
    )


def energy_shares(a: Result, b: Result, pairs: Sequence[Pair]) -> list[Part]:
    """The same of the energies, in uJ. Nothing where one is not known."""
    energies = [code.energy_uj for pair in pairs for code in (pair.a, pair.b) if code]
    if a.energy is None or b.energy is None or None in energies:
        return []
    both = [((pair.a or Code()).energy_uj or _ZERO, (pair.b or Code()).energy_uj or _ZERO) for pair in pairs]
    parts = [Part(pair.name, *of_both, of_both[1] - of_both[0]) for pair, of_both in zip(pairs, both, strict=True)]
    return _complete(parts, *_energies(a, b))


def quantum(*sums: Iterable[Fraction]) -> Fraction:
    """What floats should be multiples of that sum up to a difference: then all their sums are exact, in any order.

    `sums`: the parts, in each way of dividing it up, and the two figures that differ. It is two ulps of the largest sum
    of magnitudes, so that no sum of some parts has more digits than a float. 1 where all is 0.
    """
    size = float(max(sum(map(abs, parts)) for parts in sums))
    return 2 * Fraction(ulp(size)) if size else Fraction(1)


def rounded(parts: Iterable[Fraction], of: Fraction) -> list[float]:
    """The parts as multiples of the quantum `of`. They sum up to the multiple of it that is next to their sum.

    Each is less than a quantum and a half from what it was. A part that is 0 stays 0.
    """
    found, total, before = [], _ZERO, 0
    for part in parts:
        total += part
        until = round(total / of)  # a part is what lies between two: so nothing is lost in the sum
        found.append(float((until - before) * of))
        before = until
    return found


def _complete(parts: Sequence[Part], whole: Fraction, scale: Fraction) -> list[Part]:
    """The parts, so that they sum up to the `whole` difference: what is missing is one more.

    If it is no more than rounding, beside `scale`, it goes to the largest.
    """
    missing = whole - sum(part.of for part in parts)
    if not missing:
        return list(parts)
    largest = max(range(len(parts)), key=lambda index: abs(parts[index].of), default=None)
    if largest is None or not parts[largest].of or abs(missing) > _ROUNDING * scale:
        return [*parts, Part(ELSEWHERE, _ZERO, _ZERO, missing)]
    completed = replace(parts[largest], of=parts[largest].of + missing)
    return [*parts[:largest], completed, *parts[largest + 1 :]]


def _latencies(a: Result, b: Result) -> tuple[Fraction, Fraction]:
    """Their difference and their sum."""
    return Fraction(b.latency_ms) - Fraction(a.latency_ms), Fraction(b.latency_ms) + Fraction(a.latency_ms)


def _energies(a: Result, b: Result) -> tuple[Fraction, Fraction]:
    assert a.energy is not None and b.energy is not None
    of_a, of_b = Fraction(a.energy.energy_uj), Fraction(b.energy.energy_uj)
    return of_b - of_a, of_b + of_a


def _aligned(a: Mapping[str, Fraction], b: Mapping[str, Fraction]) -> list[Part]:
    names = dict.fromkeys([*a, *b])
    return [
        Part(name, a.get(name, _ZERO), b.get(name, _ZERO), b.get(name, _ZERO) - a.get(name, _ZERO)) for name in names
    ]


def _layer(a: Result, b: Result, in_a: int | None, in_b: int | None) -> Pair:
    one, other = (None if index is None else result.layers[index] for index, result in ((in_a, a), (in_b, b)))
    indices = dict.fromkeys(str(index) for index in (in_a, in_b) if index is not None)
    shapes = dict.fromkeys("x".join(map(str, layer.output_shape)) for layer in (one, other) if layer)
    kind = next(layer.kind for layer in (one, other) if layer)
    return Pair(" ".join(("/".join(indices), kind, " / ".join(shapes))).strip(), _code(one), _code(other))


def _code(layer: Layer | None) -> Code | None:
    return None if layer is None else Code(Fraction(layer.cycles), _fraction(layer.energy_uj))


def _beyond(result: Result) -> Code:
    """What a window holds before the first layer and after the last."""
    cycles = Fraction(result.cycles) - sum(Fraction(layer.cycles) for layer in result.layers)
    energies = [_fraction(layer.energy_uj) for layer in result.layers]
    if result.energy is None or None in energies:
        return Code(cycles, None)
    return Code(cycles, Fraction(result.energy.energy_uj) - sum(each for each in energies if each is not None))


def _both(one: Code, other: Code) -> Code:
    known = one.energy_uj is not None and other.energy_uj is not None
    energy_uj = (one.energy_uj or _ZERO) + (other.energy_uj or _ZERO) if known else None
    return Code(one.cycles + other.cycles, energy_uj, one.count + other.count)


def _ms_per_cycle(result: Result) -> Fraction:
    return 1000 / Fraction(result.clock_hz)


def _fraction(value: float | None) -> Fraction | None:
    return None if value is None else Fraction(value)


def _fractions(values: Mapping[str, float]) -> dict[str, Fraction]:
    return {name: Fraction(value) for name, value in values.items()}
