"""The page of `simtiny sweep --html`: scatter, lines, heat map and table of a sweep's points, with linked filters.

The points go into the page as packed columns, best first; `sweep.js` beside this file draws them. Without a script the
page shows the words and the best points.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.report.packed import dictionary, pack, packed
from simtiny.report.page import render
from simtiny.report.plain import plain
from simtiny.report.text import INTERVAL, number
from simtiny.sweeps.result import KNOBS, SweepResult

SCRIPTS = ("points.js", "drawing.js", "sweep.js")
MOST_POINTS = 20_000
"""A page holds no more: of larger sweeps it keeps the front, the best and an even sample."""
BEST_KEPT = 1_000
FRONT_KEPT = 5_000
BEST_LISTED = 10
FRONT_LISTED = 40
REASONS_LISTED = 30
NONE = "n/a"
"""Of a knob that a point's board does not have."""
FILES = ("model", "image", "benchmark")
"""Knobs that may name files: the last part of a path is shown where that tells them apart."""


@dataclass(frozen=True)
class Knob:
    """How a knob is shown. `divisor`: of its values, for the unit shown."""

    label: str
    unit: str = ""
    divisor: float = 1.0


@dataclass(frozen=True)
class Quantity:
    """A column of numbers that views are drawn of. `divisor`: of its numbers, for the unit shown.

    `limited`: whether readers may set a limit to it. `ends`: columns of its interval, if it has one.
    """

    label: str
    unit: str
    more_is_better: bool = False
    divisor: float = 1.0
    limited: bool = True
    ends: tuple[str, ...] = ()


SHOWN_KNOBS = {
    "clock_hz": Knob("clock", "MHz", 1e6),
    "supply_v": Knob("supply", "V"),
    "read_width_bits": Knob("flash read width", "bits"),
    "place": Knob("placement"),
}
"""Others are shown by their name."""
QUANTITIES = {
    "latency_ms": Quantity("latency", "ms", ends=("latency_low_ms", "latency_high_ms")),
    "energy_uj": Quantity("energy", "uJ", ends=("energy_low_uj", "energy_high_uj")),
    "mean_current_ua": Quantity("mean current", "uA"),
    "battery_days": Quantity("battery life", "days", more_is_better=True),
    "mean_power_mw": Quantity("mean power", "mW", limited=False),
    "cycles": Quantity("cycles", "", limited=False),
    "ram_bytes": Quantity("RAM", "KiB", divisor=1024),
    "flash_bytes": Quantity("flash", "KiB", divisor=1024),
}


def sweep_page(result: SweepResult) -> str:
    """The whole page."""
    kept = kept_rows(result)
    script = _script()
    return render(
        "sweep.html",
        heading=heading(result),
        result=result,
        points=len(result),
        kept=len(kept),
        legal=int(np.count_nonzero(result.columns["legal"])),
        covered=int(np.count_nonzero(result.columns["validated"] & result.columns["legal"])),
        varied=[(knob(name).label, _distinct(result.columns[name])) for name in result.varied],
        reasons=reasons(result),
        reasons_listed=REASONS_LISTED,
        best=listed(result, result.best[:BEST_LISTED]),
        front=listed(result, _by_latency(result, result.front)[:FRONT_LISTED]),
        front_size=len(result.front),
        data=plain(page_data(result, kept)),
        script=script,
        script_hash=b64encode(sha256(str(script).encode()).digest()).decode("ascii"),
    )


def heading(result: SweepResult) -> str:
    """What was swept: "kws01 on 3 boards: 1,200 points"."""
    workloads = [name for name in ("benchmark", "model", "image") if any(result.columns[name])]
    named = [_one_or_count(result.columns[name], name) for name in workloads]
    boards = _one_or_count(result.columns["board"], "board")
    return f"{', '.join(named)} on {boards}: {len(result):,} point{'' if len(result) == 1 else 's'}"


def kept_rows(result: SweepResult) -> NDArray[np.int64]:
    """Rows that the page holds, in the grid's order: all, or of many the front, the best and an even sample."""
    if len(result) <= MOST_POINTS:
        return np.arange(len(result))
    chosen = np.union1d(_even(result.front, FRONT_KEPT), result.best[:BEST_KEPT])
    others = np.setdiff1d(np.arange(len(result)), chosen, assume_unique=True)
    return np.union1d(chosen, _even(others, MOST_POINTS - len(chosen))).astype(np.int64)


