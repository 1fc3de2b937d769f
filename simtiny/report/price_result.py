"""The price of a window of a stream as plain data: table, JSON and the Python API are made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simtiny.breakdown import Part
from simtiny.energy import EnergyEstimate
from simtiny.intervals import LEVEL
from simtiny.notes import Note, texts
from simtiny.profiles import OperatingPoint
from simtiny.report.plain import plain


@dataclass(frozen=True)
class Section:
    """What ran at one operating point. energy_uj: None where it is not known."""

    operating_point: OperatingPoint
    cycles: int
    instructions: int
    latency_ms: float
    energy_uj: float | None


@dataclass(frozen=True, repr=False)
class PriceResult:
    """A window of a stream that an engine has written, priced.

    title: what was priced, in few words. stream: the file's name. engine: who wrote it, empty if it does not say.
    image: the name of the firmware. board: identifier of the platform. window: what bounded it, in words.

    latency_ms with the ends of its interval, their farther distance and what it follows from; cycles, instructions: of
    the core, in all sections. cycles_by_effect: what the cycles went to (`simtiny.timing.effects`) and "sleep".
    exceptions: how many were entered.

    energy: in uJ; None where it is not known. Its core_v and regulator are those of the section that drew most.
    energy_share: of the time, 0 to 1, how much of it is in `energy`: there may be sections whose energy is not known.
    sections: one for each operating point, in the order in which they came up. Latency, cycles and energy are sums.
    by_function: by falling energy; by the routines' addresses where no image gives names.

    facts: what the stream says of itself. notes: what the numbers depend on and a reader should know.
    image_sha256: of the image that was given, else None. board_sha256: of the board's values.
    options: the words of the request, as given.
    """

    title: str
    stream: str
    engine: str
    image: str
    board: str
    window: str
    latency_ms: float
    latency_uncertainty_ms: float
    latency_low_ms: float
    latency_high_ms: float
    latency_interval_basis: str
    cycles: int
    instructions: int
    cycles_by_effect: Mapping[str, int]
    exceptions: int
    energy: EnergyEstimate | None
    energy_share: float
    sections: tuple[Section, ...]
    by_function: tuple[Part, ...]
    facts: Mapping[str, str]
    notes: tuple[Note, ...]
    image_sha256: str | None
    board_sha256: str
    options: Mapping[str, Any] = field(default_factory=dict)
    interval_level: float = LEVEL
    not_validated: str | None = None

    @property
    def cpi(self) -> float | None:
        """Cycles per instruction. None where the core slept all the while."""
        return self.cycles / self.instructions if self.instructions else None

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values: `result` in the JSON document (docs/json-schema.md)."""
        import msgspec

        fields: dict[str, Any] = msgspec.to_builtins(self)
        noted = {"notes": texts(self.notes), "note_details": fields["notes"]}
        found: dict[str, Any] = plain({**fields, **noted, "cpi": self.cpi})
        return found

    def __repr__(self) -> str:
        energy = f", {self.energy.energy_uj:.4g} uJ" if self.energy else ""
        return f"<PriceResult {self.title} on {self.board}: {self.latency_ms:.4g} ms{energy}>"
