"""How far a real board may lie from a prediction: intervals that hold 90 % of what was recorded.

`platforms/intervals.csv` has the intervals, each with the rows that it follows from; `scripts/refresh_intervals.py`
writes it from the errors in docs/validation/interval-evidence.csv. Here they are put together for one run: what is less
like the recorded ones has a wider interval. All are relative to the prediction: 0.05 is 5 % more than predicted.
"""

import csv
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import ceil, hypot, sqrt

from simtiny.data import data_path

LEVEL = 0.9
OTHER_STACKS = "other software stacks"
"""Stands in the basis of an interval that holds what these drew."""
INTERVALS_FILE = ("platforms", "intervals.csv")
UNRECORDED = 2.0
"""Where no record has this core, flash and memories, or these wait states and caches, an interval is so many times as
wide: a judgment, as no record tells."""
UNRECORDED_BASIS = "twice that"
UNKNOWN_WEIGHT = 0.5
"""A judgment: half or half as much again, where no fit of weights without one of the chips tells."""
T_90 = (6.31, 2.92, 2.35, 2.13, 2.02, 1.94, 1.89, 1.86, 1.83, 1.81)
"""Student's t for a two-sided interval of 90 %, by degrees of freedom from 1 on."""
T_90_BEYOND = 1.8
KNOWN_TOO_HIGH = -0.55
"""Lower end of an energy that is known to come out too high: a judgment. Data sheets of STM32H7 have 0.62 to 0.91 of
the current with caches off; 0.9 to 1.4 is predicted (docs/validation/energy.md)."""
_TOO_HIGH = "such energies are known to come out too high"
_OTHER_SUPPLY = "another supply than the recorded one"
_LEAST_ROWS_BY_RANK = 9  # with fewer, no rank leaves 10 % out


@dataclass(frozen=True)
class Interval:
    """Ends relative to the prediction, `low` at most 0 and `high` at least 0. `basis`: what it follows from.

    `widened`: why it is wider than that of what was recorded; empty if it is not.
    """

    low: float
    high: float
    basis: str
    widened: tuple[str, ...] = ()

    def around(self, value: float) -> tuple[float, float]:
        """The ends around a predicted value."""
        return value * (1 + self.low), value * (1 + self.high)

    @property
    def half_width(self) -> float:
        """The farther end's distance: ± so much holds all of it."""
        return max(-self.low, self.high)


@dataclass(frozen=True)
class Case:
    """One row of the table: the interval of one kind of prediction, and how much stands behind it.

    `core`: empty where it holds for all. `groups`: of rows that err alike. `inside`: rows that lie in it.
    """

    quantity: str
    case: str
    core: str
    low: float
    high: float
    rows: int
    groups: int
    inside: int
    basis: str

    @property
    def interval(self) -> Interval:
        return Interval(self.low, self.high, self.basis)


def t_90(freedom: int) -> float:
    """Student's t for a two-sided interval of 90 %. `freedom`: degrees of freedom, at least 1."""
    return T_90[freedom - 1] if freedom <= len(T_90) else T_90_BEYOND


def symmetric(errors: Sequence[float], groups: int) -> float:
    """Half width of the interval around 0 in which the next error lies in 90 % of all cases.

    The wider of two: Student's t, whose degrees of freedom are the `groups` that err alike, for few rows; and the
    error at the rank that leaves 10 % out, for many.
    """
    rms = sqrt(statistics.fmean(error * error for error in errors))
    return max(t_90(groups) * rms * sqrt(1 + 1 / groups), by_rank(errors))


def by_rank(errors: Sequence[float]) -> float:
    """The error at the rank that leaves 10 % out, 0 where there are too few for one."""
    if len(errors) < _LEAST_ROWS_BY_RANK:
        return 0.0
    return sorted(map(abs, errors))[ceil(LEVEL * (len(errors) + 1)) - 1]


def of_a_fit(spread: float, points: int, coefficients: int) -> float | None:
    """Half width of the interval of what a fit predicts, None where it leaves no degree of freedom.

    `spread`: RMS of its errors on what was left out, or its residuals per degree of freedom. A few points may agree by
    chance: less than what recorded energies have differed by is not believed.
    """
    if points <= coefficients:
        return None
    recorded = find_case(all_cases(), "energy", "image", "")
    assert recorded is not None
    recorded_spread = recorded.high / t_90(recorded.groups) / sqrt(1 + 1 / recorded.groups)
    half = t_90(points - coefficients) * max(spread, recorded_spread) * sqrt(1 + coefficients / points)
    return max(half, recorded.high)


def on_top(first: Interval, second: Interval, why: str) -> Interval:
    """The interval of two errors that have nothing to do with each other, the second because of `why`."""
    basis = f"{first.basis}; and {second.basis}"
    return Interval(-hypot(first.low, second.low), hypot(first.high, second.high), basis, (*first.widened, why))


def either(first: Interval, second: Interval) -> Interval:
    """The interval that holds both."""
    low, high = min(first.low, second.low), max(first.high, second.high)
    bases = [part.basis for part in (first, second) if part.low == low or part.high == high]
    return Interval(low, high, " and ".join(dict.fromkeys(bases)))


