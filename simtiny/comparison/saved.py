"""Results as JSON has them, read from a file or made just now: what a comparison needs of each, checked.

Of a document by others each field is checked for its type, and numbers for a range in which sums are exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec

from simtiny.errors import BadInput
from simtiny.files import read_bounded

SCHEMA = "simtiny.run/1"
MOST_BYTES = 16 << 20
"""Of a document. A result with a thousand functions has 200 KiB."""
_MOST = 2**50  # of cycles this is a month at the highest clock
_Number = Annotated[float, msgspec.Meta(ge=-_MOST, le=_MOST)]
_Amount = Annotated[float, msgspec.Meta(ge=0, le=_MOST)]
_Bytes = Annotated[int, msgspec.Meta(ge=0, le=2**40)]


@dataclass(frozen=True)
class Code:
    """A function."""

    name: str
    cycles: _Number
    energy_uj: _Number | None


@dataclass(frozen=True)
class Layer:
    """An operator of the network."""

    kind: str
    cycles: _Number
    energy_uj: _Number | None
    output_shape: tuple[int, ...] = ()


@dataclass(frozen=True)
class Energy:
    """Of the window."""

    energy_uj: _Amount
    mean_power_mw: _Amount
    supply_v: _Number
    by_event_uj: dict[str, _Number]
    energy_low_uj: _Amount | None = None
    energy_high_uj: _Amount | None = None
    core_v: _Number = 0.0
    regulator: str = ""


@dataclass(frozen=True)
class Duty:
    """Mean power with sleep."""

    mean_power_mw: _Amount
    period_s: _Amount = 0.0
    sleep_mode: str = ""


@dataclass(frozen=True)
class Life:
    """What a life comes to."""

    mean_current_ua: _Amount
    battery_days: _Amount | None = None


@dataclass(frozen=True)
class Point:
    """Of an operating point what every one has; the rest stands in `Result.operating_point`."""

    clock_hz: Annotated[float, msgspec.Meta(ge=1, le=_MOST)]


@dataclass(frozen=True)
class Result:
    """What is compared of a result: fields as in docs/json-schema.md."""

    title: str
    board: str
    firmware: str
    window: str
    latency_ms: _Amount
    latency_low_ms: _Amount
    latency_high_ms: _Amount
    cycles: _Amount
    instructions: _Amount
    cycles_by_effect: dict[str, _Number]
    operating_point: dict[str, Any]
    energy: Energy | None
    memory: dict[str, _Bytes | None]
    by_function: list[Code]
    layers: list[Layer]
    notes: list[str]
    benchmark: str | None = None
    kernels: str | None = None
    weights: str = ""
    duty_cycle: Duty | None = None
    life: Life | None = None
    identity: dict[str, str | None] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def clock_hz(self) -> float:
        return msgspec.convert(self.operating_point, Point).clock_hz


@dataclass(frozen=True)
class Document:
    """Of `simtiny run --json`. `results`: as they stand there."""

    schema: str
    results: list[dict[str, Any]]
    version: str = ""


def read_result(result: Mapping[str, Any], name: str) -> Result:
    """One of the results of a document. BadInput if it is none; `name`: what the user calls it."""
    try:
        found = msgspec.convert(_printable(result), Result)
        msgspec.convert(found.operating_point, Point)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadInput(f"{name}: no result of a run: {error}") from None
    return found


def read_document(path: Path) -> Document:
    """The document in a file. BadInput for another file, and for one without results."""
    try:
        return checked(msgspec.json.decode(read_bounded(path, MOST_BYTES)), str(path))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{path}: no JSON: {error}") from None


def checked(document: object, name: str) -> Document:
    """What was decoded, as a document with results."""
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        what = f"a document of {schema}" if isinstance(schema, str) and schema.startswith("simtiny.") else "no document"
        raise BadInput(f"{name}: {what}, and no saved result ({SCHEMA}, as `simtiny run --json FILE` writes it)")
    try:
        found = msgspec.convert(document, Document)
    except msgspec.ValidationError as error:
        raise BadInput(f"{name}: no saved result: {error}") from None
    if not found.results:
        raise BadInput(f"{name}: it holds no result")
    return found


def _printable(value: Any) -> Any:
    """Names as a terminal can show them, all the way down: who made a document may have put commands into it."""
    if isinstance(value, str):
        return value if value.isprintable() else "".join(each if each.isprintable() else "?" for each in value)
    if isinstance(value, Mapping):
        return {_printable(key): _printable(each) for key, each in value.items()}
    return [_printable(each) for each in value] if isinstance(value, list | tuple) else value


def titles(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the results are called."""
    return [str(result.get("title", "")) for result in results]
