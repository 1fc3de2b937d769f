"""What a run of a firmware came to, as plain data: the summary, JSON and the Python API are made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simtiny.call_tree import StackUse
from simtiny.energy import EnergyEstimate
from simtiny.exec.ended import End
from simtiny.intervals import LEVEL
from simtiny.notes import Note, texts
from simtiny.report.plain import plain
from simtiny.report.price_result import Section


@dataclass(frozen=True, repr=False)
class ExecResult:
    """A firmware that has run from reset to an end.

    image, board: which. end: what ended it, ended: the same in words. status: what a program of the host would exit
    with: that of a semihosting exit, 3 of a fault, 1 where `until` was not printed, 130 of an interruption, else 0.

    output: what was shown of the consoles, up to 1 MiB. output_bytes: how much each console printed, by its name.

    time_ms: emulated, with the ends of its interval; cycles, instructions: of the core. sleep_share: of the time, 0
    to 1. exceptions: how many were entered. waits: cycles in which the core polled registers, by peripheral.

    energy: in uJ; None where it is not known. energy_share: of the time, how much of it is in `energy`. sections: one
    for each operating point, in the order in which they came up.

    stacks: how deep each went, with what tells its end. ram_used: bytes of RAM that were written to.

    notes: what the numbers depend on and a reader should know. options: the words that it was asked with.
    """

    image: str
    board: str
    end: End
    ended: str
    status: int
    output: str
    output_bytes: Mapping[str, int]
    time_ms: float
    time_low_ms: float
    time_high_ms: float
    cycles: int
    instructions: int
    sleep_share: float
    exceptions: int
    waits: Mapping[str, int]
    energy: EnergyEstimate | None
    energy_share: float
    sections: tuple[Section, ...]
    stacks: tuple[StackUse, ...]
    ram_used: int
    notes: tuple[Note, ...]
    image_sha256: str
    board_sha256: str
    options: Mapping[str, Any] = field(default_factory=dict)
    interval_level: float = LEVEL

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values: `result` in the JSON document (docs/json-schema.md)."""
        import msgspec

        fields: dict[str, Any] = msgspec.to_builtins(self)
        noted = {"notes": texts(self.notes), "note_details": fields["notes"]}
        found: dict[str, Any] = plain({**fields, **noted})
        return found

    def __repr__(self) -> str:
        energy = f", {self.energy.energy_uj:.4g} uJ" if self.energy else ""
        return f"<ExecResult {self.image} on {self.board}: {self.end}, {self.time_ms:.4g} ms{energy}>"
