"""What a sweep comes to, in sentences: its best point, what binds, and what the next megahertz or KiB would bring."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.intervals import LEVEL
from simtiny.sweeps.goals import QUANTITIES, Columns, Condition, Goal, Quantity, meets, objective, parse_goal
from simtiny.sweeps.result import SweepResult

_FOLLOWERS = ("wait_states", "voltage_range", "regulator")
"""Knobs that another clock may need, so that they change with it."""
_NUMERIC = ("clock_hz", "wait_states", "supply_v", "caches")
_ENDS = {"latency_ms": ("latency_low_ms", "latency_high_ms"), "energy_uj": ("energy_low_uj", "energy_high_uj")}
_CACHE = re.compile(r"(\d+)\s*([kK]?)(?:[iI]?[bB])?(/[^,]*)")
_TOLD = ("latency", "energy", "power", "ram", "flash", "current", "battery")
_OWN = "as it is"
"""Of caches and places: those of chip and image."""
_ALIKE = 1e-9  # relative: less than this is no change


def words(result: SweepResult) -> tuple[str, ...]:
    """Sentences that stand as one paragraph.

    The best point, its figures and intervals; the condition that keeps a better one out; what the neighbouring values
    of each number among its knobs would change; what of it no record covers. Where no point meets the goal: which
    condition none meets, and the point that comes nearest.
    """
    goal = parse_goal(result.minimise, result.subject_to)
    legal = int(np.count_nonzero(result.columns["legal"]))
    if not legal:
        return (_nothing_legal(result.columns),)
    if not len(result.best):
        return _unmet(goal, result, legal)
    best = int(result.best[0])
    return (
        _best(goal, result, best, legal),
        *_open_ends(goal, result.columns, best),
        *((_binds(goal, result, best),) if goal.subject_to else ()),
        *_neighbours(goal, result, best),
        *_unvalidated(result.columns, best),
    )


def _best(goal: Goal, result: SweepResult, best: int, legal: int) -> str:
    most = f"{'Most' if goal.objective.more_is_better else 'Least'} {_name(goal.minimise)}"
    count = len(result.best)
    meet = f", and {count:,} {'meets' if count == 1 else 'meet'} the goal" if goal.subject_to else ""
    among = f"of {_points(len(result))} {legal:,} {'is' if legal == 1 else 'are'} legal{meet}"
    return f"{most}: {point_name(result, best)}, with {figures(result.columns, best)} ({among})."


def _points(count: int) -> str:
    return f"{count:,} point{'' if count == 1 else 's'}"


def figures(columns: Columns, row: int) -> str:
    """What a point comes to, such as "12.3 ms (11 to 13.5), 140 uJ (120 to 160), 1.2 mW"; NaN is left out."""
    parts = []
    for name in _TOLD:
        quantity = QUANTITIES[name]
        if not _known(columns, quantity.column, row):
            continue
        value = columns[quantity.column][row]
        text = _amount(quantity, value) if quantity.shown_unit != "KiB" else f"{value / 1024:,.1f} KiB {_name(name)}"
        low, high = _ENDS.get(quantity.column, ("", ""))
        if _known(columns, low, row) and _known(columns, high, row):
            ends = " to ".join(_number(columns[end][row] / quantity.shown_per, 3) for end in (low, high))
            text += f" ({LEVEL * 100:.0f} % interval {ends})"
        parts.append(text)
    return ", ".join(parts)


def _known(columns: Columns, name: str, row: int) -> bool:
    return name in columns and not np.isnan(columns[name][row])


def _amount(quantity: Quantity, value: float) -> str:
    """A value of the column with its unit."""
    return f"{_number(value / quantity.shown_per)} {quantity.shown_unit}"


def _name(quantity: str) -> str:
    return {"ram": "RAM", "battery": "battery life", "current": "mean current"}.get(quantity, quantity)


def _number(value: float, digits: int = 4) -> str:
    """So many significant digits, without an exponent as far as anyone reads."""
    short = f"{value:.{digits}g}"
    return f"{float(short):,.{max(digits, 10)}g}" if abs(value) < 1e10 else short


def point_name(result: SweepResult, row: int) -> str:
    """A point by the knobs that were varied; where none was, by its board and clock."""
    names = result.varied or ("board", "clock_hz")
    shown = [knob(name, result.columns[name][row]) for name in names if name in result.columns]
    return ", ".join(text for text in shown if text) or f"point {row}"


def knob(name: str, value: Any, digits: int = 4) -> str:
    """One knob's value as a reader knows it, such as "80 MHz" or "prefetch off"; empty where there is no such thing."""
    if value is None or value == "" or (isinstance(value, float | np.floating) and np.isnan(value)):
        return ""
    text = _number(float(value), digits) if isinstance(value, int | float | np.number) else str(value)
    if text == _OWN:
        return f"{name} {text}" if name == "place" else "the chip's own caches"
    match name:
        case "clock_hz":
            return f"{_number(float(value) / 1e6, digits)} MHz"
        case "supply_v":
            return f"{text} V"
        case "wait_states":
            return f"{text} wait state{'' if text == '1' else 's'}"
        case "read_width_bits":
            return f"flash reads of {text} bits"
        case "voltage_range":
            return f"voltage range {text}"
        case "kernels":
            return f"{text} kernels"
        case "prefetch" | "caches" | "instruction_cache" | "data_cache":
            return f"{name.replace('_', ' ')} {text}"
        case "regulator" | "place":
            return f"{name} {text}"
    return text


