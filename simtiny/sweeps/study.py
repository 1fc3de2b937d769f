"""What a sweep is asked for, as one value: made of the words of the Python API, of options, or of a study file."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from simtiny import parameters
from simtiny.board_file import PLATFORM_FILE, board_names, load_board
from simtiny.errors import BadInput, did_you_mean, unknown
from simtiny.files import is_there, read_bounded
from simtiny.mlperf.tasks import TASKS
from simtiny.options import OPTIONS, Kernels
from simtiny.request import LEAST_CLOCK_HZ, Request
from simtiny.request_check import NETWORKS, check_benchmark
from simtiny.sweeps import knobs
from simtiny.sweeps.knobs import ALL, HERTZ, VOLTS
from simtiny.toml_file import read_table

MAX_FILE_BYTES = 256 << 10
_MOST_FILES = 10_000


@dataclass(frozen=True)
class Study:
    """All of a sweep. Each knob is a tuple of its values: None is as it is without, `knobs.ALL` what the chip allows.

    `benchmark`, `model`, `image`: what runs, one after the other; with models or images at most one benchmark, as which
    they are measured. `board`: identifiers and platform files; None is a published image's own board, else the default.
    `place`: each a tuple of what is placed together. `caches`: see `simtiny.settings.MemorySettings`.

    The others are single words: see `simtiny.request.Request`. `minimise`, `subject_to`: the goal, as it was
    written; without it least energy, or least latency where no energy is known.
    `sequence`: a file that says what else the application does.
    """

    benchmark: tuple[str, ...] = ()
    model: tuple[Path, ...] = ()
    image: tuple[Path, ...] = ()
    board: tuple[str | None, ...] = (None,)
    kernels: tuple[Kernels | None, ...] = (None,)
    place: tuple[tuple[str, ...] | None, ...] = (None,)
    clock_hz: tuple[float | str | None, ...] = (None,)
    voltage_range: tuple[str | None, ...] = (None,)
    regulator: tuple[str | None, ...] = (None,)
    supply_v: tuple[float | str | None, ...] = (None,)
    wait_states: tuple[int | str | None, ...] = (None,)
    prefetch: tuple[bool | None, ...] = (None,)
    instruction_cache: tuple[bool | None, ...] = (None,)
    data_cache: tuple[bool | None, ...] = (None,)
    caches: tuple[str | None, ...] = (None,)
    read_width_bits: tuple[int | None, ...] = (None,)
    weights: str | None = None
    address: int | None = None
    start: str | None = None
    end: str | None = None
    function: str | None = None
    period_s: float | None = None
    sleep: str | None = None
    minimise: str | None = None
    subject_to: tuple[str, ...] = ()
    sequence: Path | None = None


def study_of(words: Mapping[str, object]) -> Study:
    """The study of these words of the Python API. BadInput for an unknown word, and for what no chip or file has.

    What one of several boards does not allow is no error here: its points are illegal.
    """
    read: dict[str, Any] = {}
    for word, given in words.items():
        if word not in _READ:
            raise BadInput(f"unknown parameter {word!r}{did_you_mean(word, _READ)}: known are {', '.join(_READ)}")
        if given is None or (found := _READ[word](word, given)) == ():
            continue
        read[word] = found
    study = Study(**read)
    if len(study.benchmark) > 1 and (study.model or study.image):
        raise BadInput("models and images are measured as one benchmark: name one at most")
    if not (study.benchmark or study.model or study.image):
        study = replace(study, benchmark=tuple(TASKS))
    _check(study)
    return study


def read_study(path: Path) -> dict[str, object]:
    """The words of a study file, as those of the Python API. BadInput for a key that none of these is."""
    table = read_table(path, "study", MAX_FILE_BYTES)
    words: dict[str, object] = {}
    for key, value in table.items():
        word = word_of(key)
        if word is None:
            near = did_you_mean(key, _KEYS)
            raise BadInput(f"study {path}: unknown key {key}{near}: known are {', '.join(_KEYS)}")
        if word in words:
            raise BadInput(f"study {path}: {key} is given twice, by another name, too")
        if isinstance(value, dict) or (
            isinstance(value, list) and any(isinstance(each, dict | list) for each in value)
        ):
            raise BadInput(f"study {path}: key {key}: expected a value or a list of values")
        if value == []:
            raise BadInput(f"study {path}: {key} is an empty list: name values, or leave it out")
        words[word] = in_api_units(key, value)
    try:
        study_of(words)
    except BadInput as error:
        raise BadInput(f"study {path}: {error}") from None
    return words


def files_read(study: Study) -> tuple[Path, ...]:
    """The files that the study names."""
    boards = (Path(board) for board in study.board if board is not None and board.endswith(PLATFORM_FILE))
    return (*study.model, *study.image, *boards, *((study.sequence,) if study.sequence else ()))


def word_of(key: str) -> str | None:
    """The word of the Python API that an option's name, or the word itself, stands for."""
    return _KEYS.get(key.replace("_", "-")) or (key if key in _READ else None)


