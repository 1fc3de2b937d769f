"""What is asked of a sweep: a quantity as low as can be, under conditions such as 'latency<50ms'."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf, isfinite
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.errors import BadInput, did_you_mean, unknown

Columns = Mapping[str, NDArray[Any]]
"""Those of `simtiny.sweeps.result.SweepResult`: arrays of one length by name."""

_TIME = {"ns": "1e-6", "us": "1e-3", "ms": "1", "s": "1e3"}
_ENERGY = {"nJ": "1e-3", "uJ": "1", "mJ": "1e3", "J": "1e6"}
_POWER = {"nW": "1e-6", "uW": "1e-3", "mW": "1", "W": "1e3"}
_SIZE = {"B": "1", "bytes": "1", "kB": "1e3", "KB": "1e3", "KiB": "1024", "MB": "1e6", "MiB": "1048576"}
_CLOCK = {"Hz": "1", "kHz": "1e3", "MHz": "1e6", "GHz": "1e9"}
_CURRENT = {"nA": "1e-3", "uA": "1", "mA": "1e3", "A": "1e6"}
_LIFE = {"h": "1/24", "d": "1", "days": "1", "weeks": "7", "y": "365", "years": "365"}


@dataclass(frozen=True)
class Quantity:
    """What a goal may speak of. `column`: where it stands. `units`: the column's units in each that may be written.

    `shown_unit`, `shown_per`: the unit that sentences give it in, and how much of the column's that is.
    `more_is_better`: the best point is the one that has most of it. `of_a_life`: only a sweep with a sequence has it.
    """

    column: str
    units: Mapping[str, str]
    shown_unit: str
    shown_per: float = 1.0
    more_is_better: bool = False
    of_a_life: bool = False


QUANTITIES: Mapping[str, Quantity] = MappingProxyType(
    {
        "latency": Quantity("latency_ms", _TIME, "ms"),
        "energy": Quantity("energy_uj", _ENERGY, "uJ"),
        "power": Quantity("mean_power_mw", _POWER, "mW"),
        "ram": Quantity("ram_bytes", _SIZE, "KiB", 1024.0),
        "flash": Quantity("flash_bytes", _SIZE, "KiB", 1024.0),
        "clock": Quantity("clock_hz", _CLOCK, "MHz", 1e6),
        "cycles": Quantity("cycles", {}, "cycles"),
        "current": Quantity("mean_current_ua", _CURRENT, "uA", of_a_life=True),
        "battery": Quantity("battery_days", _LIFE, "days", more_is_better=True, of_a_life=True),
    }
)
"""By the word that a user writes. kB and MB are 1000 and 1000 x 1000 bytes, KiB and MiB 1024 and 1024 x 1024; a year is
365 days. `power` is the mean of the window, `current` that of a life."""
_SIGNS = {"≤": "<=", "≥": ">=", "⩽": "<=", "⩾": ">="}
_COMPARE = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
_CONDITION = re.compile(
    r"\s*(?P<name>[^\W\d]\w*)\s*(?P<sign><=|>=|<|>)\s*"
    r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?)\s*(?P<unit>[^\W\d]*)\s*",
)
_MOST_CHARACTERS = 100
_MICRO = str.maketrans({"\N{MICRO SIGN}": "u", "\N{GREEK SMALL LETTER MU}": "u"})


@dataclass(frozen=True)
class Condition:
    """What a point must meet. `bound`: in the unit of the quantity's column. `text`: as the user wrote it."""

    quantity: str
    sign: str
    bound: float
    text: str

    @property
    def column(self) -> str:
        """Where the quantity stands."""
        return QUANTITIES[self.quantity].column

    def met(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Which values meet it. Shape as `values`, in the column's unit; NaN meets nothing."""
        found: NDArray[np.bool_] = _COMPARE[self.sign](values, self.bound)
        return found


@dataclass(frozen=True)
class Goal:
    """The best point has least of `minimise` (of a battery's days: most) among those that meet all of `subject_to`."""

    minimise: str
    subject_to: tuple[Condition, ...] = ()

    @property
    def objective(self) -> Quantity:
        """What `minimise` names."""
        return QUANTITIES[self.minimise]


def parse_goal(minimise: str, subject_to: Sequence[str] = (), *, with_sequence: bool = True) -> Goal:
    """The goal of these words, such as "energy" and ["latency<50ms", "ram <= 128 KiB"].

    Each of `subject_to` is a quantity (`QUANTITIES`), one of < <= > >=, a number and a unit. Raises BadInput for other
    words, and, unless it is `with_sequence`, for what only a sequence tells.
    """
    if minimise not in QUANTITIES:
        if _CONDITION.fullmatch(minimise):
            raise BadInput(
                f"`minimise` {_printable(minimise)}: it takes a quantity alone; a condition goes into `subject_to`"
            )
        raise BadInput(f"`minimise`: {unknown('quantity', _printable(minimise), QUANTITIES)}")
    texts = (subject_to,) if isinstance(subject_to, str) else subject_to
    goal = Goal(minimise, tuple(_condition(text) for text in texts))
    if not with_sequence:
        for what, name in (("minimise", minimise), *(("subject_to", one.quantity) for one in goal.subject_to)):
            if QUANTITIES[name].of_a_life:
                raise BadInput(f"`{what}` {name}: only a life has it: give a `sequence`")
    return goal


def ranked(goal: Goal, columns: Columns) -> NDArray[np.int64]:
    """Rows that are legal and meet all conditions, best first; then by latency, by energy and in the grid's order.

    A row whose objective is not known (NaN) is none of them; of rows that are equal in it, one without a latency or an
    energy comes last.
    """
    rows = np.flatnonzero(meets(goal.subject_to, columns) & ~np.isnan(columns[goal.objective.column]))
    keys = [objective(goal, columns)[rows], columns["latency_ms"][rows], columns["energy_uj"][rows]]
    return rows[np.lexsort(keys[::-1])].astype(np.int64)


def objective(goal: Goal, columns: Columns) -> NDArray[np.float64]:
    """What the best point has least of, a number a row."""
    values = columns[goal.objective.column].astype(np.float64)
    return -values if goal.objective.more_is_better else values


def meets(conditions: Iterable[Condition], columns: Columns) -> NDArray[np.bool_]:
    """Which rows are legal and meet all of these conditions."""
    found = columns["legal"].astype(np.bool_)
    for condition in conditions:
        found &= condition.met(columns[condition.column])
    return found


def _condition(written: str) -> Condition:
    text = _printable(written)
    if len(text) > _MOST_CHARACTERS:
        raise BadInput(f"`subject_to` {text[:_MOST_CHARACTERS]}...: too long for a condition such as latency<50ms")
    for character, sign in _SIGNS.items():
        text = text.replace(character, sign)
    found = _CONDITION.fullmatch(text.translate(_MICRO))
    if found is None:
        raise BadInput(f"`subject_to` {text or repr(written)}: {_misread(text)}")
    name = found["name"].lower()
    if name not in QUANTITIES:
        raise BadInput(f"`subject_to` {text}: {unknown('quantity', found['name'], QUANTITIES)}")
    number = float(found["number"])
    bound = _converted(found["number"], found["unit"], name, text) if isfinite(number) else number
    if number < 0 or not isfinite(bound):
        raise BadInput(f"`subject_to` {text}: {found['number']} is no bound: it must be finite, and not negative")
    return Condition(name, found["sign"], bound, text)


def _converted(number: str, unit: str, name: str, text: str) -> float:
    """In the unit of the column. By fractions: 0.29 s are 290 ms to the last bit. Infinite if no float holds it."""
    units = QUANTITIES[name].units
    if not units:
        if unit:
            raise BadInput(f"`subject_to` {text}: {name} have no unit: leave {unit!r} out")
        return float(number)
    if unit not in units:
        known = ", ".join(units)
        if not unit:
            raise BadInput(f"`subject_to` {text}: {name} needs a unit: one of {known}")
        near = next((f" (did you mean {one}?)" for one in units if one.lower() == unit.lower()), "")
        near = near or did_you_mean(unit, units)
        raise BadInput(f"`subject_to` {text}: {unit!r} is no unit of {name}{near}: choose from {known}")
    try:
        return float(Fraction(number) * Fraction(units[unit]))
    except OverflowError:
        return inf


def _misread(text: str) -> str:
    """What is wrong with text that is no condition."""
    signs = re.findall(r"[<>=!]+", text)
    if not text:
        return "it is empty"
    if len(signs) == 1 and signs[0] not in _COMPARE:
        meant = {"=<": " (did you mean <=?)", "=>": " (did you mean >=?)"}.get(signs[0], "")
        return f"{signs[0]} is none of <, <=, > and >={meant}"
    if len(signs) > 1 or "," in text:
        return "one condition at a time, each with a sign of its own, such as latency<50ms"
    return "expected a quantity, a sign, a number and a unit, such as latency<50ms"


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))
