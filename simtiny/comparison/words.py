"""What a comparison comes to, in sentences."""

from collections.abc import Callable, Mapping, Sequence
from math import fsum

from simtiny.comparison.parts import CLOCK
from simtiny.comparison.result import Change, CodePart, Comparison, Setting
from simtiny.effect_words import EFFECTS, EVENTS

MOST_NAMED = 3
ENOUGH = 0.8
"""Parts are named, the largest first, until so much of the difference is explained."""
LEAST_NAMED = 0.02
MOST_SHARE = 3.0
"""With a part that is more times the difference, parts are told in their own unit: shares would say little."""
_FLASH = ("instruction cache", "data cache", "prefetch", "flash wait states", "flash read width in bits", "placement")
_CAUSES: Mapping[str, Sequence[str]] = {
    "flash_code": tuple(name for name in _FLASH if name != "data cache"),
    "flash_data": _FLASH,
    "ram_data": ("data cache", "placement"),
    CLOCK: ("clock",),
    "issue": ("kernels",),
}
"""Which settings an effect may follow from, by their names in `Comparison.settings`."""


def effect_words(name: str) -> str:
    """An effect, sleep or the clock in a reader's words."""
    return "the clock" if name == CLOCK else EFFECTS.get(name, name)


def event_words(name: str) -> str:
    """An event in a reader's words."""
    return EVENTS.get(name, name.replace("_", " "))


def words(comparison: Comparison) -> tuple[str, ...]:
    """How far apart A and B are and what explains most of it: latency, then code, intervals and energy."""
    latency = comparison.latency
    of_time = {part.name: part.difference_ms for part in comparison.latency_parts}
    said = [f"{_times(latency)} ({_both(latency, 'ms')})."]
    if latency.difference:
        said.append(_explained(of_time, latency.difference, "ms", lambda name: _effect(name, of_time, comparison)))
    if code := _code(comparison):
        said.append(code)
    if latency.within_intervals is not None and latency.difference:
        said.append(_interval(latency, "latency", "latencies"))
    energy = comparison.energy
    if energy is not None:
        said.append(f"{_draws(energy)} ({_both(energy, 'uJ')}).")
        if energy.difference:
            of_energy = {part.name: part.difference_uj for part in comparison.energy_parts}
            said.append(_explained(of_energy, energy.difference, "uJ", event_words))
            said += [
                f"{text[:1].upper()}{text[1:]}: each event costs energy with its square."
                for text in (_differs(each) for each in comparison.settings if each.name == "core voltage")
            ]
            if energy.within_intervals is not None:
                said.append(_interval(energy, "energy", "energies"))
    return tuple(said)