def _open_ends(goal: Goal, columns: Columns, best: int) -> tuple[str, ...]:
    """Conditions that the best point meets and an end of its interval does not."""
    found = []
    for condition in goal.subject_to:
        ends = [name for name in _ENDS.get(condition.column, ()) if _known(columns, name, best)]
        if not all(condition.met(columns[name][best]) for name in ends):
            found.append(f"Its {condition.quantity} may miss {condition.text}: the interval goes beyond it.")
    return tuple(dict.fromkeys(found))


def _binds(goal: Goal, result: SweepResult, best: int) -> str:
    """Which conditions keep better points out: those that the one fails which misses least, and the best of such."""
    columns, values = result.columns, objective(goal, result.columns)
    better = np.flatnonzero(columns["legal"].astype(bool) & (values < values[best] - _ALIKE * abs(values[best])))
    than = "more" if goal.objective.more_is_better else "less"
    if not len(better):
        return f"Nothing binds: no legal point has {than} {_name(goal.minimise)}."
    missed = np.zeros(len(better))
    for one in goal.subject_to:
        found = columns[one.column][better]
        missed += np.where(one.met(found), 0.0, np.abs(found - one.bound) / (abs(one.bound) or 1.0))
    following = int(better[np.lexsort((values[better], np.nan_to_num(missed, nan=np.inf)))[0]])
    failed = [one for one in goal.subject_to if not one.met(columns[one.column][following])]
    amount = _amount(goal.objective, columns[goal.objective.column][following])
    return (
        f"{_listed([one.text for one in failed])} bind{'s' if len(failed) == 1 else ''}: the nearest point with {than} "
        f"{_name(goal.minimise)}, {point_name(result, following)}, "
        f"has {amount} and {_misses(failed, columns, following)}."
    )


def _misses(failed: Sequence[Condition], columns: Columns, row: int) -> str:
    return _listed([f"{_name(one.quantity)} {_value(one, columns, row)}" for one in failed])


def _value(condition: Condition, columns: Columns, row: int) -> str:
    value = columns[condition.column][row]
    return "unknown" if np.isnan(value) else _amount(QUANTITIES[condition.quantity], value)


