r"""What happens to a board from outside while it runs: levels of its input pins, and bytes on its serial port.

An events file is CSV, with a line an event: time, what, value. Lines that begin with `#` are comments, and a first line
`time,what,value` is one, too.

    10ms,PA0,1
    12ms,PA0,0
    20ms,PA0,z
    1.5s,serial,"go\r\n"

A pin takes 0, 1 or z (let go of). `serial` takes text with \n, \r, \t, \\ and \xNN.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from simtiny.errors import BadInput
from simtiny.exec.moments import Moment, moment
from simtiny.files import read_bounded

SERIAL = "serial"
MOST_BYTES = 16 << 20
MOST_EVENTS = 100_000
_HEADER = ("time", "what", "value")
_LEVELS = {"0": False, "1": True, "z": None}
_PIN = re.compile(r"([A-Za-z][A-Za-z0-9_.]*)=([01zZ])(?:@(.+))?")
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"'}


@dataclass(frozen=True)
class Event:
    """At a moment, a level of a pin (None: let go of) or bytes for the serial port (`pin` is empty)."""

    at: Moment
    pin: str
    level: bool | None
    data: bytes = b""


def pin_event(text: str) -> Event:
    """What a user writes as `PA0=1@10ms`; without a time, from power-on on. Raises BadInput."""
    found = _PIN.fullmatch(text)
    if found is None:
        raise BadInput(f"`pins` {text}: expected a pin, its level 0, 1 or z, and a time, such as PA0=1@10ms")
    return Event(moment("pins", found[3] or "0s"), found[1], _LEVELS[found[2].lower()])


def read_events(path: Path) -> tuple[Event, ...]:
    """Those of a file, in its order. Raises BadInput with the line."""
    try:
        text = read_bounded(path, MOST_BYTES).decode()
    except UnicodeDecodeError:
        raise BadInput(f"{path}: not text in UTF-8") from None
    lines = text.splitlines()
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            cells = next(csv.reader([line], strict=True))
            if number == 1 and tuple(cell.strip() for cell in cells) == _HEADER:
                continue
            found.append(_event([cell.strip() for cell in cells[:2]] + cells[2:]))
        except (BadInput, csv.Error) as error:
            raise BadInput(f"{path}, line {number}: {error}") from None
        if len(found) > MOST_EVENTS:
            raise BadInput(f"{path}: more than {MOST_EVENTS:,} events")
    return tuple(found)


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """By time; those of one time stay as they are. Raises BadInput where seconds and cycles are mixed."""
    events = tuple(events)
    if len({event.at.cycles is None for event in events if event.at.cycles or event.at.seconds}) > 1:
        raise BadInput("`events` and `pins` are at times or at cycles, not at both")
    return tuple(sorted(events, key=lambda event: (event.at.seconds or 0.0, event.at.cycles or 0)))


def _event(cells: list[str]) -> Event:
    if len(cells) != 3:
        raise BadInput(f"expected a time, a pin or `{SERIAL}`, and a value; there are {len(cells)} cells")
    at = moment("events", cells[0])
    if cells[1] == SERIAL:
        return Event(at, "", None, _unescaped(cells[2]))
    level = cells[2].strip().lower()
    if level not in _LEVELS:
        raise BadInput(f"{cells[1]} takes 0, 1 or z, not {cells[2]!r}")
    return Event(at, cells[1], _LEVELS[level])


def _unescaped(text: str) -> bytes:
    pieces, done = [], 0
    for found in _ESCAPE.finditer(text):
        pieces.append(text[done : found.start()].encode())
        if found[1] is None and found[2] not in _ESCAPED:
            raise BadInput(f'unknown escape {found[0]}: there are \\n, \\r, \\t, \\\\, \\" and \\xNN')
        pieces.append(bytes.fromhex(found[1]) if found[1] else _ESCAPED[found[2]].encode())
        done = found.end()
    return b"".join([*pieces, text[done:].encode()])