def page_data(result: SweepResult, kept: NDArray[np.int64]) -> dict[str, Any]:
    """What the script reads. Rows are best first, then legal ones that miss the goal, the fastest first, then others.

    `none` is the text of a knob that a board does not have; `rows`, and how many of these, from the first one, are
    `legal` and `meeting` the goal; `knobs` and `quantities`: what each is called, and its packed column, with `ends` of
    its interval as shares of the number; `status`: packed columns.
    """
    columns = {name: column[kept] for name, column in result.columns.items()}
    is_best, on_front = np.isin(kept, result.best), np.isin(kept, result.front)
    rank = np.full(len(result), len(result))
    rank[result.best] = np.arange(len(result.best))
    order = np.lexsort((columns["latency_ms"], rank[kept], ~columns["legal"]))
    return {
        "rows": len(kept),
        "legal": int(np.count_nonzero(columns["legal"])),
        "meeting": int(np.count_nonzero(is_best)),
        "interval": INTERVAL,
        "none": NONE,
        "knobs": [
            {
                "name": name,
                "label": knob(name).label,
                "unit": knob(name).unit,
                "varied": name in result.varied,
                **_knob_column(name, dictionary(columns[name], order)),
            }
            for name in [*result.varied, *(name for name in KNOBS if name not in result.varied)]
            if name in result.varied or _says_something(columns[name])
        ],
        "quantities": [
            {
                "name": name,
                "label": quantity.label,
                "unit": quantity.unit,
                "more": quantity.more_is_better,
                "limited": quantity.limited,
                "column": packed(columns[name] / quantity.divisor, order),
                "ends": [packed(_share(columns[end], columns[name]), order) for end in quantity.ends],
            }
            for name, quantity in known_quantities(columns).items()
        ],
        "status": {name: packed(columns[name], order) for name in ("reason", "validated", "not_validated", "priced")}
        | {"front": {"values": [False, True], "bits": 1, "codes": pack(on_front[order], 1)}},
    }


def known_quantities(columns: Mapping[str, NDArray[Any]]) -> dict[str, Quantity]:
    """Those that are known of any point."""
    return {
        name: quantity
        for name, quantity in QUANTITIES.items()
        if name in columns and np.isfinite(columns[name].astype(float)).any()
    }


def knob(name: str) -> Knob:
    """How the knob is shown."""
    return SHOWN_KNOBS.get(name, Knob(name.replace("_", " ")))


def texts(name: str, values: list[Any]) -> list[str]:
    """What the values of a knob are called on the page."""
    if name in FILES:
        last = [PurePath(value).name for value in values]
        values = last if len(set(last)) == len(values) else values
    form = knob(name)
    return [
        NONE
        if value is None or value == ""
        else str(value)
        if isinstance(value, str)
        else f"{value / form.divisor:.10g} {form.unit}".rstrip()
        for value in values
    ]


def reasons(result: SweepResult) -> list[tuple[str, int]]:
    """Why points are illegal, and how many for each reason, the most frequent first."""
    found = Counter(result.columns["reason"][~result.columns["legal"].astype(bool)].tolist())
    return found.most_common()


def listed(result: SweepResult, rows: NDArray[np.int64]) -> tuple[list[tuple[str, bool]], list[list[str]]]:
    """A table of a few points: its columns, and whether they are numbers; its cells."""
    names = list(result.varied)
    quantities = known_quantities(result.columns)
    columns = [(knob(name).label, False) for name in names] + [
        (f"{quantity.label} {quantity.unit}".rstrip(), True) for quantity in quantities.values()
    ]
    by_column = [texts(name, [_known(each) for each in result.columns[name][rows].tolist()]) for name in names]
    by_column += [
        [
            number(each) if np.isfinite(each) else "-"
            for each in (result.columns[name][rows].astype(float) / quantity.divisor).tolist()
        ]
        for name, quantity in quantities.items()
    ]
    covered = ["yes" if each else "no" for each in result.columns["validated"][rows].tolist()]
    return [*columns, ("validated", False)], [list(row) for row in zip(*by_column, covered, strict=True)]


@cache
def _script() -> Any:
    from markupsafe import Markup

    return Markup("".join((Path(__file__).parent / name).read_text(encoding="utf-8") for name in SCRIPTS))


def _knob_column(name: str, column: dict[str, Any]) -> dict[str, Any]:
    """`numbers`: its values in the unit shown, None if they are text."""
    values = column["values"]
    numbers = [value for value in values if value is not None]
    is_number = bool(numbers) and not any(isinstance(value, str | bool) for value in numbers)
    divisor = knob(name).divisor
    return {
        "column": {"bits": column["bits"], "codes": column["codes"]},
        "texts": texts(name, values),
        "numbers": [None if value is None else value / divisor for value in values] if is_number else None,
    }


def _share(ends: NDArray[Any], numbers: NDArray[Any]) -> NDArray[np.float64]:
    """The end of an interval beside its number, to a ten-thousandth: an end has three digits, and few shares differ."""
    with np.errstate(divide="ignore", invalid="ignore"):
        shares: NDArray[np.float64] = np.round(ends.astype(float) / numbers.astype(float), 4)
    return shares


def _by_latency(result: SweepResult, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return rows[np.argsort(result.columns["latency_ms"][rows], kind="stable")]


def _even(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of the rows, evenly spread, the first and the last among them."""
    if len(rows) <= most:
        return rows
    return rows[np.unique(np.linspace(0, len(rows) - 1, most).round().astype(np.int64))]


def _says_something(column: NDArray[Any]) -> bool:
    return any(_known(each) not in (None, "") for each in column.tolist())


def _known(value: Any) -> Any:
    return None if value != value else value


def _distinct(column: NDArray[Any]) -> int:
    """Values of a knob, beside having none."""
    if column.dtype.kind == "O":
        return len(set(column.tolist()) - {""})
    return int(np.isfinite(np.unique(column)).sum())


def _one_or_count(column: NDArray[Any], noun: str) -> str:
    found = set(column.tolist()) - {""}
    return texts(noun, [*found])[0] if len(found) == 1 else f"{len(found):,} {noun}s"
