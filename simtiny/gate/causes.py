"""Which functions and layers explain a change of cycles, and the same in words."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from math import fsum

from simtiny.gate.figures import Cost, Figures, shortened
from simtiny.gate.result import Cause
from simtiny.image import Image

FUNCTION, LAYER = "function", "layer"
MOST_NAMED = 4
"""Causes of a kind that the words name; the others are one."""
_LEAST = 0.5
"""Cycles: less than that is a function's share of misses in a line that it has in common with another."""
_CLONE = re.compile(r"(?:\.(?:constprop|isra|part|cold|lto_priv|llvm|clone)(?:\.\d+)?)+$")
"""What GCC and Clang append to the name of a function that they have made another version of."""


def causes_of(then: Figures, now: Figures) -> tuple[Cause, ...]:
    """Functions and layers that cost other cycles than before, by kind; the largest first."""
    of_functions = _paired(then.functions, now.functions)
    of_layers = _aligned(then.layers, now.layers)
    return tuple(
        cause
        for kind, pairs in ((FUNCTION, of_functions), (LAYER, of_layers))
        for cause in sorted((_cause(kind, *pair) for pair in pairs), key=_size)
        if abs(cause.cycles_now - cause.cycles_before) >= _LEAST
    )


def _aligned(then: Mapping[str, Cost], now: Mapping[str, Cost]) -> list[tuple[str, Cost | None, Cost | None]]:
    """Layers by their names now, as far as both have the same kinds in order: one that was put in shifts no others."""
    before, after = list(then), list(now)
    kinds_before, kinds_after = ([name.split(" ", 2)[-1] for name in names] for names in (before, after))
    found: list[tuple[str, Cost | None, Cost | None]] = []
    for what, first, last, begin, end in SequenceMatcher(None, kinds_before, kinds_after, autojunk=False).get_opcodes():
        if what == "equal":
            found += [(after[begin + n], then[before[first + n]], now[after[begin + n]]) for n in range(last - first)]
            continue
        found += [(name, then[name], None) for name in before[first:last]]
        found += [(name, None, now[name]) for name in after[begin:end]]
    return found


def located(causes: Sequence[Cause], image: Image) -> tuple[Cause, ...]:
    """The same with file and line of a function's declaration, as far as the image's debug information says.

    Files have the folders that debug information has: without them no file of a checkout is found again.
    """
    found = []
    for cause in causes:
        symbol = image.symbols.get(cause.name) if cause.kind == FUNCTION else None
        frames = image.frames_at(symbol.address) if symbol else ()
        known = frames and frames[0].file and frames[0].line > 0
        found.append(replace(cause, file=frames[0].file, line=frames[0].line) if known else cause)
    return tuple(found)


def words_of(name: str, then: Figures, now: Figures, causes: Sequence[Cause]) -> str:
    """A sentence: by how many cycles, and what explains them. Empty if there is nothing to explain."""
    before, after = then.metrics.get("cycles", 0), now.metrics.get("cycles", 0)
    difference = after - before
    if difference == 0 and not causes:
        return ""
    if difference == 0:
        head = f"{shortened(name)}: as many cycles as before"
    else:
        share = f" ({percent(difference / before)})" if before else ""
        unit, more = "cycle" if abs(difference) == 1 else "cycles", "more" if difference > 0 else "fewer"
        head = f"{shortened(name)}: {abs(difference):,.0f} {unit} {more}{share}"
    said = [text for kind in (FUNCTION, LAYER) if (text := _listed([each for each in causes if each.kind == kind]))]
    return f"{head}: {'; by layer: '.join(said)}" if said else head


def percent(share: float) -> str:
    """With its sign, and with as many digits as it takes to show that it is not 0."""
    for digits in range(1, 7):
        text = f"{100 * share:+.{digits}f}"
        if text.strip("+-0."):
            return f"{text} %"
    return f"{'+' if share > 0 else '-'}<0.000001 %" if share else "0 %"


def _paired(then: Mapping[str, Cost], now: Mapping[str, Cost]) -> list[tuple[str, Cost | None, Cost | None]]:
    """By name; what is left by the name without what compilers append, where that is the only one on both sides."""
    pairs: list[tuple[str, Cost | None, Cost | None]] = [(name, then[name], now[name]) for name in then if name in now]
    left = [
        {name: cost for name, cost in one.items() if name not in other} for one, other in ((then, now), (now, then))
    ]
    counts = [Counter(map(_base, names)) for names in left]
    bases = [{_base(name): name for name in names} for names in left]
    for base in bases[0]:
        if counts[0][base] == counts[1][base] == 1:
            pairs.append((bases[1][base], left[0].pop(bases[0][base]), left[1].pop(bases[1][base])))
    return [
        *pairs,
        *((name, cost, None) for name, cost in left[0].items()),
        *((n, None, c) for n, c in left[1].items()),
    ]


def _base(name: str) -> str:
    return _CLONE.sub("", name)


def _cause(kind: str, name: str, then: Cost | None, now: Cost | None) -> Cause:
    before, after = then or (0, 0.0), now or (0, 0.0)
    return Cause(kind, name, before[0], after[0], before[1], after[1])


def _size(cause: Cause) -> tuple[float, str]:
    return -abs(cause.cycles_now - cause.cycles_before), cause.name


def _listed(causes: Sequence[Cause]) -> str:
    named = [f"{shortened(each.name)} {each.cycles_now - each.cycles_before:+,.0f}" for each in causes[:MOST_NAMED]]
    rest = causes[MOST_NAMED:]
    if rest:
        named.append(f"{len(rest)} others {fsum(each.cycles_now - each.cycles_before for each in rest):+,.0f}")
    return ", ".join(named)
