"""How sure the energy of a part is: of a layer, a function, a class of instructions.

A part has its own mix of events. Were all weights off alike, its share would still be right; so far as its mix is
that of the whole, it is as sure as the whole is. What it has more or less of, in shares of the energy, counts as much
as that event's weight is uncertain; events' errors have nothing to do with each other. That comes on top of the
interval of the whole.
"""

from collections.abc import Iterable, Mapping
from math import fsum, hypot, sqrt

from simtiny.energy import EnergyEstimate
from simtiny.intervals import weight_uncertainty

Split = Mapping[str, float]
"""Microjoules by event, and by what is drawn all the while, as in `EnergyEstimate.by_event_uj`."""


def ends(part: Split, whole: EnergyEstimate) -> tuple[float | None, float | None]:
    """Ends of the 90 % interval of a part's energy, in microjoules; None where the whole has none."""
    part_uj = fsum(part.values())
    if whole.energy_low_uj is None or whole.energy_high_uj is None:
        return None, None
    if not part_uj or not whole.energy_uj:
        return part_uj, part_uj
    split = split_uncertainty(part, whole.by_event_uj)
    low = min(hypot(1 - whole.energy_low_uj / whole.energy_uj, split), 1.0)  # an energy is positive
    return part_uj * (1 - low), part_uj * (1 + hypot(whole.energy_high_uj / whole.energy_uj - 1, split))


def split_uncertainty(part: Split, whole: Split) -> float:
    """Half width of the 90 % interval of a part's share of the energy, relative to it."""
    part_uj, whole_uj = fsum(part.values()), fsum(whole.values())
    shares = ((name, part.get(name, 0.0) / part_uj - each / whole_uj) for name, each in whole.items())
    return sqrt(fsum((weight_uncertainty(name) * more) ** 2 for name, more in shares if more))


def added(splits: Iterable[Split]) -> dict[str, float]:
    """Several parts together."""
    found: dict[str, list[float]] = {}
    for split in splits:
        for name, energy_uj in split.items():
            found.setdefault(name, []).append(energy_uj)
    return {name: fsum(values) for name, values in found.items()}