def in_api_units(key: str, given: object) -> Any:
    """Of the key `clock`, numbers without a unit are megahertz, as the option takes them."""
    if key != "clock":
        return given
    return [f"{each}MHz" if _is_bare(each) else each for each in knobs.several(given)]


def _is_bare(value: object) -> bool:
    """Whether a value has no unit: a number, or the text of one."""
    if not isinstance(value, str):
        return True
    return bool(value) and (_EXPONENT.fullmatch(value) is not None or not re.search("[a-z]", value, re.IGNORECASE))


_EXPONENT = re.compile(r"[\d.:e+-]+", re.IGNORECASE)


def _check(study: Study) -> None:
    """Raise BadInput for what makes all of it meaningless: words that no request can have together, files not there."""
    if not study.image and study.address is not None:
        raise BadInput("`address` is the load address of an `image`")
    if study.image and not study.model and not study.benchmark and any(study.kernels):
        raise BadInput("`image` brings its own kernels: leave `kernels` out")
    if study.weights is not None and (study.model or study.image):
        raise BadInput("`model` and `image` bring their own weights: leave `weights` out")
    one_word = ("start", "end", "function", "period_s", "sleep", "sequence")
    Request.from_dict({name: getattr(study, name) for name in one_word})
    image = None if study.model else next(iter(study.image), None)
    for name in study.benchmark:
        check_benchmark(Request(name, model=next(iter(study.model), None), image=image))
    for path in (*study.model, *study.image, *((study.sequence,) if study.sequence else ())):
        if not is_there(path):
            read_bounded(path, 0)  # says what it is instead
    for board in study.board:
        if board is not None:
            load_board(board)


def _benchmarks(name: str, given: object) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for each in knobs.several(given):
        text = parameters.text(name, each)
        if text == ALL:
            found.update(dict.fromkeys(TASKS))
        elif any(letter in text for letter in "*?["):
            found.update(dict.fromkeys(_matching(name, text, tuple(NETWORKS))))
        elif Path(text).suffix.lower() == PLATFORM_FILE:
            raise BadInput(f"{text}: one study file at most, and no benchmark is called so")
        else:
            found[text] = None
    return tuple(found)


def _boards(name: str, given: object) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for each in knobs.several(given):
        text = parameters.board(name, each)
        if text == ALL:
            found.update(dict.fromkeys(board_names()))
        elif any(letter in text for letter in "*?[") and not is_there(Path(text)):
            files = text.endswith(PLATFORM_FILE)
            found.update(dict.fromkeys(map(str, _files(name, text)) if files else _matching(name, text, board_names())))
        else:
            found[text] = None
    return tuple(found)


def _matching(name: str, pattern: str, known: Sequence[str]) -> list[str]:
    from fnmatch import fnmatchcase

    if found := [each for each in known if fnmatchcase(each, pattern)]:
        return found
    raise unknown(f"`{name}`", pattern, known)


def _paths(name: str, given: object) -> tuple[Path, ...]:
    """Files by name or by pattern. A name may have commas and brackets in it, if there is such a file."""
    listed = (given,) if isinstance(given, str) or not isinstance(given, list | tuple) else given
    found: dict[Path, None] = {}
    for each in listed:
        path = parameters.path(name, each)
        parts = [path] if is_there(path) or not isinstance(each, str) else [Path(part) for part in _parts(name, each)]
        for part in parts:
            pattern = any(letter in str(part) for letter in "*?[") and not is_there(part)
            found.update(dict.fromkeys(_files(name, str(part)) if pattern else [part]))
    return tuple(found)


