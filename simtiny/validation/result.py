"""A cross-check as plain data, and its statistics. Errors are relative: 0.02 is 2 % too slow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from types import MappingProxyType
from typing import Any

from simtiny.notes import Note
from simtiny.published import PublishedImage
from simtiny.records import Record

ALL_CORES = "all"


@dataclass(frozen=True)
class Target:
    """What the project asks of a core's predicted rows: mean and worst absolute error."""

    mean: float
    worst: float


TARGETS = MappingProxyType(
    {
        "cortex-m0plus": Target(0.015, 0.05),
        "cortex-m4f": Target(0.015, 0.05),
        "cortex-m33": Target(0.015, 0.05),
        "cortex-m7": Target(0.015, 0.05),
    }
)


@dataclass(frozen=True)
class EnergyComparison:
    """One recorded energy and the prediction, at the record's supply, in microjoules."""

    recorded_uj: float
    predicted_uj: float
    uncertainty_uj: float | None
    """The distance of the farther end of the prediction's 90 % interval. None where none can be told."""
    calibrated: bool
    """Whether a constant of the board's power model was fitted to this record."""
    baseline_uj: float | None = None
    """What a model would say that knows one mean power, that of the records that the board's power model was fitted
    to, and the predicted latency. None where none of them was compared."""
    low_uj: float | None = None
    high_uj: float | None = None
    """Ends of the interval."""

    @property
    def error(self) -> float:
        """Of the prediction, relative to the recorded energy."""
        return self.predicted_uj / self.recorded_uj - 1

    @property
    def baseline_error(self) -> float | None:
        """Of the baseline, relative to the recorded energy."""
        return None if self.baseline_uj is None else self.baseline_uj / self.recorded_uj - 1

    @property
    def inside(self) -> bool:
        """Whether the recorded energy lies in the interval."""
        return self.low_uj is not None and self.high_uj is not None and self.low_uj <= self.recorded_uj <= self.high_uj


@dataclass(frozen=True)
class Comparison:
    """One recorded latency and the prediction for its image."""

    record: Record
    image: PublishedImage
    core: str
    predicted_ms: float
    low_ms: float
    high_ms: float
    """Ends of the 90 % interval of the prediction."""
    stopwatch_ms: float | None
    """What the image's own timer said of the emulated inference; None if it has none."""
    calibrated: bool
    """Whether a constant of the core's or the board's timing was fitted to this record."""
    notes: tuple[Note, ...]
    energy: EnergyComparison | None = None
    """None where no energy is on record, or the board has no power model."""
    baseline_ms: float | None = None
    """What a model would say that knows the core's average of cycles per instruction and nothing else."""

    @property
    def error(self) -> float:
        """Of the prediction, relative to the recorded latency."""
        return self.predicted_ms / self.record.latency_ms - 1

    @property
    def inside(self) -> bool:
        """Whether the recorded latency lies in the interval."""
        return self.low_ms <= self.record.latency_ms <= self.high_ms

    @property
    def stopwatch_error(self) -> float | None:
        """Of the image's own timer, relative to the prediction."""
        return None if self.stopwatch_ms is None else self.stopwatch_ms / self.predicted_ms - 1

    @property
    def baseline_error(self) -> float | None:
        """Of the baseline, relative to the recorded latency."""
        return None if self.baseline_ms is None else self.baseline_ms / self.record.latency_ms - 1


@dataclass(frozen=True)
class OtherStack:
    """A recorded energy without a published image, beside simtiny's own firmware on the same board and benchmark.

    What is compared is the mean power: the own firmware's, over the recorded latency, is `energy.predicted_uj`.
    """

    record: Record
    stack_class: str
    energy: EnergyComparison


@dataclass(frozen=True)
class EnergySummary:
    """Statistics of recorded energies. Errors are relative, `baseline_error` is the baseline's mean absolute one."""

    name: str
    count: int
    mean_error: float
    bias: float
    worst_error: float
    inside: int
    """How many of them lie in the interval of their prediction."""
    baseline_error: float | None


@dataclass(frozen=True)
class Left:
    """A record without a comparison, and why."""

    record: Record
    reason: str


