"""What a stream says of itself and what it leaves out, in words. docs/bring-your-own-engine.md lists the facts."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from simtiny.board import Board
from simtiny.notes import Note, NoteKind

MOST_FACTS, MOST_CHARACTERS = 64, 200
OWN_TIME = "its own"
LACKS: Mapping[str, str] = MappingProxyType(
    {
        "accesses": "what loads and stores access: they are priced as if they never waited for flash or a cache, so "
        "cycles and energy are too low where constants are read",
        "stores": "stores: what they bring into a data cache, or push out of it, is not counted",
        "divides": "operands of divides: each is priced as the shortest, so cycles are too low by up to its longest",
        "exceptions": "exceptions: their entry and return cost nothing, and handlers pass for code that was jumped to",
        "sleep": "time asleep: it is missing in time and energy",
        "writes": "writes to registers: clock, wait states, caches and voltage are those of reset, or what was asked "
        "for instead",
        "skipped": "instructions that an IT block skips: each takes a cycle that is missing",
    }
)
"""What a writer may leave out, by the words of its fact `lacks`, and what that does to the numbers."""


def kept(facts: Mapping[str, str]) -> dict[str, str]:
    """The facts of a header as far as a report shows them: printable, and not too many."""
    pairs = list(facts.items())[:MOST_FACTS]
    return {printable(name): printable(value) for name, value in pairs}


def printable(text: str) -> str:
    """In one line, cut where it is long. A stream comes from anybody."""
    line = "".join(letter if letter.isprintable() else "?" for letter in text)
    return line if len(line) <= MOST_CHARACTERS else f"{line[:MOST_CHARACTERS]}..."


def notes_of(facts: Mapping[str, str], board: Board) -> tuple[Note, ...]:
    """What the facts mean for the numbers."""
    return tuple(Note(NoteKind.METHOD, "stream", 1, text) for text in _texts(facts, board))


def _texts(facts: Mapping[str, str], board: Board) -> Iterator[str]:
    time = facts.get("time")
    if time == OWN_TIME:
        yield (
            "interrupts came and waiting ended by the engine's own time, not by the cycles that are predicted: on the "
            "board loops that wait may run more or less often"
        )
    elif time:
        yield f"the engine's time: {time}"
    for word in dict.fromkeys(word.strip() for word in facts.get("lacks", "").split(",")):
        if word in LACKS:
            if word != "stores" or any(memory.cached for memory in board.memories):
                yield f"the stream lacks {LACKS[word]}"
        elif word:
            yield f"the stream lacks {word}, its writer says: what that is worth is not known"
