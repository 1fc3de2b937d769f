"""One run as one value: what goes on which board, what is measured, and at which supply, operating point and caches.

The command line, the Python API and JSON make it alike, by `Request.from_dict`. It is small, hashable and can be
pickled, so that it goes to other processes as it is; the same request has the same JSON, byte for byte.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypedDict

from simtiny import parameters
from simtiny.bounds import Bounds
from simtiny.errors import BadInput, did_you_mean
from simtiny.operating_point import Overrides, Supply
from simtiny.options import OPTIONS, EngineChoice, Kernels, Weights
from simtiny.power_model import CLOCKED
from simtiny.settings import MemorySettings

AS_IS = ("as-is", "as it is")
LEAST_CLOCK_HZ = 10_000.0
"""Below it no board runs: whoever says less has megahertz in mind."""


class FirmwareWords(TypedDict, total=False):
    """What goes on which board, in the words of the Python API: see `Request`."""

    board: str | PathLike[str] | None
    image: str | PathLike[str] | None
    address: int | None
    model: str | PathLike[str] | None
    weights: Weights | str | None
    kernels: Kernels | str | None


FIRMWARE_WORDS = tuple(FirmwareWords.__annotations__)


class RequestWords(FirmwareWords, total=False):
    """All of a run but the benchmark, in the words of the Python API: see `Request`."""

    start: str | Sequence[str] | None
    end: str | Sequence[str] | None
    function: str | Sequence[str] | None
    call: int | None
    seed: int | None
    supply_v: float | None
    period_s: float | None
    sleep: str | None
    sequence: str | PathLike[str] | None
    clock_hz: float | None
    wait_states: int | None
    voltage_range: str | int | None
    regulator: str | None
    prefetch: bool | str | None
    instruction_cache: bool | str | None
    data_cache: bool | str | None
    read_width_bits: int | None
    place: str | Sequence[str] | None
    caches: str | Sequence[str] | None
    engine: EngineChoice | str | None
    renode: str | PathLike[str] | None


@dataclass(frozen=True)
class Request:
    """One run. Raises BadInput for words that don't go together; what the board allows is checked when it is loaded.

    `benchmark`: "kws01", "vww01", "ic01" or "ad01", or another of the official networks.

    `board`: None is a published image's own, else the default. `image` instead of the built-in firmware, a raw one at
    `address`; `model` instead of the benchmark's network, whose `weights` are else "stand-in" (None) or "official".
    `kernels`: "portable" or "dsp"; None is the best set that the board's firmware has.

    `start` and `end` or `function` (symbols of the image) bound the window in place of the MLPerf Tiny protocol; the
    figures are of its first passage, or of passage number `call`. `run` takes several of these, and patterns such as
    "dsp_*" for functions, and counts every passage through each: the figures are then of the first one.

    `seed`: of what is random on a board, such as the numbers of its generator; None is 0.

    `supply_v`: volts; None is the board's usual supply. With `period_s` (seconds) the window repeats so often, and in
    between the chip is in the sleep mode `sleep` (None: "clocked", WFI with the clocks on). `sequence`: a file that
    says what else the application does in a period (docs/life-format.md).

    `clock_hz` (hertz), `wait_states`, `voltage_range` and `regulator` take the place of what the firmware programs;
    another clock or range takes the least wait states that the chip allows.

    `prefetch`, `instruction_cache` and `data_cache` turn these on or off in place of the firmware. `read_width_bits`:
    another width of the flash. `place`: what lies in another memory than the firmware has it in, such as
    "weights=sram2". The firmware is executed under these.

    `caches`: others to try beside the chip's, such as "16K/2" (size/ways; "16K/2/32" with bytes of a line), "8K/2,4K/4"
    (instructions, data) or "none".

    `engine`: "unicorn" (None) or "renode", whose program is `renode` or else looked for; "both" compares the two.
    """

    benchmark: str | None = None
    board: str | None = None
    image: Path | None = None
    address: int | None = None
    model: Path | None = None
    weights: Weights | None = None
    kernels: Kernels | None = None
    start: str | tuple[str, ...] | None = None
    end: str | tuple[str, ...] | None = None
    function: str | tuple[str, ...] | None = None
    call: int | None = None
    seed: int | None = None
    supply_v: float | None = None
    period_s: float | None = None
    sleep: str | None = None
    sequence: Path | None = None
    clock_hz: float | None = None
    wait_states: int | None = None
    voltage_range: str | None = None
    regulator: str | None = None
    prefetch: bool | None = None
    instruction_cache: bool | None = None
    data_cache: bool | None = None
    read_width_bits: int | None = None
    place: tuple[str, ...] = ()
    caches: tuple[str, ...] = ()
    engine: EngineChoice | None = None
    renode: Path | None = None

    def __post_init__(self) -> None:
        for name, default in _WORDS.items():
            value = getattr(self, name)
            object.__setattr__(self, name, default if value is None else _CONVERTED[name](name, value))
        if problem := _problem(self):
            raise BadInput(problem)

    @property
    def windows(self) -> tuple[Bounds, ...]:
        """What bounds each window, none for the protocol. The first one is that of the figures."""
        call = self.call or 1
        functions = tuple(Bounds(name, None, call) for name in _tuple(self.function))
        between = zip(_tuple(self.start), _tuple(self.end), strict=True)
        return functions + tuple(Bounds(*pair, call) for pair in between)

    @property
    def bounds(self) -> Bounds | None:
        """What bounds the window, None for the protocol. Raises BadInput for several."""
        windows = self.windows
        if len(windows) > 1:
            raise BadInput("several windows in one run are counted by `simtiny run` alone: name one")
        return windows[0] if windows else None

    @property
    def supply(self) -> Supply:
        """How the board is supplied and used."""
        return Supply(self.supply_v, self.period_s, self.sleep or CLOCKED)

    @property
    def overrides(self) -> Overrides:
        """What takes the place of the operating point that the firmware programs."""
        return Overrides(self.clock_hz, self.wait_states, self.voltage_range, self.regulator)

    @property
    def settings(self) -> MemorySettings:
        """What is in force in place of what the firmware programs and the chip has, but for wait states and caches."""
        return MemorySettings(
            prefetch=self.prefetch,
            instruction_cache=self.instruction_cache,
            data_cache=self.data_cache,
            read_width_bits=self.read_width_bits,
            place=self.place,
        )

    @classmethod
    def from_dict(cls, words: Mapping[str, Any]) -> "Request":
        """The request of these words, of the Python API or from JSON. BadInput for an unknown word or a wrong type."""
        for word in words:
            if word not in _WORDS:
                raise BadInput(f"unknown parameter {word!r}{_meant(word)}: known are {', '.join(_WORDS)}")
        return cls(**words)

    def words(self) -> dict[str, Any]:
        """All its words as plain values, for JSON."""
        return {name: _plain(getattr(self, name)) for name in _WORDS}

    def to_dict(self) -> dict[str, Any]:
        """Its words without those that are as by default, for JSON: `from_dict` gives the same request again."""
        return {name: value for name, value in self.words().items() if getattr(self, name) != _WORDS[name]}

    def to_json(self) -> str:
        """`to_dict` as one line of ASCII: the same for equal requests, today and with words to come."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))