def latency_interval(
    core: str,
    judged: float | None = None,
    *,
    recorded: bool,
    board_known: bool = True,
    other_timing: bool = False,
    table: Sequence[Case] | None = None,
) -> Interval:
    """Of a latency on `core`.

    `judged`: half width for a core without a record. `recorded`: the firmware is one of the published images, whose
    like were recorded; else it may be a program of any kind. `board_known`: results of a board with this core, flash
    and memories are on record. `other_timing`: memories answer otherwise than in these: other wait states, prefetch,
    caches, or another place. `table`: the cases to go by, those of platforms/intervals.csv if None.
    """
    table = all_cases() if table is None else table
    images = find_case(table, "latency", "image", core)
    if images is not None:
        found = images.interval
    elif judged is not None:
        found = Interval(-judged, judged, "a judgment, as no result of this core is on record")
    else:
        widest = max(case.high for case in table if (case.quantity, case.case) == ("latency", "image"))
        found = Interval(-widest, widest, "the widest of all cores, as no result of this one is on record")
    if not recorded:
        programs = of_core(table, "latency", "program", core)
        found = either(found, programs) if programs else found
    if other_timing:
        memory = find_case(table, "latency", "memory", core)
        lacks = "no image with these wait states and caches"
        found = on_top(found, memory.interval, f"{lacks} is on record") if memory else _doubled(found, lacks)
    return found if board_known else _doubled(found, "no result of a board with this flash and these memories")


def of_core(table: Sequence[Case], quantity: str, case: str, core: str) -> Interval | None:
    """The core's own interval if the table has one, else that of all cores together; None without either."""
    found = find_case(table, quantity, case, core) or find_case(table, quantity, case, "")
    return None if found is None else found.interval


def find_case(table: Sequence[Case], quantity: str, case: str, core: str) -> Case | None:
    """A row of the table."""
    wanted = quantity, case, core
    return next((row for row in table if (row.quantity, row.case, row.core) == wanted), None)


def _doubled(found: Interval, lacks: str) -> Interval:
    why = f"{lacks} is on record"
    if UNRECORDED_BASIS in found.basis:  # what is on no record is not twice unlike those on record
        return replace(found, widened=(*found.widened, why))
    basis = f"{found.basis}; {UNRECORDED_BASIS}, as {why}"
    return Interval(UNRECORDED * found.low, UNRECORDED * found.high, basis, (*found.widened, why))


def energy_interval(
    half_width: float | None,
    *,
    calibrated: bool,
    stack_known: bool,
    other_supply: bool = False,
    linear: bool = True,
    other_point: bool = False,
    data_sheet: bool = False,
    too_high: bool = False,
) -> Interval | None:
    """Of an energy by a power model whose own interval is ±`half_width`, for firmware like that of its records.

    None where `half_width` is: too few points were fitted to tell. `calibrated`: on the user's own measurements.
    `stack_known`: the firmware is like what the model was fitted to. Else it may leave more switched on, as other
    software stacks do. `other_supply`: another voltage than the recorded one, behind a `linear` regulator or not.
    `other_point`: another clock, voltage range or regulator than the firmware programs. `data_sheet`: the model's
    constants were a data sheet's before it was calibrated; if it was not, its interval is what such models of other
    chips earn, whatever `half_width` is. `too_high`: such energies are known to come out too high, see
    `simtiny.uncertainty.known_energy_bias`.
    """
    if half_width is None:
        return None
    fitted = "what was left out of the calibration" if calibrated else _case("energy", "image").basis
    by_data_sheet = data_sheet and not calibrated
    found = _case("energy", "data sheet") if by_data_sheet else Interval(-half_width, half_width, fitted)
    if not stack_known:
        found = either(found, _case("energy", "stack"))
    if other_point or (other_supply and not linear):
        why = "another operating point than the firmware programs" if other_point else _OTHER_SUPPLY
        found = on_top(found, _case("energy", "operating point"), why)
    if other_supply and linear:
        found = on_top(found, _case("energy", "supply"), _OTHER_SUPPLY)
    if too_high:
        found = replace(found, low=min(found.low, KNOWN_TOO_HIGH), widened=(*found.widened, _TOO_HIGH))
    return replace(found, low=max(found.low, -1.0))  # an energy is positive


def weight_uncertainty(event: str) -> float:
    """Half width of the 90 % interval of an event's weight, relative to it, where the energy of the whole is right.

    `event`: of `simtiny.event_counts.EVENTS`, or what is drawn all the while. UNKNOWN_WEIGHT where no fit tells.
    Weights are relative to that of a cycle, which has none.
    """
    if event == "cycles":
        return 0.0
    found = find_case(all_cases(), "weight", event, "")
    return UNKNOWN_WEIGHT if found is None else max(-found.low, found.high)


def _case(quantity: str, case: str) -> Interval:
    found = find_case(all_cases(), quantity, case, "")
    assert found is not None  # a test reads the table
    return found.interval


@cache
def all_cases() -> tuple[Case, ...]:
    """The table, in file order."""
    with data_path(*INTERVALS_FILE).open(encoding="utf-8", newline="") as file:
        return tuple(
            Case(
                quantity=row["quantity"],
                case=row["case"],
                core=row["core"],
                low=float(row["low"]),
                high=float(row["high"]),
                rows=int(row["rows"]),
                groups=int(row["groups"]),
                inside=int(row["inside"]),
                basis=row["basis"],
            )
            for row in csv.DictReader(file)
        )
