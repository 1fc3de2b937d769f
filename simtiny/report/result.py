"""The outcome of one run as plain data. The table, the JSON document and the Python API are all made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from simtiny.breakdown import Part
from simtiny.duty import DutyCycle
from simtiny.energy import EnergyEstimate
from simtiny.intervals import LEVEL
from simtiny.lived import LifeResult
from simtiny.mlperf.identity import Identity
from simtiny.mlperf.memory import Memory
from simtiny.notes import Note, texts
from simtiny.profiles import OperatingPoint
from simtiny.records import Recorded
from simtiny.report.plain import plain
from simtiny.report.window_result import Interrupt, Wait, WindowResult

BOARDS_OWN = "as it is"


@dataclass(frozen=True)
class Layer:
    """One operator of the network.

    index: from 0, in the order of execution. kind: as TensorFlow Lite calls it. output_shape: batch included.
    macs: multiply-accumulates; 0 where it multiplies nothing. cycles: of the core. share: of the cycles of all layers,
    0 to 1. energy_uj: with its share of the static power; None without a power model. energy_low_uj, energy_high_uj:
    ends of its 90 % interval.
    """

    index: int
    kind: str
    output_shape: tuple[int, ...]
    macs: int
    cycles: float
    share: float
    energy_uj: float | None = None
    energy_low_uj: float | None = None
    energy_high_uj: float | None = None

    @property
    def cycles_per_mac(self) -> float | None:
        """None for an operator that multiplies nothing."""
        return self.cycles / self.macs if self.macs else None


@dataclass(frozen=True)
class CacheOutcome:
    """The same window with other caches, or with the board's own (`BOARDS_OWN`).

    caches: as the user wrote them. code_misses, data_misses, ram_misses: in units or lines, of code and data in flash
    and of data in RAM. latency_low_ms, latency_high_ms: ends of the interval of latency_ms. change: of the latency,
    relative to the board's own caches. energy_uj: None without a power model.
    """

    caches: str
    code_misses: int
    data_misses: int
    ram_misses: int
    cycles: float
    latency_ms: float
    latency_low_ms: float
    latency_high_ms: float
    change: float
    energy_uj: float | None = None


@dataclass(frozen=True)
class OtherKernels:
    """How far recorded software stacks lie apart on one benchmark and board: `stacks` of them, in ms.

    benchmark: the one whose network this is, or whose work is nearest to it. board: the result's, or another one where
    fewer than two stacks of that are on record.
    """

    benchmark: str
    board: str
    best_ms: float
    worst_ms: float
    stacks: int


@dataclass(frozen=True, repr=False)
class RunResult:
    """One measured window: an inference of a benchmark, of a user's network, or a stretch of a user's firmware.

    title: benchmark, name of the model or image, or what of it was measured.
    benchmark: "kws01", "vww01", "ic01" or "ad01"; None where the work is none of them.
    board: identifier of the platform.
    firmware, weights, window: which firmware ran, which weights the network had (empty where no network was measured),
    and what bounded the measurement, in words. kernels: the built-in firmware's set, None for a user's image.

    latency_ms: of one inference, or one passage of the window. latency_low_ms, latency_high_ms: ends of its interval.
    latency_uncertainty_ms: the distance of the farther end. latency_interval_basis: what the interval follows from.
    not_validated: that no recorded figure has this core and these memories set as here, as a sentence; else None.
    interval_level: the share of true values that intervals, this one and those of energy, are meant to hold, 0 to 1.
    cycles, instructions: of the core. cpi: cycles an instruction.
    baseline_cycles: by a model that knows one average of cycles per instruction and nothing else.
    cycles_by_effect: what the cycles went to (`simtiny.timing.effects`) and "sleep"; sums up to `cycles`.
    macs: multiply-accumulates of the network, or None. cycles_per_mac: None where `macs` is.
    stopwatch_us: what the firmware's own timer said of the window, in microseconds; None where it said nothing.
    operating_point: clock, wait states, caches and voltage range at which the window was priced.

    energy: in uJ, with its interval, mean power and parts; None on a board without a power model, or at a point that it
    does not know. duty_cycle: mean power with sleep, where a period was asked for. life: of the application, where a
    sequence was given.
    memory: bytes in flash and RAM.

    record: key of the recorded result that was measured with this very image, or None.
    recorded: what real boards of this kind did on the same benchmark.
    latency_calibrated_on: keys of the records that constants of the timing model were fitted to.

    layers: operators of the network, with cycles and energy; empty where the firmware marks none.
    by_class, by_memory, by_function: where cycles and energy went, in three ways: each sums up to the window
    (`simtiny.breakdown`).
    caches: what other caches would have made of the window, the board's own first; empty unless asked for.
    other_kernels: for a network of the user's, how far recorded software stacks lie apart, since its latency is that of
    simtiny's own kernels; None for all else.
    interrupts: exceptions whose handlers ran in the window, with the cycles that they took.
    waits: peripherals that the core polled in a window of the user's, and for how long.
    windows: where the window is one of the user's, every passage in the run through it, and through the others that
    were asked for. run_ended: why that run ended.
    notes: what the numbers depend on and a reader should know.

    options: the words of the `Request`, as given. identity: what went into the run, by SHA-256.
    stored: whether the counts are those of an earlier run, kept in the user's cache. All else is the same.
    """

    title: str
    benchmark: str | None
    board: str
    firmware: str
    weights: str
    window: str
    latency_ms: float
    latency_uncertainty_ms: float
    latency_low_ms: float
    latency_high_ms: float
    latency_interval_basis: str
    cycles: float
    instructions: float
    baseline_cycles: float
    cycles_by_effect: Mapping[str, int]
    macs: int | None
    stopwatch_us: float | None
    operating_point: OperatingPoint
    energy: EnergyEstimate | None
    memory: Memory
    record: str | None
    recorded: Recorded
    latency_calibrated_on: tuple[str, ...]
    layers: tuple[Layer, ...]
    by_class: tuple[Part, ...]
    by_memory: tuple[Part, ...]
    by_function: tuple[Part, ...]
    notes: tuple[Note, ...]
    identity: Identity
    options: Mapping[str, Any] = field(default_factory=dict)
    kernels: str | None = None
    interval_level: float = LEVEL
    duty_cycle: DutyCycle | None = None
    life: LifeResult | None = None
    caches: tuple[CacheOutcome, ...] = ()
    other_kernels: OtherKernels | None = None
    interrupts: tuple[Interrupt, ...] = ()
    waits: tuple[Wait, ...] = ()
    windows: tuple[WindowResult, ...] = ()
    run_ended: str = ""
    not_validated: str | None = None
    stored: bool = field(default=False, compare=False)

    @property
    def cpi(self) -> float:
        """Cycles per instruction."""
        return self.cycles / self.instructions

    @property
    def cycles_per_mac(self) -> float | None:
        """None where the work is not known."""
        return self.cycles / self.macs if self.macs else None

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values: an object of `results` in the JSON document (docs/json-schema.md)."""
        import msgspec

        fields: dict[str, Any] = msgspec.to_builtins(self)
        for row, layer in zip(fields["layers"], self.layers, strict=True):
            row["cycles_per_mac"] = layer.cycles_per_mac
        noted = {"notes": texts(self.notes), "note_details": fields["notes"]}
        found: dict[str, Any] = plain({**fields, **noted, "cpi": self.cpi, "cycles_per_mac": self.cycles_per_mac})
        return found

    def __repr__(self) -> str:
        energy = f", {self.energy.energy_uj:.4g} uJ" if self.energy else ""
        return f"<RunResult {self.title} on {self.board}: {self.latency_ms:.4g} ms{energy}>"

    def _repr_html_(self) -> str:
        """For notebooks. Imported by name: what shows results imports this module."""
        shown: str = import_module("simtiny.report.notebook").repr_html(self)
        return shown
