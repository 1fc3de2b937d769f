"""What a user names to be compared, into requests and saved results: files, boards, benchmarks, `key=value` words."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_type_hints

from simtiny import parameters
from simtiny.board_file import PLATFORM_FILE, board_names
from simtiny.comparison.saved import Document, checked, read_document, titles
from simtiny.errors import BadInput, did_you_mean
from simtiny.files import is_file, is_there
from simtiny.mlperf.tasks import TASKS
from simtiny.options import OPTIONS
from simtiny.request import Request
from simtiny.request_check import NETWORKS

SAVED = ".json"
_WORD_OF_FILE: Mapping[str, str] = MappingProxyType(
    {".tflite": "model", PLATFORM_FILE: "board"} | dict.fromkeys((".elf", ".axf", ".out", ".hex", ".bin"), "image")
)
_WORDS = tuple(entry.name for entry in fields(Request))
_WITHOUT_PART = ("caches",)
"""Words that add to a result, and change nothing of what is compared."""
_BROUGHT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "image": ("model", "weights", "kernels", "address"),
        "model": ("image", "address", "weights"),
        "benchmark": ("image", "address", "model"),
        "function": ("start", "end"),
        "start": ("function",),
    }
)
"""What of an older layer of words a newer one takes the place of, beside itself."""
_OTHER_WORK: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"model": ("benchmark", "function", "start", "end"), "benchmark": ("function", "start", "end")}
)
"""What a saved result's words say of its own work, which is not that of a side which brings another."""


@dataclass(frozen=True)
class Side:
    """What a user named: words of a request, or a saved document. `name`: as it was written."""

    name: str
    words: Mapping[str, Any]
    saved: Document | None = None


@dataclass(frozen=True)
class Chosen:
    """One of a pair: a saved result, by the `version` of simtiny, or a request to be run."""

    name: str
    request: Request | None
    saved: Mapping[str, Any] | None = None
    version: str = ""


@dataclass(frozen=True)
class Pair:
    """Two that are compared. `notes`: what a reader should know of the choice."""

    a: Chosen
    b: Chosen
    notes: tuple[str, ...] = ()


def side(which: str, given: object) -> Side:
    """What is meant by an argument of `simtiny.compare`. `which`: "A" or "B". BadInput where nothing is.

    Text is a path, a board, a benchmark, or words such as "clock=80,kernels=dsp", which may stand behind one of these.
    Else it is a path, a Request, a RunResult, a document or a result as a dictionary, or words as a dictionary.
    """
    if isinstance(given, Request):
        return Side(given.benchmark or which, given.to_dict())
    if hasattr(given, "to_dict") and hasattr(given, "latency_ms"):
        return _of_result(which, given.to_dict())
    if isinstance(given, Mapping):
        if "schema" in given:
            return Side(which, {}, checked(given, which))
        return _of_result(which, given) if "latency_ms" in given else Side(which, _checked_words(dict(given)))
    text = os.fspath(given) if isinstance(given, os.PathLike) else given
    if not isinstance(text, str) or not text:
        raise BadInput(f"{which}: expected a path, a name or words such as clock=80, not {given!r:.60}")
    return _of_text(text, plain_path=isinstance(given, os.PathLike))


def pairs(a: Side, b: Side, benchmarks: Sequence[str], shared: Mapping[str, Any]) -> tuple[Pair, ...]:
    """What is compared with what: one pair a benchmark.

    `benchmarks`: of both sides; without any, those of a saved document, or all where neither side names its work.
    `shared`: words of both sides. BadInput where the two have no benchmark in common.
    """
    given = {name: value for name, value in shared.items() if value is not None and value != () and value != []}
    _without_part(given)
    if a.saved is not None and b.saved is not None:
        if given:
            raise BadInput(f"both results are saved: `{next(iter(given))}` has no effect on them, leave it out")
        return _of_two_documents(a, b, benchmarks)
    if a.saved is not None:
        return tuple(Pair(*two) for two in _of_one_document(a, b, benchmarks, given))
    if b.saved is not None:
        return tuple(Pair(one, other) for other, one in _of_one_document(b, a, benchmarks, given))
    return tuple(Pair(*two) for two in _of_two_requests(a, b, benchmarks, given))


