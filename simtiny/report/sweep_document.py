"""The JSON document of a sweep, in pieces: of a million points nobody wants to hold all text at once."""

from collections.abc import Iterator
from typing import Any

import msgspec

from simtiny.intervals import LEVEL
from simtiny.report.plain import plain
from simtiny.sweeps.result import SweepResult
from simtiny.sweeps.table_files import CHUNK, points
from simtiny.version import __version__

SCHEMA = "simtiny.sweep/1"


def sweep_head(result: SweepResult) -> dict[str, Any]:
    """All of the document but its points."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "options": msgspec.to_builtins(dict(result.options)),
        "interval_level": LEVEL,
        "varied": list(result.varied),
        "minimise": result.minimise,
        "subject_to": list(result.subject_to),
        "executions": result.executions,
        "stored": result.stored,
        "words": list(result.words),
        "notes": list(result.notes),
        "best": result.best.tolist(),
        "front": result.front.tolist(),
    }


def sweep_document(result: SweepResult) -> dict[str, Any]:
    """The document of `simtiny sweep --json`, as one object."""
    return {**plain(sweep_head(result)), "points": plain(points(result, 0, len(result)))}


def sweep_json(result: SweepResult) -> Iterator[bytes]:
    """The same as text, a line a point."""
    head = msgspec.json.encode(plain(sweep_head(result)))
    yield head[:-1] + b',\n"points": ['
    separator = b"\n"
    for first in range(0, len(result), CHUNK):
        for point in points(result, first, first + CHUNK):
            yield separator + msgspec.json.encode(plain(point))
            separator = b",\n"
    yield b"\n]}\n"
