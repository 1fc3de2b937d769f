"""The outcome of a comparison as plain data. Text, JSON and page are made from it. All differences are B less A."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Change:
    """One figure in A and in B. `ratio`: of B to A, None where A is 0.

    `within_intervals`: whether A's figure lies in B's 90 % interval, and B's in A's; None where these are not known.
    """

    a: float
    b: float
    difference: float
    ratio: float | None
    within_intervals: bool | None = None


@dataclass(frozen=True)
class LatencyPart:
    """What an effect, sleep or the clock has in the difference of the latencies.

    a_cycles, b_cycles, difference_cycles: of the core; 0 for "clock". difference_ms: of an effect at A's clock; of
    "sleep" each at its own; of "clock" what B's cycles awake take more, or less, for not being at A's.
    """

    name: str
    a_cycles: float
    b_cycles: float
    difference_cycles: float
    difference_ms: float


@dataclass(frozen=True)
class EnergyPart:
    """What one event, or static power, has in the difference of the energies, in uJ."""

    name: str
    a_uj: float
    b_uj: float
    difference_uj: float


@dataclass(frozen=True)
class CodePart:
    """What a function or a layer has in the differences of latency and energy, each side at its own clock.

    count: how many of this name there are, on the side that has more. only_in: "A" or "B" where the other one has none,
    else empty. Energies are None where one side's are not known.
    """

    name: str
    count: int
    only_in: str
    a_cycles: float
    b_cycles: float
    a_ms: float
    b_ms: float
    difference_ms: float
    a_uj: float | None
    b_uj: float | None
    difference_uj: float | None


@dataclass(frozen=True)
class Setting:
    """Something that was set, or chosen, otherwise in B than in A. In words; empty where there is no such thing."""

    name: str
    a: str
    b: str


@dataclass(frozen=True)
class MemoryPart:
    """Bytes of a memory, or of what lies in it; None where an image hides them."""

    name: str
    a_bytes: int | None
    b_bytes: int | None
    difference_bytes: int | None


@dataclass(frozen=True)
class Compared:
    """One of the two. `name`: as the user called it. `version`: of simtiny, empty for a result just made.

    The rest is of the result.
    """

    name: str
    title: str
    board: str
    window: str
    firmware: str
    version: str
    image_sha256: str | None
    latency_low_ms: float
    latency_high_ms: float
    energy_low_uj: float | None
    energy_high_uj: float | None


@dataclass(frozen=True, repr=False)
class Comparison:
    """Two runs, and what explains their difference.

    latency in ms; cycles and instructions of the core; energy in uJ; mean_power in mW; duty_power: mean power with
    sleep in mW; mean_current in uA and battery_days of a life: None where it is not known of both.

    latency_parts: by effect, then sleep, then the clock; what no part holds is "not attributed". Their
    `difference_cycles` sum up to that of `cycles`, their `difference_ms` to that of `latency`. energy_parts: by event,
    to that of `energy`; empty without. by_function, by_layer: the same differences of latency and energy in two other
    ways, functions by their part of it, layers in order; empty where a result has no such parts.
    All these sums are exact, in whatever order they are done. With A's figure they give B's to within one unit in the
    last place of the sum of the parts' magnitudes, or of A's and B's if that is more.

    memory: flash, RAM and what lies in them. settings: what was set or chosen otherwise. notes: what to know of it.
    """

    a: Compared
    b: Compared
    latency: Change
    cycles: Change
    instructions: Change
    energy: Change | None
    mean_power: Change | None
    duty_power: Change | None
    mean_current: Change | None
    battery_days: Change | None
    latency_parts: tuple[LatencyPart, ...]
    energy_parts: tuple[EnergyPart, ...]
    by_function: tuple[CodePart, ...]
    by_layer: tuple[CodePart, ...]
    memory: tuple[MemoryPart, ...]
    settings: tuple[Setting, ...]
    notes: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What it comes to, in sentences."""
        said: tuple[str, ...] = import_module("simtiny.comparison.words").words(self)
        return said

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain values: an object of `comparisons` in the JSON document (docs/json-schema.md)."""
        import msgspec

        fields: dict[str, Any] = msgspec.to_builtins(self)
        return {**fields, "words": list(self.words)}

    def __repr__(self) -> str:
        return f"<Comparison {self.a.name} {self.latency.a:.4g} ms, {self.b.name} {self.latency.b:.4g} ms>"
