"""What a run of a firmware is asked: words of the Python API, checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from simtiny import parameters
from simtiny.api_words import AnyPath, Names
from simtiny.errors import BadInput
from simtiny.exec.consoles import MOST_INPUT_BYTES, Console
from simtiny.exec.events import Event, in_order, pin_event, read_events
from simtiny.exec.moments import Moment, moment
from simtiny.files import read_bounded
from simtiny.request import Request

DEFAULT_LIMIT = "10s"
"""Of emulated time."""
MOST_ARGUMENTS = 1 << 12


class ExecWords(TypedDict, total=False):
    """The words of `execute` beside the image."""

    board: AnyPath | None
    address: int | None
    console: Console | str
    until: str | None
    duration: str | None
    stdin: AnyPath | bytes | None
    pins: Names
    events: AnyPath | None
    files: AnyPath | None
    arguments: str
    seed: int | None


@dataclass(frozen=True)
class Asked:
    """A run. `request` says which image on which board. `is_default_limit`: nobody has said how long."""

    request: Request
    console: Console
    until: str | None
    limit: Moment
    is_default_limit: bool
    stdin: bytes
    events: tuple[Event, ...]
    files: Path | None
    arguments: str
    options: dict[str, Any]


def asked(
    image: AnyPath,
    *,
    board: AnyPath | None = None,
    address: int | None = None,
    console: Console | str = Console.AUTO,
    until: str | None = None,
    duration: str | None = None,
    stdin: AnyPath | bytes | None = None,
    pins: Names = (),
    events: AnyPath | None = None,
    files: AnyPath | None = None,
    arguments: str = "",
    seed: int | None = None,
) -> Asked:
    """Raises BadInput for words that can't be used."""
    folder = None if files is None else parameters.path("files", files)
    if folder is not None and not folder.is_dir():
        raise BadInput(f"`files` {folder}: there is no such folder")
    timed = [] if events is None else list(read_events(parameters.path("events", events)))
    line = parameters.text("arguments", arguments) if arguments else ""
    if len(line.encode()) > MOST_ARGUMENTS or "\0" in line:
        raise BadInput(f"`arguments`: no text of up to {MOST_ARGUMENTS:,} bytes")
    options = {
        "board": None if board is None else str(board),
        "address": address,
        "console": str(console),
        "until": until,
        "duration": duration,
        "stdin": None if stdin is None or isinstance(stdin, bytes) else str(stdin),
        "pins": _names(pins),
        "events": None if events is None else str(events),
        "files": None if files is None else str(files),
        "arguments": arguments,
        "seed": seed,
    }
    return Asked(
        request=Request.from_dict({"image": image, "board": board, "address": address, "seed": seed}),
        console=parameters.choice("console", console, Console),
        until=None if until is None else parameters.text("until", until),
        limit=moment("duration", DEFAULT_LIMIT if duration is None else parameters.text("duration", duration)),
        is_default_limit=duration is None,
        stdin=_typed(stdin),
        events=in_order([*map(pin_event, parameters.texts("pins", pins) if pins else ()), *timed]),
        files=folder,
        arguments=line,
        options=options,
    )


def _typed(stdin: AnyPath | bytes | None) -> bytes:
    if stdin is None or isinstance(stdin, bytes):
        return stdin or b""
    return read_bounded(parameters.path("stdin", stdin), MOST_INPUT_BYTES)


def _names(names: Names) -> Sequence[str]:
    return [names] if isinstance(names, str) else [str(name) for name in names]