def figure(value: float) -> str:
    """Four significant digits, without an exponent where that can be read."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"


def _times(change: Change) -> str:
    if not change.difference or change.ratio is None:
        return "A and B take equally long" if not change.difference else "B takes longer than A, which takes no time"
    if change.ratio >= 1.1:
        return f"B takes {change.ratio:.3g} times as long as A"
    if change.ratio <= 0.5:
        return f"A takes {_inverse(change)} as long as B"
    return f"B takes {_percent(change)} {'longer' if change.difference > 0 else 'less time'} than A"


def _draws(change: Change) -> str:
    if not change.difference or change.ratio is None:
        return "A and B draw the same energy" if not change.difference else "B draws energy, and A none"
    if change.ratio >= 1.1:
        return f"B draws {change.ratio:.3g} times the energy of A"
    if change.ratio <= 0.5:
        return f"A draws {_inverse(change)} the energy of B"
    return f"B draws {_percent(change)} {'more' if change.difference > 0 else 'less'} energy than A"


def _inverse(change: Change) -> str:
    return f"{change.a / change.b:.3g} times" if change.b else "without end"


def _percent(change: Change) -> str:
    return f"{100 * abs(change.difference / change.a):.2g} %"


def _both(change: Change, unit: str) -> str:
    return f"A {figure(change.a)} {unit}, B {figure(change.b)} {unit}"


def _explained(parts: Mapping[str, float], difference: float, unit: str, told: Callable[[str], str]) -> str:
    """The parts that explain most of it, the largest first, then what counteracts them."""
    of_shares = max(abs(part / difference) for part in parts.values()) <= MOST_SHARE

    def amount(part: float) -> str:
        return f"{100 * part / difference:.0f} %" if of_shares else f"{figure(abs(part))} {unit}"

    ranked = sorted(parts.items(), key=lambda item: -abs(item[1]))
    along = [(name, part) for name, part in ranked if part / difference >= LEAST_NAMED]
    against = [(name, part) for name, part in ranked if -part / difference >= LEAST_NAMED]
    named: list[tuple[str, float]] = []
    for item in along[:MOST_NAMED]:
        if fsum(part for _, part in named) / difference < ENOUGH or not of_shares:
            named.append(item)
    first = " is" if of_shares else " of"
    text = "; ".join(f"{amount(part)}{'' if index else first} {told(name)}" for index, (name, part) in enumerate(named))
    said = f"{'Of the difference' if of_shares else 'That is what is left of larger parts:'} {text or 'nothing'}"
    if against:
        said += "; against it " + "; ".join(f"{amount(-part)} {told(name)}" for name, part in against[: MOST_NAMED - 1])
    return f"{said}."


def _effect(name: str, parts: Mapping[str, float], comparison: Comparison) -> str:
    """The effect, and which settings explain it."""
    slower = parts[name] > 0
    causes = [setting for setting in comparison.settings if setting.name in _CAUSES.get(name, ())]
    causes = [setting for setting in causes if _makes_slower(setting) in (None, slower)]
    off = [setting.name for setting in causes if {setting.a, setting.b} == {"on", "off"}]
    reasons = []
    if off:
        verb = "are" if len(off) > 1 else "is"
        reasons.append(f"the {' and the '.join(off)} of {'B' if slower else 'A'} {verb} off")
    reasons += [_differs(setting) for setting in causes if setting.name not in off]
    return effect_words(name) + (f", since {' and '.join(reasons)}" if reasons else "")


def _differs(setting: Setting) -> str:
    if setting.name == "kernels" and not (setting.a and setting.b):
        return f"the kernels of {'B' if setting.a else 'A'} are not simtiny's own"
    plural = "are" if setting.name.endswith("s") else "is"
    return f"the {setting.name} {plural} {setting.a or 'as it was'} in A and {setting.b or 'as it was'} in B"


def _makes_slower(setting: Setting) -> bool | None:
    """Whether the setting makes B wait longer than A for memory; None where that can't be told."""
    if {setting.a, setting.b} == {"on", "off"}:
        return setting.b == "off"
    if setting.name == "flash wait states" and setting.a.isdecimal() and setting.b.isdecimal():
        return int(setting.b) > int(setting.a)
    return None


def _code(comparison: Comparison) -> str:
    """Which function and which layer have most of the difference."""
    difference = comparison.latency.difference
    said: list[str] = []
    for what, parts in (("function", comparison.by_function), ("layer", comparison.by_layer)):
        largest = max(parts, key=lambda part: part.difference_ms / difference, default=None) if difference else None
        if largest is not None and largest.difference_ms / difference >= LEAST_NAMED:
            said.append(f"by {what} most of it is in {largest.name} ({_share(largest, difference)})")
    text = ", ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _share(part: CodePart, difference: float) -> str:
    share = part.difference_ms / difference
    amount = f"{100 * share:.0f} %" if share <= MOST_SHARE else f"{figure(part.difference_ms)} ms"
    return f"{amount}, which {part.only_in} alone has" if part.only_in else amount


def _interval(change: Change, one: str, several: str) -> str:
    """Whether the model could be wrong about which is more."""
    if change.within_intervals:
        return f"Each {one} lies in the other's 90 % interval: either may be off by more than they differ."
    return f"The {several} lie outside each other's 90 % interval."