def _listed(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _neighbours(goal: Goal, result: SweepResult, best: int) -> tuple[str, ...]:
    """What the next lower and the next higher value of each number among the knobs would change."""
    sentences = []
    for name in _NUMERIC:
        if name not in result.varied:
            continue
        for row in _next(goal, result, best, name):
            sentences.append(_change(goal, result, best, row, name))
    return tuple(sentences)


def _next(goal: Goal, result: SweepResult, best: int, name: str) -> list[int]:
    """Rows with the next lower and the next higher value, alike in the other knobs.

    Of a clock's neighbours those whose followers are alike come first; else the best of them stands for the value.
    """
    columns, varied = result.columns, result.varied
    free = _FOLLOWERS if name == "clock_hz" else ()
    alike = columns["legal"].astype(bool)
    for other in varied:
        if other != name and other not in free:
            alike &= _equal(columns[other], best)
    sizes = _sizes(columns["caches"], best) if name == "caches" else columns[name].astype(np.float64)
    values, unlike = objective(goal, columns), np.zeros(len(result), np.int64)
    for other in free:
        if other in columns:
            unlike += ~_equal(columns[other], best)
    rows = np.flatnonzero(alike & ~np.isnan(sizes))
    found = []
    for side in (rows[sizes[rows] < sizes[best]], rows[sizes[rows] > sizes[best]]):
        if len(side):
            distance = abs(sizes[side] - sizes[best])
            found.append(int(side[np.lexsort((values[side], unlike[side], distance))[0]]))
    return found


def _equal(column: NDArray[Any], row: int) -> NDArray[np.bool_]:
    value = column[row]
    if column.dtype.kind == "f" and np.isnan(value):
        return np.isnan(np.asarray(column, np.float64))
    return np.asarray(column == value, np.bool_)


def _sizes(caches: NDArray[Any], best: int) -> NDArray[np.float64]:
    """Bytes of caches that differ from the best point's in size alone; NaN of others."""
    texts, index = np.unique(caches.astype(str), return_inverse=True)
    shape = _cache_size(str(caches[best]))[1]
    kinds = [_cache_size(str(text)) for text in texts]
    return np.array([size if own == shape else np.nan for size, own in kinds])[index]


def _cache_size(text: str) -> tuple[float, tuple[str, ...]]:
    """Bytes of all caches that a text such as "8K/2,4K/4" names, and what it says beside sizes."""
    parts = [_CACHE.fullmatch(part.strip()) for part in text.split(",")]
    if not all(parts):
        return np.nan, ()
    found = [part for part in parts if part]
    return float(sum(int(part[1]) * (1024 if part[2] else 1) for part in found)), tuple(part[3] for part in found)


def _change(goal: Goal, result: SweepResult, best: int, row: int, name: str) -> str:
    columns = result.columns
    followed = [
        text
        for other in _FOLLOWERS
        if name == "clock_hz" and other in columns and not _equal(columns[other], best)[row]
        if (text := knob(other, columns[other][row]))
    ]
    at, own = _apart(name, columns[name][row], columns[name][best])
    at += f" ({', '.join(followed)})" if followed else ""
    told = [
        _difference(quantity, columns, best, row)
        for quantity in dict.fromkeys((goal.minimise, "latency", "energy", "battery"))
        if QUANTITIES[quantity].column in columns and QUANTITIES[quantity].column != name
    ]
    changes = [text for text in told if text]
    failed = [one.text for one in goal.subject_to if not one.met(columns[one.column][row])]
    miss = f"; it misses {_listed(failed)}" if failed else ""
    what = _listed(changes) if changes else "nothing changes"
    return f"At {at} instead of {own} {what}{miss}."


def _apart(name: str, one: Any, other: Any) -> tuple[str, str]:
    """Two values of a knob, with as many digits as tell them apart."""
    found = [(knob(name, one, digits), knob(name, other, digits)) for digits in range(4, 18)]
    return next((pair for pair in found if pair[0] != pair[1]), found[-1])


def _difference(name: str, columns: Columns, best: int, row: int) -> str:
    quantity = QUANTITIES[name]
    before, after = columns[quantity.column][best], columns[quantity.column][row]
    if np.isnan(before) or np.isnan(after) or before == after:
        return ""
    if abs(after - before) <= _ALIKE * abs(before):
        return ""
    share = f" ({_percent(abs(after / before - 1))})" if before else ""
    verb = "rises" if after > before else "falls"
    return f"{_name(name)} {verb} by {_amount(quantity, abs(after - before))}{share}"


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else f"{100 * share:.1g}%"


def _unvalidated(columns: Columns, best: int) -> tuple[str, ...]:
    if columns["validated"][best]:
        return ()
    what = str(columns["not_validated"][best])
    return (f"It is not validated{f'; {what}' if what else ''}.",)


def _nothing_legal(columns: Columns) -> str:
    reasons, counts = np.unique(columns["reason"].astype(str), return_counts=True)
    if not len(reasons):
        return "There is no point."
    often = int(np.argmax(counts))
    return f"No point is legal; the reason of {_points(int(counts[often]))}: {reasons[often]}."


def _unmet(goal: Goal, result: SweepResult, legal: int) -> tuple[str, ...]:
    """Why no point meets the goal, and which comes nearest."""
    columns = result.columns
    if np.isnan(columns[goal.objective.column][meets((), columns)]).all():
        return (f"No point is the best: {_name(goal.minimise)} is not known of any of {_legal(legal)}.",)
    alone = [one for one in goal.subject_to if not meets((one,), columns).any()]
    if alone:
        sentences = [_unmeetable(one, result, legal) for one in alone]
    elif not meets(goal.subject_to, columns).any():
        each = _listed([one.text for one in goal.subject_to])
        sentences = [f"No point meets {each} at once, though each is met by some of {_legal(legal)}."]
    else:
        sentences = [f"Of no point that meets the goal is the {_name(goal.minimise)} known."]
    nearest, excess = _nearest(goal.subject_to, columns)
    if np.isfinite(excess):
        failed = [one for one in goal.subject_to if not one.met(columns[one.column][nearest])]
        if failed:
            of_a_bound = all(one.bound for one in failed)  # there is no share of nothing
            beyond = f", {excess:.1%} beyond the bound" if excess and of_a_bound else ""
            sentences.append(
                f"Nearest comes {point_name(result, nearest)}: {_misses(failed, columns, nearest)}{beyond} "
                f"(it has {figures(columns, nearest)})."
            )
    return tuple(sentences)


def _legal(count: int) -> str:
    return "the one legal point" if count == 1 else f"the {count:,} legal points"


def _unmeetable(condition: Condition, result: SweepResult, legal: int) -> str:
    columns = result.columns
    row, excess = _nearest((condition,), columns)
    if not np.isfinite(excess):
        return f"Whether {condition.text} is met is not known of any of {_legal(legal)}."
    best = "least" if condition.sign.startswith("<") else "most"
    return (
        f"No point meets {condition.text}: the {best} {_name(condition.quantity)} of {_legal(legal)} is "
        f"{_value(condition, columns, row)} ({point_name(result, row)})."
    )


def _nearest(conditions: Sequence[Condition], columns: Columns) -> tuple[int, float]:
    """The legal row whose worst miss is least, and this miss: relative to the bound, inf where a figure is unknown."""
    worst = np.zeros(len(columns["legal"]))
    for condition in conditions:
        values = columns[condition.column].astype(np.float64)
        miss = np.where(condition.met(values), 0.0, abs(values - condition.bound) / (condition.bound or 1.0))
        worst = np.maximum(worst, np.where(np.isnan(miss), np.inf, miss))
    worst = np.where(columns["legal"].astype(bool), worst, np.inf)
    row = int(np.lexsort((columns["latency_ms"], worst))[0])
    return row, float(worst[row])
