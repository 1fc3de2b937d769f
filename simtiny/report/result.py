"""The outcome of one run as plain data. The table, the JSON document and the Python API are all made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from simtiny.breakdown import Part
from simtiny.duty import DutyCycle
from simtiny.energy import EnergyEstimate
from simtiny.notes import Note
from simtiny.profile import OperatingPoint
from simtiny.records import Recorded

BOARDS_OWN = "as it is"


@dataclass(frozen=True)
class Memory:
    """Bytes in use. `flash_bytes` and `ram_bytes` are the sums; a part that a foreign image hides is None."""

    flash_bytes: int
    ram_bytes: int
    firmware_bytes: int | None
    plan_bytes: int | None
    arena_bytes: int | None
    data_bytes: int | None
    stack_bytes: int | None


@dataclass(frozen=True)
class Layer:
    """One operator of the network."""

    index: int
    kind: str
    output_shape: tuple[int, ...]
    macs: int
    cycles: float
    share: float
    """Of the cycles of all layers, 0 to 1."""
    energy_uj: float | None = None

    @property
    def cycles_per_mac(self) -> float | None:
        """None for an operator that multiplies nothing."""
        return self.cycles / self.macs if self.macs else None


@dataclass(frozen=True)
class CacheOutcome:
    """The same window with other caches, or with the board's own (`BOARDS_OWN`). Misses in units or lines."""

    caches: str
    """As the user wrote them."""
    code_misses: int
    data_misses: int
    """In flash."""
    ram_misses: int
    cycles: float
    latency_ms: float
    latency_low_ms: float
    latency_high_ms: float
    change: float
    """Of the latency, relative to the board's own caches."""


@dataclass(frozen=True)
class OtherKernels:
    """How far the recorded software stacks of one board lie apart on one benchmark: `stacks` of them, in ms.

    None and 0 where no result of the board is on record.
    """

    benchmark: str | None
    """The one whose network this is, or whose work is nearest to it."""
    best_ms: float | None
    worst_ms: float | None
    stacks: int


@dataclass(frozen=True)
class RunResult:
    """One measured window: an inference of a benchmark, of a user's network, or a stretch of a user's firmware."""

    title: str
    """Benchmark name, or the name of the model or image."""
    benchmark: str | None
    board: str
    firmware: str
    weights: str
    window: str
    """What bounded the measurement, in words."""
    latency_ms: float
    latency_uncertainty_ms: float
    """The distance of the farther end of the 90 % interval."""
    latency_low_ms: float
    latency_high_ms: float
    """Ends of the 90 % interval."""
    latency_interval_basis: str
    """What it follows from."""
    cycles: float
    instructions: float
    baseline_cycles: float
    """What a model would say that knows one average of cycles per instruction and nothing else."""
    cycles_by_effect: Mapping[str, int]
    """What the cycles went to. Sums up to `cycles`."""
    macs: int | None
    stopwatch_us: float | None
    """What the firmware's own timer said of the window, for one inference."""
    operating_point: OperatingPoint
    energy: EnergyEstimate | None
    """None on a board without a power model, or at a point that it does not know."""
    memory: Memory
    record: str | None
    """Key of the recorded result that was measured with this very image. None for all that was not published."""
    recorded: Recorded
    latency_calibrated_on: tuple[str, ...]
    """Records that constants of the timing model were fitted to. Empty: none was, the latency is a prediction."""
    layers: tuple[Layer, ...]
    by_class: tuple[Part, ...]
    by_memory: tuple[Part, ...]
    by_function: tuple[Part, ...]
    """Where cycles and energy went, in three ways: each sums up to the window (`simtiny.breakdown`)."""
    notes: tuple[Note, ...]
    duty_cycle: DutyCycle | None = None
    """Where a period was asked for."""
    caches: tuple[CacheOutcome, ...] = ()
    """Where other caches were asked for: the board's own first."""
    other_kernels: OtherKernels | None = None
    """For a network of the user's, whose latency is that of simtiny's own kernels. None for all else."""
    stored: bool = field(default=False, compare=False)
    """Whether the counts are those of an earlier run, kept in the user's cache. What follows from them is the same."""

    @property
    def cpi(self) -> float:
        """Cycles per instruction."""
        return self.cycles / self.instructions

    @property
    def cycles_per_mac(self) -> float | None:
        """None where the work is not known."""
        return self.cycles / self.macs if self.macs else None
