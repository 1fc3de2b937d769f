"""What a check keeps of a run: the figures that are compared, what tells whether they can be, and their parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import fsum, isfinite
from types import MappingProxyType
from typing import Any

from simtiny.counting_version import counting_version
from simtiny.gate.configuration import is_path
from simtiny.version import __version__

PRICES = "simtiny.pricing"
_DIGITS = 12
"""Of figures that are no whole numbers: one cycle of an hour shows, and the rounding of another machine does not."""
_MOST_LETTERS = 60
_NO_IDENTITY = ("image", "model")
"""Words that name what may change: another image is the point of a check."""

Cost = tuple[float, float | None]
"""Cycles and uJ; None where the energy is not known."""


@dataclass(frozen=True)
class Figures:
    """Of one request. What stands in a baseline, and what a run is made into to be compared with it.

    board_sha256, image_sha256, model_sha256, data_sha256: see `simtiny.mlperf.identity.Identity`; of the data of the
    accuracy. options: words of the `Request`. operating_point: as it was priced. supply_v: None without energy.
    metrics: by the names of `simtiny.gate.limits.KINDS`, without those that are not known. functions, layers, memories:
    cycles and energy of each. simtiny: the version. counting_sha256, pricing_sha256: of the code that counted and
    priced.
    """

    board: str
    board_sha256: str
    image_sha256: str
    options: Mapping[str, Any]
    operating_point: Mapping[str, Any]
    metrics: Mapping[str, float]
    simtiny: str
    counting_sha256: str
    pricing_sha256: str
    supply_v: float | None = None
    model_sha256: str | None = None
    data_sha256: str | None = None
    functions: Mapping[str, Cost] = field(default_factory=dict)
    layers: Mapping[str, Cost] = field(default_factory=dict)
    memories: Mapping[str, Cost] = field(default_factory=dict)


def figures_of(
    result: Mapping[str, Any],
    words: Mapping[str, Any],
    more: Mapping[str, float | None] = MappingProxyType({}),
    data_sha256: str | None = None,
) -> Figures:
    """Of a result as JSON has it. `more`: metrics that a run does not give.

    The `stack_bytes` of a result's memory are what the built-in firmware reserves, and no use of it.
    """
    energy, memory, identity = result["energy"], result["memory"], result["identity"]
    metrics = {
        "latency": result["latency_ms"],
        "energy": energy and energy["energy_uj"],
        "cycles": result["cycles"],
        "ram": memory["ram_bytes"],
        "flash": memory["flash_bytes"],
        **more,
    }
    return Figures(
        board=result["board"],
        board_sha256=identity["board_sha256"],
        image_sha256=identity["image_sha256"],
        model_sha256=identity["model_sha256"],
        data_sha256=data_sha256,
        options=dict(sorted(words.items())),
        operating_point=_named(result["operating_point"]),
        supply_v=energy and energy["supply_v"],
        metrics={name: rounded(value) for name, value in metrics.items() if value is not None and isfinite(value)},
        functions=_costs((part["name"], part) for part in result["by_function"]),
        layers=_costs((f"layer {layer['index']} {layer['kind']}", layer) for layer in result["layers"]),
        memories=_costs((part["name"], part) for part in result["by_memory"]),
        simtiny=__version__,
        counting_sha256=counting_version(),
        pricing_sha256=counting_version(PRICES),
    )


def _named(point: Mapping[str, Any]) -> dict[str, Any]:
    """An operating point in single values: of what is switched on the names."""
    on = point.get("switched_on")
    return {**point, "switched_on": None if on is None else ", ".join(name for name, _ in on)}


def rounded(value: float) -> float:
    """To the digits that count; a whole number as it is."""
    return int(value) if float(value).is_integer() else float(f"{value:.{_DIGITS}g}")


def shortened(name: str) -> str:
    """A name of any length and letters in a sentence."""
    name = "".join(letter if letter.isprintable() else "?" for letter in name[: _MOST_LETTERS + 1])
    return name if len(name) <= _MOST_LETTERS else f"{name[: _MOST_LETTERS - 3]}..."


def refusal(then: Figures, now: Figures) -> str | None:
    """Why the two can't be compared, None if they can."""
    if then.board_sha256 != now.board_sha256:
        if then.board != now.board:
            return f"of board {shortened(then.board)}, and this is {now.board}"
        return f"of a board {shortened(then.board)} with other values: its platform file has changed"
    for name in dict.fromkeys((*then.options, *now.options)):
        one, other = (each.options.get(name) for each in (then, now))
        if name not in _NO_IDENTITY and not is_path(name, one or other) and one != other:
            return f"{_with(name, one)}, and this is {_with(name, other)}"
    if then.counting_sha256 != now.counting_sha256 or then.pricing_sha256 != now.pricing_sha256:
        same = " with other code" if then.simtiny == now.simtiny else ""
        by = f"{shortened(then.simtiny)}{same}, and this is {now.simtiny}"
        return f"counted by simtiny {by}, which counts or prices otherwise"
    clocks = [each.operating_point.get("clock_hz") for each in (then, now)]
    if clocks[0] != clocks[1]:
        return f"at a clock of {_megahertz(clocks[0])}, and this is at {_megahertz(clocks[1])}"
    if then.supply_v != now.supply_v:
        return f"at a supply of {then.supply_v} V, and this is at {now.supply_v} V"
    if None not in (then.data_sha256, now.data_sha256) and then.data_sha256 != now.data_sha256:
        return "with an accuracy on other data"
    return None


def other_point(then: Figures, now: Figures) -> tuple[str, ...]:
    """What else of the operating point the firmware has programmed otherwise: a change like any other, to be told."""
    names = dict.fromkeys((*then.operating_point, *now.operating_point))
    values = [(name, then.operating_point.get(name), now.operating_point.get(name)) for name in names]
    return tuple(f"{shortened(name).replace('_', ' ')}: {_said(b)}, was {_said(a)}" for name, a, b in values if a != b)


def _costs(parts: Any) -> dict[str, Cost]:
    """Those of one name are one."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for name, part in parts:
        found.setdefault(name, []).append(part)
    return {name: _cost(of_name) for name, of_name in sorted(found.items())}


def _cost(parts: list[Mapping[str, Any]]) -> Cost:
    energies = [part["energy_uj"] for part in parts if part["energy_uj"] is not None]
    energy = rounded(fsum(energies)) if len(energies) == len(parts) else None
    return rounded(fsum(part["cycles"] for part in parts)), energy


def _with(word: str, value: object) -> str:
    if value is None:
        return f"without `{shortened(word)}`"
    return f"with `{shortened(word)}` {_megahertz(value) if word == 'clock_hz' else _said(value)}"


def _said(value: object) -> str:
    if value is None:
        return "none"
    return {True: "on", False: "off"}.get(value, "") if isinstance(value, bool) else shortened(str(value))


def _megahertz(hertz: object) -> str:
    return f"{hertz / 1e6:g} MHz" if isinstance(hertz, int | float) else "none"