def _parts(name: str, text: str) -> list[str]:
    return [parameters.text(name, part) for part in knobs.several(text)]


def _files(name: str, pattern: str) -> list[Path]:
    path = Path(pattern)
    try:
        found = sorted(Path(path.anchor or ".").glob(str(path.relative_to(path.anchor))))
    except (ValueError, NotImplementedError, OSError) as error:
        raise BadInput(f"`{name}` {pattern}: {error}") from None
    if not found:
        raise BadInput(f"`{name}` {pattern}: no file has such a name")
    if len(found) > _MOST_FILES:
        raise BadInput(f"`{name}` {pattern}: {len(found):,} files have such a name, and {_MOST_FILES:,} are the most")
    return found


def _kernels(name: str, given: object) -> tuple[Any, ...]:
    found = knobs.values(name, given, lambda name, value: (parameters.choice(name, value, Kernels),))
    return tuple(dict.fromkeys(part for each in found for part in (tuple(Kernels) if each == ALL else (each,))))


def _switches(name: str, given: object) -> tuple[Any, ...]:
    found = knobs.values(name, given, knobs.switches)
    return tuple(dict.fromkeys(part for each in found for part in ((True, False) if each == ALL else (each,))))


def _clocks(name: str, given: object) -> tuple[Any, ...]:
    found = knobs.values(name, given, partial(knobs.numbers, units=HERTZ, example="16:120:8MHz"))
    low = next((each for each in found if isinstance(each, float) and each < LEAST_CLOCK_HZ), None)
    if low is not None:
        raise BadInput(f"`{name}` {low:g} Hz: no board runs below 10 kHz; 26 MHz are 26e6 Hz")
    return found


def _supplies(name: str, given: object) -> tuple[Any, ...]:
    found = knobs.values(name, given, partial(knobs.numbers, units=VOLTS, example="1.8:3.3:0.1"))
    low = next((each for each in found if isinstance(each, float) and each <= 0), None)
    if low is not None:
        raise BadInput(f"`{name}` {low:g} V: it must be positive")
    return found


def _each(read: Callable[[str, object], Sequence[Any]], *, all_allowed: bool = True) -> Callable[[str, object], Any]:
    return lambda name, given: knobs.values(name, given, read, all_allowed=all_allowed)


def _conditions(name: str, given: object) -> tuple[str, ...]:
    return parameters.texts(name, given)


_READ: Mapping[str, Callable[[str, object], Any]] = MappingProxyType(
    {
        "benchmark": _benchmarks,
        "model": _paths,
        "image": _paths,
        "board": _boards,
        "kernels": _kernels,
        "place": _each(knobs.placements, all_allowed=False),
        "clock_hz": _clocks,
        "voltage_range": _each(knobs.labels),
        "regulator": _each(knobs.texts),
        "supply_v": _supplies,
        "wait_states": _each(knobs.whole_numbers),
        "prefetch": _switches,
        "instruction_cache": _switches,
        "data_cache": _switches,
        "caches": _each(knobs.caches, all_allowed=False),
        "read_width_bits": _each(knobs.whole_numbers, all_allowed=False),
        "weights": parameters.text,
        "address": parameters.address,
        "start": parameters.text,
        "end": parameters.text,
        "function": parameters.text,
        "period_s": parameters.positive,
        "sleep": parameters.text,
        "minimise": parameters.text,
        "subject_to": _conditions,
        "sequence": parameters.path,
    }
)
"""How each word becomes what the study holds."""
_KEYS: Mapping[str, str] = MappingProxyType(
    {"benchmark": "benchmark"}
    | {OPTIONS[word].removeprefix("--"): word for word in _READ if word in OPTIONS and word != "benchmark"}
    | {word.replace("_", "-"): word for word in ("minimise", "subject_to", "sequence")}
)
"""Keys of a study file, as options are called, by the words of the Python API."""
