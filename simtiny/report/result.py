"""The outcome of one run as plain data. The table, the JSON document and the Python API are all made from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from simtiny.energy import EnergyEstimate
from simtiny.profile import OperatingPoint
from simtiny.records import Recorded


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

    @property
    def cycles_per_mac(self) -> float | None:
        """None for an operator that multiplies nothing."""
        return self.cycles / self.macs if self.macs else None


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
    """Half width of the interval (±)."""
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
    energy: EnergyEstimate
    memory: Memory
    recorded: Recorded
    latency_calibrated_on: tuple[str, ...]
    """Records that constants of the timing model were fitted to. Empty: none was, the latency is a prediction."""
    layers: tuple[Layer, ...]
    notes: tuple[str, ...]

    @property
    def cpi(self) -> float:
        """Cycles per instruction."""
        return self.cycles / self.instructions

    @property
    def cycles_per_mac(self) -> float | None:
        """None where the work is not known."""
        return self.cycles / self.macs if self.macs else None
