"""What the project asks of a cross-check as a whole, beyond the mean and the worst error of each core."""

from dataclasses import dataclass
from math import fsum

from simtiny.validation.result import CrossCheck

ENERGY_MEAN = 0.025
"""Mean absolute error of the energies of images, of those that no constant was fitted to."""
COVERAGE = (0.85, 0.97)
"""Share of recorded figures inside their 90 % intervals: with fewer these are too narrow, with more too wide."""
LEAST_ROWS = 20
"""Fewer don't tell a share."""


@dataclass(frozen=True)
class Verdict:
    """A figure of the cross-check and what is asked of it: both ends belong to it. `core`: empty where it is of all."""

    what: str
    core: str
    found: float
    low: float
    high: float

    @property
    def met(self) -> bool:
        """Whether the figure lies between the ends."""
        return self.low <= self.found <= self.high


def verdicts(result: CrossCheck) -> tuple[Verdict, ...]:
    """Each target that the rows of this cross-check can tell about, of predicted rows alone."""
    found = []
    for summary in result.summaries:
        if summary.target is not None:
            found.append(Verdict("mean error", summary.core, summary.mean_error, 0.0, summary.target.mean))
            found.append(Verdict("worst error", summary.core, abs(summary.worst.error), 0.0, summary.target.worst))
    images = [row.energy for row in result.rows if row.energy is not None and not row.energy.calibrated]
    if images:
        mean = fsum(abs(energy.error) for energy in images) / len(images)
        found.append(Verdict("mean error of images' energies", "", mean, 0.0, ENERGY_MEAN))
    latencies = [row.inside for row in result.rows if not row.calibrated]
    energies = [energy.inside for energy in (*images, *(row.energy for row in result.stacks))]
    for quantity, inside in (("latencies", latencies), ("energies", energies)):
        if len(inside) >= LEAST_ROWS:
            found.append(Verdict(f"{quantity} inside their interval", "", sum(inside) / len(inside), *COVERAGE))
    return tuple(found)
