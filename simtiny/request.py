"""One run as one value: what goes on which board, what is measured, and at which supply, operating point and caches.

The command line, the Python API and JSON make it alike, by `Request.from_dict`. It is small, hashable and can be
pickled, so that it goes to other processes as it is; the same request has the same JSON, byte for byte.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from math import inf, isfinite
from pathlib import Path
from typing import Any, TypedDict, get_type_hints

import msgspec
import numpy as np

from simtiny.bounds import Bounds
from simtiny.errors import BadInput
from simtiny.operating_point import AS_PROGRAMMED, Overrides, Supply
from simtiny.options import BAD_ADDRESS, Kernels, Weights
from simtiny.power_model import CLOCKED

_CHOICES: Mapping[str, type[StrEnum]] = {"weights": Weights, "kernels": Kernels}


class FirmwareWords(TypedDict, total=False):
    """What goes on which board, in the words of the Python API: see `Request`."""

    board: str | None
    image: Path | str | None
    address: int | None
    model: Path | str | None
    weights: Weights | str
    kernels: Kernels | str | None


class RequestWords(FirmwareWords, total=False):
    """All of a run but the benchmark, in the words of the Python API: see `Request`."""

    start: str | None
    end: str | None
    function: str | None
    supply_v: float | None
    period_s: float | None
    sleep: str
    clock_hz: float | None
    wait_states: int | None
    voltage_range: str | None
    regulator: str | None
    caches: Sequence[str]


@dataclass(frozen=True)
class Request:
    """One run. Raises BadInput for words that don't go together; what the board allows is checked when it is loaded.

    `board`: None is a published image's own, else the default. `image` instead of the built-in firmware, a raw one at
    `address`; `model` instead of the benchmark's network, whose `weights` are else these. `kernels`: None is the best
    set that the board's firmware has.

    `start` and `end` or `function` (symbols of the image) bound the window in place of the MLPerf Tiny protocol.

    `supply_v`: None is the board's usual supply. With `period_s` the window repeats so often, and in between the chip
    is in the sleep mode `sleep`.

    `clock_hz`, `wait_states`, `voltage_range` and `regulator` take the place of what the firmware programs; another
    clock or range takes the least wait states that the chip allows.

    `caches`: others to try in the same run, such as "16K/2" (size/ways) or "8K/2,4K/4" (instructions, data).
    """

    benchmark: str | None = None
    board: str | None = None
    image: Path | None = None
    address: int | None = None
    model: Path | None = None
    weights: Weights = Weights.STAND_IN
    kernels: Kernels | None = None
    start: str | None = None
    end: str | None = None
    function: str | None = None
    supply_v: float | None = None
    period_s: float | None = None
    sleep: str = CLOCKED
    clock_hz: float | None = None
    wait_states: int | None = None
    voltage_range: str | None = None
    regulator: str | None = None
    caches: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, kind in _kinds().items():
            object.__setattr__(self, name, _converted(name, getattr(self, name), kind))
        if problem := _problem(self):
            raise BadInput(problem)

    @property
    def bounds(self) -> Bounds | None:
        """What bounds the window, None for the protocol."""
        first = self.function or self.start
        return None if first is None else Bounds(first, self.end)

    @property
    def supply(self) -> Supply:
        """How the board is supplied and used."""
        return Supply(self.supply_v, self.period_s, self.sleep)

    @property
    def overrides(self) -> Overrides:
        """What takes the place of the operating point that the firmware programs."""
        return Overrides(self.clock_hz, self.wait_states, self.voltage_range, self.regulator)

    @classmethod
    def from_dict(cls, words: Mapping[str, Any]) -> "Request":
        """The request of these words, of the Python API or from JSON. BadInput for an unknown word or a wrong type."""
        for word in words:
            if word not in _WORDS:
                raise BadInput(f"unknown key {word!r} in a request: known are {', '.join(_WORDS)}")
        return cls(**words)

    def to_dict(self) -> dict[str, Any]:
        """Its words without those that are as by default, for JSON: `from_dict` gives the same request again."""
        plain: dict[str, Any] = msgspec.to_builtins(self, enc_hook=str)
        return {name: value for name, value in plain.items() if getattr(self, name) != _WORDS[name]}

    def to_json(self) -> str:
        """`to_dict` as one line of ASCII: the same for equal requests, today and with words to come."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))


_WORDS = {entry.name: entry.default for entry in fields(Request)}


@cache
def _kinds() -> dict[str, Any]:
    """The type of each word."""
    return get_type_hints(Request)


def _converted(word: str, value: object, kind: Any) -> object:
    """A word as its type has it: equal requests are equal values, and have equal JSON. Raises BadInput."""
    if isinstance(value, np.generic):  # numpy's numbers are what a sweep is made of
        value = value.item()
    choices = _CHOICES.get(word)
    if choices is not None and isinstance(value, str) and value not in list(choices):
        raise BadInput(f"unknown {word} {value!r}: choose from {', '.join(choices)}")
    try:
        found = msgspec.convert(value, kind, dec_hook=_path)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:  # half a surrogate pair is no text
        where = f"`$.{word}"
        text = str(error)
        text = text.replace("`$", where) if " - at `$" in text else f"{text} - at {where}`"
        raise BadInput(f"a request: {text}") from None
    return float(found) if isinstance(found, int) and kind == float | None else found


def _problem(request: Request) -> str | None:
    """Which words don't go together, in the words of the command line."""
    if request.period_s is None and request.sleep != CLOCKED:
        return "--sleep goes with --period"
    for what, value, unit in (("supply", request.supply_v, "V"), ("period", request.period_s, "s")):
        if value is not None and not 0 < value < inf:
            return f"a {what} of {value:g} {unit}: it must be positive"
    if request.clock_hz is not None and not isfinite(request.clock_hz):
        return f"a clock of {request.clock_hz / 1e6:g} MHz: it must be a number"
    if request.image is not None and request.model is not None:
        return "--image brings its own network: leave --model out"
    if request.address is not None and not 0 <= request.address < 2**32:
        return BAD_ADDRESS.format(address=f"{request.address:#x}")
    if request.address is not None and request.image is None:
        return "--address is the load address of an --image"
    if request.function is not None and (request.start is not None or request.end is not None):
        return "--function and --from/--to exclude each other"
    if (request.start is None) != (request.end is None):
        return "--from and --to go together"
    if request.caches and request.overrides != AS_PROGRAMMED:
        return "--cache is tried at the operating point of the firmware: leave --clock and its like out"
    return None


def _path(kind: type, value: object) -> Path:
    """What msgspec does not know: a path."""
    if kind is Path and isinstance(value, str | Path):
        return Path(value)
    raise TypeError(f"Expected a path, got `{type(value).__name__}`")