_WORDS: Mapping[str, Any] = MappingProxyType({entry.name: entry.default for entry in fields(Request)})


def _benchmark(name: str, value: object) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        raise BadInput(f"`{name}` is one name, not several: `simtiny.run_all` takes these")
    return parameters.text(name, value)


def _clock_hz(name: str, value: object) -> float:
    found = parameters.number(name, value)
    if found < LEAST_CLOCK_HZ:
        raise BadInput(f"`{name}` {found:g}: no board runs below 10 kHz; it is in hertz, and 26 MHz are 26e6")
    return found


def _names(name: str, value: object) -> str | tuple[str, ...] | None:
    """One name or several."""
    found = parameters.texts(name, value)
    return found[0] if len(found) == 1 else found or None


def _tuple(names: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return () if names is None else (names,) if isinstance(names, str) else names


def _placements(name: str, value: object) -> tuple[str, ...]:
    """What is placed, each for itself: a sweep joins by "+" what is placed together, and says "as-is" for nothing."""
    parts = [part for text in parameters.texts(name, value) for part in text.split("+")]
    return tuple(part for part in parts if part not in AS_IS)


def _caches(name: str, value: object) -> tuple[str, ...]:
    """Caches, those of instructions and data joined by a comma, or by "+" as in a sweep."""
    return tuple(text.replace("+", ",") for text in parameters.texts(name, value))


_CONVERTED: Mapping[str, Callable[[str, object], Any]] = MappingProxyType(
    {
        "benchmark": _benchmark,
        "board": parameters.board,
        "image": parameters.path,
        "address": parameters.address,
        "model": parameters.path,
        "weights": partial(parameters.choice, kind=Weights),
        "kernels": partial(parameters.choice, kind=Kernels),
        "start": _names,
        "end": _names,
        "function": _names,
        "call": partial(parameters.whole, least=1),
        "seed": partial(parameters.whole, least=0),
        "supply_v": parameters.positive,
        "period_s": parameters.positive,
        "sleep": parameters.text,
        "sequence": parameters.path,
        "clock_hz": _clock_hz,
        "wait_states": partial(parameters.whole, least=0),
        "voltage_range": parameters.label,
        "regulator": parameters.text,
        "prefetch": parameters.on_off,
        "instruction_cache": parameters.on_off,
        "data_cache": parameters.on_off,
        "read_width_bits": partial(parameters.whole, least=1),
        "place": _placements,
        "caches": _caches,
        "engine": partial(parameters.choice, kind=EngineChoice),
        "renode": parameters.path,
    }
)
"""How each word becomes what the request holds: equal requests are equal values, and have equal JSON."""


def without_effect(request: Request, known: Sequence[str], what: str) -> None:
    """Raises BadInput for a word of the request that `what` does nothing with."""
    for name, default in _WORDS.items():
        if name != "benchmark" and name not in known and getattr(request, name) != default:
            raise BadInput(f"`{name}` has no effect on {what}: leave it out")


def _problem(request: Request) -> str | None:
    """Which words don't go together."""
    given = {name for name, default in _WORDS.items() if getattr(request, name) != default}
    for name, by, why in _EXCLUDED:
        if {name, by} <= given:
            return f"{why}: leave `{name}` out"
    for name, needed, why in _NEEDED:
        if name in given and needed not in given:
            return why
    if len(_tuple(request.start)) != len(_tuple(request.end)):
        return _BOTH_ENDS
    if request.call is not None and not {"start", "function"} & given:
        return "`call` says which passage through a window of `function`, or of `start` and `end`, the figures are of"
    return None


_BOTH_ENDS = "`start` and `end` go together"
_SEQUENCE = "`sequence` says the period, and how the chip sleeps"
_EXCLUDED = (
    ("model", "image", "`image` brings its own network"),
    ("weights", "image", "`image` brings its own weights"),
    ("kernels", "image", "`image` brings its own kernels"),
    ("weights", "model", "`model` brings its own weights"),
    ("period_s", "sequence", _SEQUENCE),
    ("sleep", "sequence", _SEQUENCE),
    ("caches", "engine", "`caches` are tried on Unicorn alone"),
    ("seed", "engine", "`seed` is of what is random on Unicorn alone"),
)
"""Words without effect, or that contradict each other, beside another; and why."""
_NEEDED = (
    ("address", "image", "`address` is the load address of an `image`"),
    ("start", "end", _BOTH_ENDS),
    ("end", "start", _BOTH_ENDS),
    ("sleep", "period_s", "`sleep` goes with `period_s`"),
    ("renode", "engine", "`renode` is the program of `engine` renode or both"),
)
_ALWAYS = ("layers", "where", "sources")
"""Options of the command line that add tables: a result has all of these."""


def _meant(word: str) -> str:
    """Which parameter is meant: its name on the command line, or nearly its own."""
    if word in _ALWAYS:
        return " (results have it always)"
    for name, option in OPTIONS.items():
        if name in _WORDS and option == f"--{word.replace('_', '-')}":
            return f" (did you mean {name}?)"
    return did_you_mean(word, _WORDS)


def _plain(value: Any) -> Any:
    if isinstance(value, Path | Kernels | Weights | EngineChoice):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
