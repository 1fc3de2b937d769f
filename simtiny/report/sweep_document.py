"""The JSON document of a sweep, in pieces: of a million points nobody wants to hold all text at once."""

from collections.abc import Iterator
from typing import Any

import msgspec

from simtiny.intervals import LEVEL
from simtiny.report.plain import plain
from simtiny.sweeps.result import SweepResult
from simtiny.sweeps.table_files import CHUNK
from simtiny.version import __version__

SCHEMA = "simtiny.sweep/1"


def sweep_head(result: SweepResult) -> dict[str, Any]:
    """All of the document but its points."""
    head = {"schema": SCHEMA, "version": __version__, "interval_level": LEVEL, **result.summary()}
    return {name: plain(value) for name, value in head.items()}


def sweep_json(result: SweepResult) -> Iterator[bytes]:
    """The document of `simtiny sweep --json`, a line a point."""
    yield msgspec.json.encode(sweep_head(result))[:-1] + b',\n"points": ['
    separator = b"\n"
    for first in range(0, len(result), CHUNK):
        for point in result.points(first, first + CHUNK):
            yield separator + msgspec.json.encode(point)
            separator = b",\n"
    yield b"\n]}\n"