@dataclass(frozen=True)
class Summary:
    """Statistics of the rows of one core (or of ALL_CORES), all calibrated or all predicted."""

    core: str
    calibrated: bool
    count: int
    mean_error: float
    """Mean absolute error (MAPE)."""
    bias: float
    """Mean error with its sign."""
    worst: Comparison
    target: Target | None
    """None where the project has set none."""
    baseline_error: float | None = None
    """Mean absolute error of the baseline model."""
    inside: int = 0
    """How many lie in the interval of their prediction."""

    @property
    def met(self) -> bool | None:
        """Whether the target is met, None without a target."""
        if self.target is None:
            return None
        return self.mean_error <= self.target.mean and abs(self.worst.error) <= self.target.worst


@dataclass(frozen=True, repr=False)
class CrossCheck:
    """All records that were asked for: compared, failed on the emulated board, or not comparable."""

    rows: tuple[Comparison, ...]
    failed: tuple[Left, ...]
    left_out: tuple[Left, ...]
    stacks: tuple[OtherStack, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    """What was asked for, by the parameters of `simtiny.crosscheck`."""

    def __repr__(self) -> str:
        return f"<CrossCheck of {len(self.rows)} results, {len(self.failed)} failed>"

    @property
    def energy_summaries(self) -> tuple[EnergySummary, ...]:
        """Of the images' energies the predicted ones, then the calibrated ones; then of other stacks, by class."""
        images = [row.energy for row in self.rows if row.energy is not None]
        groups = {
            "images, predicted": [energy for energy in images if not energy.calibrated],
            "images, calibrated": [energy for energy in images if energy.calibrated],
        }
        for row in self.stacks:
            groups.setdefault(row.stack_class, []).append(row.energy)
        return tuple(summarise_energies(name, energies) for name, energies in groups.items() if energies)

    @property
    def summaries(self) -> tuple[Summary, ...]:
        """Predicted rows by core and over all cores, then the same of calibrated rows."""
        return tuple(summary for calibrated in (False, True) for summary in _summaries(self.rows, calibrated, TARGETS))


def by_reason(left: Sequence[Left], name: Callable[[Record], str]) -> dict[str, dict[str, list[str]]]:
    """For each reason, the benchmarks of each system, as `name` calls it."""
    grouped: dict[str, dict[str, list[str]]] = {}
    for entry in left:
        grouped.setdefault(entry.reason, {}).setdefault(name(entry.record), []).append(entry.record.benchmark)
    return grouped


def _summaries(rows: Sequence[Comparison], calibrated: bool, targets: Mapping[str, Target]) -> list[Summary]:
    chosen = [row for row in rows if row.calibrated is calibrated]
    summaries = [
        summarise(core, calibrated, [row for row in chosen if row.core == core], None if calibrated else target)
        for core, target in ((core, targets.get(core)) for core in sorted({row.core for row in chosen}))
    ]
    if len(summaries) > 1:
        summaries.append(summarise(ALL_CORES, calibrated, chosen, None))
    return summaries


def summarise_energies(name: str, energies: Sequence[EnergyComparison]) -> EnergySummary:
    """Statistics of at least one recorded energy."""
    errors = [energy.error for energy in energies]
    return EnergySummary(
        name=name,
        count=len(errors),
        mean_error=fsum(map(abs, errors)) / len(errors),
        bias=fsum(errors) / len(errors),
        worst_error=max(errors, key=abs),
        inside=sum(energy.inside for energy in energies),
        baseline_error=_mean_absolute([energy.baseline_error for energy in energies]),
    )


def summarise(core: str, calibrated: bool, rows: Sequence[Comparison], target: Target | None) -> Summary:
    """Statistics of at least one row."""
    return Summary(
        core=core,
        calibrated=calibrated,
        count=len(rows),
        mean_error=fsum(abs(row.error) for row in rows) / len(rows),
        bias=fsum(row.error for row in rows) / len(rows),
        worst=max(rows, key=lambda row: abs(row.error)),
        target=target,
        baseline_error=_mean_absolute([row.baseline_error for row in rows]),
        inside=sum(row.inside for row in rows),
    )


def _mean_absolute(errors: Sequence[float | None]) -> float | None:
    """The mean of the absolute errors, None unless all are known."""
    known = [abs(error) for error in errors if error is not None]
    return fsum(known) / len(known) if len(known) == len(errors) else None