def _of_two_documents(a: Side, b: Side, benchmarks: Sequence[str]) -> tuple[Pair, ...]:
    """By title; a single result of each with each other, whatever they are of."""
    first, second = _chosen(a, benchmarks), _chosen(b, benchmarks)
    if len(first) == len(second) == 1:
        return (Pair(first[0], second[0]),)
    by_title = {_title(each): each for each in second}
    common = [(each, by_title[_title(each)]) for each in first if _title(each) in by_title]
    if not common:
        raise BadInput(
            f"{a.name} and {b.name} hold no result of the same name: {', '.join(map(_title, first))} against "
            f"{', '.join(map(_title, second))}"
        )
    names = {_title(one) for one, _ in common}
    left = [_title(each) for each in (*first, *second) if _title(each) not in names]
    notes = (f"only one of the two holds {', '.join(left)}",) if left else ()
    return tuple(Pair(*two, notes) for two in common)


def _of_one_document(
    saved: Side, live: Side, benchmarks: Sequence[str], shared: Mapping[str, Any]
) -> list[tuple[Chosen, Chosen]]:
    """Each saved result, and a run of the words that it was made by but for those that the other side and both have."""
    named = live.words.get("benchmark")
    results = _chosen(saved, benchmarks)
    if named is not None and len(results) > 1:
        results = [each for each in results if _title(each) == named] or results
        if len(results) > 1:
            raise BadInput(
                f"{saved.name} holds {', '.join(map(_title, results))}: say which one to compare with {named}"
            )
    found = []
    for each in results:
        assert each.saved is not None
        asked = each.saved.get("options")
        base = {name: value for name, value in asked.items() if name in _WORDS} if isinstance(asked, dict) else {}
        others = [name for word, names in _OTHER_WORK.items() if live.words.get(word) for name in names]
        base = {name: value for name, value in base.items() if name not in (*_WITHOUT_PART, *others)}
        found.append((each, Chosen(live.name, request_of(base, shared, live.words))))
    return found


def _of_two_requests(
    a: Side, b: Side, benchmarks: Sequence[str], shared: Mapping[str, Any]
) -> list[tuple[Chosen, Chosen]]:
    """Whichever side does not say what runs on it runs what the other one does, or all benchmarks."""
    work = [side.words.get("benchmark") for side in (a, b)]
    brings = any(side.words.get(name) for side in (a, b) for name in ("image", "model")) or any(
        shared.get(name) for name in ("image", "model")
    )
    names: Sequence[str | None] = benchmarks or ([None] if brings or any(work) else list(TASKS))
    found = []
    for name in names:
        both = {**shared, "benchmark": name} if name else dict(shared)
        fallbacks = [_fallback(side.words, other.words, both) for side, other in ((a, b), (b, a))]
        found.append(
            tuple(
                Chosen(side.name, request_of(fallback, both, side.words))
                for side, fallback in zip((a, b), fallbacks, strict=True)
            )
        )
    return [(one, other) for one, other in found]


def _fallback(own: Mapping[str, Any], other: Mapping[str, Any], both: Mapping[str, Any]) -> dict[str, Any]:
    """What runs on a side that does not say it: what the other side says."""
    names = ("benchmark", "image", "address", "model")
    if any(words.get(name) is not None for words in (own, both) for name in names):
        return {}
    return {name: other[name] for name in names if other.get(name) is not None}


def request_of(*layers: Mapping[str, Any]) -> Request:
    """The request of words in layers, each over those before."""
    found: dict[str, Any] = {}
    for layer in layers:
        given = {name: value for name, value in layer.items() if value is not None}
        for name in given:
            for brought in _BROUGHT.get(name, ()):
                if brought not in given:
                    found.pop(brought, None)
        found |= given
    return Request.from_dict(found)


def _chosen(side: Side, benchmarks: Sequence[str]) -> list[Chosen]:
    """The results of a saved document, or those of some benchmarks."""
    assert side.saved is not None
    found = [Chosen(side.name, None, result, side.saved.version) for result in side.saved.results]
    if not benchmarks:
        return found
    some = [each for each in found if _title(each) in benchmarks]
    if not some:
        held = ", ".join(titles(side.saved.results))
        raise BadInput(f"{side.name} holds no result of {', '.join(benchmarks)}, but of {held}")
    return some


def _title(chosen: Chosen) -> str:
    return str((chosen.saved or {}).get("title", ""))


