"""What a run met that its numbers depend on, as data: which kind of thing, where, how often, and a line for people."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from simtiny.errors import SimtinyError


class NoteKind(StrEnum):
    """What a note speaks of."""

    UNKNOWN_REGISTER = "unknown-register"
    """A register that its block does not list, or one that can't be written, was written."""
    UNMAPPED_ACCESS = "unmapped-access"
    """An address where the board has nothing."""
    UNMODELLED = "unmodelled"
    """The firmware uses what has no effect here, or a simpler one than on the chip."""
    FIRMWARE = "firmware"
    """The firmware does what would not work on a real board."""
    STORED = "stored"
    """A register of the core without behaviour here was written and reads back. Of no interest to most readers."""
    ASSUMPTION = "assumption"
    """Decided in the user's place."""
    WHAT_IF = "what-if"
    """Priced at another operating point than the firmware has programmed."""
    METHOD = "method"
    """What could not be predicted, or what a figure has no part in."""


LIMIT = 1_000
"""Different notes that a run keeps. A firmware that goes astray could make millions."""


@dataclass(frozen=True)
class Note:
    """`place`: a peripheral, a register of one, an address… `count`: how often it came up."""

    kind: NoteKind
    place: str
    count: int
    text: str


def texts(notes: Iterable[Note]) -> list[str]:
    """What a report says of them."""
    return [note.text for note in notes if note.kind is not NoteKind.STORED]


MOST_WITH_ERROR = 5
"""Notes that an error shows."""
_MAY_LEAD_TO_ERRORS = (NoteKind.UNMODELLED, NoteKind.UNMAPPED_ACCESS, NoteKind.UNKNOWN_REGISTER, NoteKind.FIRMWARE)


class HasNotes(Protocol):
    """What runs firmware."""

    @property
    def notes(self) -> tuple[Note, ...]: ...


def with_error(notes: Iterable[Note], message: str) -> tuple[str, ...]:
    """The notes that may have led to an error: first those of what its message names, at most MOST_WITH_ERROR."""
    led = [note for note in notes if note.kind in _MAY_LEAD_TO_ERRORS]
    led.sort(key=lambda note: note.place.partition("+")[0] not in message)
    told = [note.text for note in led[:MOST_WITH_ERROR]]
    return tuple(told) if len(led) <= len(told) else (*told, f"and {len(led) - len(told):,} other notes")


@contextmanager
def noted(of: HasNotes) -> Iterator[None]:
    """Let an error that ends a run carry what the run has met by then."""
    try:
        yield
    except SimtinyError as error:
        error.notes = error.notes or with_error(of.notes, str(error))
        raise


class Notes:
    """Collects the notes of a run, in the order in which each came up first."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._counts: dict[tuple[NoteKind, str, str], int] = {}
        self._left_out = 0

    def add(self, kind: NoteKind, place: str, text: str) -> None:
        """Count one occurrence."""
        key = kind, place, text
        if key in self._counts:
            self._counts[key] += 1
        elif len(self._counts) < self._limit:
            self._counts[key] = 1
        else:
            self._left_out += 1

    def collected(self) -> tuple[Note, ...]:
        """All so far. Where there were too many, a last one says how often others came up."""
        notes = tuple(Note(kind, place, count, text) for (kind, place, text), count in self._counts.items())
        if not self._left_out:
            return notes
        text = f"{self._left_out:,} more occurrences: only the first {self._limit:,} different notes are kept"
        return (*notes, Note(NoteKind.METHOD, "notes", self._left_out, text))
