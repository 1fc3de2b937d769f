"""Limits of metrics, read from a configuration: maxima, what a regression may be, and what a missing metric means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from types import MappingProxyType
from typing import Any

from simtiny.errors import BadInput, did_you_mean

MISSING_MEANS = ("fail", "warn", "ignore")
ANY = "any"
"""As `regression`: the metric is not held to the baseline."""
MOST = 2**60
"""Of a limit, in the metric's unit."""
_TIMES = {"s": 1e3, "ms": 1.0, "us": 1e-3, "ns": 1e-6}
_ENERGIES = {"J": 1e6, "mJ": 1e3, "uJ": 1.0, "nJ": 1e-3, "pJ": 1e-6}
_BYTES = {"MiB": 2.0**20, "KiB": 2.0**10, "MB": 1e6, "kB": 1e3, "bytes": 1.0, "B": 1.0}
_AMOUNT = re.compile(r"\s*([-+]?[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|nan|inf)\s*([A-Za-z%µ]*)\s*", re.ASCII)


@dataclass(frozen=True)
class Kind:
    """A metric that can be limited. unit: of its values. units: those of limits, as multiples of it.

    bare: whether a limit may be a number without a unit, because there is no other.
    """

    unit: str
    units: Mapping[str, float]
    bare: bool = False
    bigger_is_better: bool = False


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "latency": Kind("ms", _TIMES),
        "energy": Kind("uJ", _ENERGIES),
        "cycles": Kind("cycles", {"cycles": 1.0}, bare=True),
        "ram": Kind("bytes", _BYTES, bare=True),
        "flash": Kind("bytes", _BYTES, bare=True),
        "stack": Kind("bytes", _BYTES, bare=True),
        "accuracy": Kind("1", {"%": 0.01}, bare=True, bigger_is_better=True),
    }
)
OF_REGIONS = ("latency", "energy", "cycles")
"""What is known of a function, a layer or a memory."""


@dataclass(frozen=True)
class Limit:
    """What a metric is held to, in its own unit.

    most: its maximum, for accuracy its minimum; None without one. regression: the share of the baseline by which it may
    be worse, None where it is not held to the baseline. floor: the amount by which it may be worse whatever the share
    is: the larger one of the two holds. missing: what it means if there is no such figure.
    """

    most: float | None = None
    regression: float | None = 0.0
    floor: float = 0.0
    missing: str = "fail"


@dataclass(frozen=True)
class Limits:
    """Those of a request. metrics: by metric. regions: by function, layer or memory, then by metric.

    missing: what it means if a metric without a limit of its own was in the baseline, and is not there now.
    """

    metrics: Mapping[str, Limit] = field(default_factory=dict)
    regions: Mapping[str, Mapping[str, Limit]] = field(default_factory=dict)
    missing: str = "fail"

    def over(self, others: "Limits", missing: str | None) -> "Limits":
        """These, and those of `others` that say nothing else. missing: as it was written beside these."""
        regions = {name: {**others.regions.get(name, {}), **own} for name, own in self.regions.items()}
        return Limits({**others.metrics, **self.metrics}, {**others.regions, **regions}, missing or others.missing)


def limits_of(given: object, where: str, default_missing: str = "fail") -> Limits:
    """Limits of a table such as `[limits]`. `where` it stands: errors begin with that. BadInput for what is wrong."""
    table = table_of(given, where)
    missing = _missing(table.get("missing", default_missing), f"{where}.missing")
    known = (*KINDS, "regions", "missing")
    for key in table:
        if key not in known:
            raise _unknown_key(where, key, known)
    metrics = {
        name: _limit(name, table[name], f"{where}.{name}", missing)
        for name in table
        if name not in ("regions", "missing")
    }
    regions: dict[str, Mapping[str, Limit]] = {}
    for name, own in table_of(table.get("regions", {}), f"{where}.regions").items():
        of_region = table_of(own, f"{where}.regions.{name}")
        for key in of_region:
            if key not in OF_REGIONS:
                raise _unknown_key(f"{where}.regions.{name}", key, OF_REGIONS)
        regions[name] = {
            key: _limit(key, each, f"{where}.regions.{name}.{key}", missing) for key, each in of_region.items()
        }
    return Limits(metrics, regions, missing)


def table_of(given: object, where: str) -> Mapping[str, Any]:
    """A table of TOML. BadInput for anything else."""
    if not isinstance(given, Mapping):
        raise BadInput(f"{where}: expected a table, not {given!r:.60}")
    return given


def amount(name: str, given: object, where: str) -> float:
    """A limit in the unit of the metric `name`. BadInput for another unit, and for what is negative or no number."""
    kind = KINDS[name]
    names = ", ".join(kind.units)
    if isinstance(given, str):
        found = _AMOUNT.fullmatch(given)
        if found is None:
            raise BadInput(f"{where} {given!r:.60}: expected a number and a unit, one of {names}")
        number, unit = float(found[1]), found[2].replace("µ", "u")
        if unit not in kind.units and (unit or not kind.bare):
            raise BadInput(f"{where} {given!r:.60}: {name} is in {names}{did_you_mean(unit, kind.units)}")
        value = number * kind.units.get(unit, 1.0)
    elif isinstance(given, bool) or not isinstance(given, int | float):
        raise BadInput(f"{where}: expected a number with its unit, not {given!r:.60}")
    elif not kind.bare:
        raise BadInput(f'{where} {given}: write it with its unit ({names}), such as "{given} {kind.unit}"')
    else:
        value = given
    if not 0 <= value <= MOST:
        raise BadInput(f"{where} {given}: expected a number that is not negative")
    if name == "accuracy" and value > 1:
        raise BadInput(f'{where} {given}: accuracy is from 0 to 1; 90 percent are 0.9 or "90 %"')
    return float(value)


def _limit(name: str, given: object, where: str, missing: str) -> Limit:
    bound = "min" if KINDS[name].bigger_is_better else "max"
    if not isinstance(given, Mapping):
        raise BadInput(f'{where}: expected a table such as {{ {bound} = ..., regression = "2 %", floor = ... }}')
    known = (bound, "regression", "floor", "missing")
    for key in given:
        if key not in known:
            raise _unknown_key(where, key, known)
    return Limit(
        most=amount(name, given[bound], f"{where}.{bound}") if bound in given else None,
        regression=_share(given.get("regression", "0 %"), f"{where}.regression"),
        floor=amount(name, given["floor"], f"{where}.floor") if "floor" in given else 0.0,
        missing=_missing(given.get("missing", missing), f"{where}.missing"),
    )


def _share(given: object, where: str) -> float | None:
    if given == ANY:
        return None
    found = _AMOUNT.fullmatch(given) if isinstance(given, str) else None
    if found is None or found[2] != "%":
        raise BadInput(f'{where} {given!r:.60}: expected a percentage such as "2 %", or "{ANY}" for no such limit')
    share = float(found[1]) / 100
    if not isfinite(share) or not 0 <= share <= MOST:
        raise BadInput(f"{where} {given!r:.60}: expected a percentage that is not negative")
    return share


def _missing(given: object, where: str) -> str:
    if given not in MISSING_MEANS:
        raise BadInput(f"{where} {given!r:.60}: choose from {', '.join(MISSING_MEANS)}")
    return str(given)


def _unknown_key(where: str, key: str, known: tuple[str, ...]) -> BadInput:
    return BadInput(f"{where}: unknown key {key!r:.60}{did_you_mean(key[:60], known)}: known are {', '.join(known)}")