def _of_result(which: str, result: Mapping[str, Any]) -> Side:
    return Side(which, {}, Document("", [dict(result)]))


def _of_text(text: str, *, plain_path: bool) -> Side:
    """A thing, with words behind it or without, or words alone."""
    if plain_path or is_there(Path(text)) or "=" not in text:
        return _of_thing(text)
    first, *others = text.split(",")
    if "=" in first:
        return Side(text, _of_pieces([first, *others]))
    thing, words = _of_thing(first), _of_pieces(others)
    if thing.saved is not None:
        raise BadInput(f"{text}: a saved result is as it is, leave {', '.join(words)} out")
    return Side(f"{thing.name},{','.join(others)}", {**thing.words, **words})


def _of_thing(text: str) -> Side:
    """A file by the end of its name, a board or a benchmark."""
    path = Path(text)
    suffix = path.suffix.lower()
    if suffix == SAVED:
        return Side(text, {}, read_document(path))
    if word := _WORD_OF_FILE.get(suffix):
        return Side(text, {word: text})
    if text in board_names():
        return Side(text, {"board": text})
    if text in NETWORKS:
        return Side(text, {"benchmark": text})
    if is_file(path):
        ends = ", ".join((SAVED, *_WORD_OF_FILE))
        raise BadInput(f"{text}: can't tell by its name what is in this file: it should end in one of {ends}")
    near = did_you_mean(text, (*board_names(), *NETWORKS))
    raise BadInput(f"{text}: no board, no benchmark, no file and no words such as clock=80{near}")


def _of_pieces(pieces: Sequence[str]) -> dict[str, Any]:
    """The words of `key=value` pieces, by the names of the command line or of Python."""
    found: dict[str, Any] = {}
    kinds = get_type_hints(Request)
    names = {option.removeprefix("--"): name for name, option in OPTIONS.items() if name in _WORDS}
    for piece in pieces:
        key, equals, value = piece.partition("=")
        key = key.strip().removeprefix("--")
        word = names.get(key.lower().replace("_", "-"), key if key in _WORDS else None)
        if word is None or not equals:
            known = (*(name for name in names if name.islower()), "benchmark")
            shape = "" if equals else ", and no key=value"
            raise BadInput(
                f"{piece}: unknown word {key!r}{shape}{did_you_mean(key, known)}: known are {', '.join(known)}"
            )
        if not value.strip():
            raise BadInput(f"{piece}: there is nothing behind the equals sign")
        value = value.strip()
        read = _megahertz(value) if word == "clock_hz" and key != word else _read(word, kinds[word], value)
        if word in found and not isinstance(read, tuple):
            raise BadInput(f"{key} is given twice: {piece}")
        found[word] = (*found.get(word, ()), *read) if isinstance(read, tuple) else read
    _without_part(found)
    return found


def _read(word: str, kind: Any, value: str) -> Any:
    """The value of a word as the command line takes it: on or off, numbers with or without a unit."""
    kinds = getattr(kind, "__args__", (kind,))
    if word == "address":
        return _whole(word, value, 0)
    if bool in kinds:
        if value.lower() not in ("on", "off"):
            raise BadInput(f"`{word}` {value}: expected on or off")
        return value.lower() == "on"
    if int in kinds:
        return _whole(word, value, 10)
    if float in kinds:
        return _number(word, value.lower().removesuffix("v").strip() if word == "supply_v" else value)
    return (value,) if str(kind).startswith("tuple") else value


def _megahertz(value: str) -> float:
    return _number("clock_hz", value.lower().removesuffix("mhz").strip()) * 1e6


def _number(word: str, value: str) -> float:
    try:
        return parameters.number(word, float(value))
    except ValueError:
        raise BadInput(f"`{word}` {value}: expected a number") from None


def _whole(word: str, value: str, base: int) -> int:
    try:
        return int(value, base)
    except ValueError:
        raise BadInput(f"`{word}` {value}: expected a whole number") from None


def _checked_words(words: dict[str, Any]) -> dict[str, Any]:
    Request.from_dict(words)  # says what it does not know
    _without_part(words)
    return words


def _without_part(words: Mapping[str, Any]) -> None:
    for name in _WITHOUT_PART:
        if words.get(name):
            raise BadInput(f"`{name}`: leave that out, as what it tries stands beside a run and is no part of it")
