"""The configuration of `simtiny check`: `simtiny.toml`, or `[tool.simtiny]` of pyproject.toml."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simtiny.board_file import PLATFORM_FILE
from simtiny.comparison.sides import request_of, side
from simtiny.errors import BadInput, did_you_mean
from simtiny.files import is_file, is_there
from simtiny.gate.limits import Limits, limits_of, table_of
from simtiny.request import Request
from simtiny.toml_file import no_number, read_table

FILE = "simtiny.toml"
PROJECT_FILE = "pyproject.toml"
BASELINE_FILE = "simtiny-baseline.json"
NO_BASELINE = "none"
"""In place of a baseline's file: only maxima count."""
MOST_BYTES = 1 << 20
MOST_NAME = 500
"""Letters of a request's name: it goes into files of formats that bound it, too."""
_KEYS = ("baseline", "data", "requests", "limits")
_WITHOUT_EFFECT = ("caches", "sequence", "period_s", "sleep")
"""Words of a request that change none of the figures which are checked."""


@dataclass(frozen=True)
class Asked:
    """What is checked. name: in the baseline and in reports. words: of a `Request`, with paths as they are opened."""

    name: str
    words: Mapping[str, Any]
    limits: Limits


@dataclass(frozen=True)
class Configuration:
    """What a file says. path: None without one. baseline: a file, None for NO_BASELINE. limits: of other requests."""

    path: Path | None = None
    baseline: Path | None = Path(BASELINE_FILE)
    data: Path | None = None
    requests: tuple[Asked, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def named(self, name: str) -> Asked | None:
        """The request of this name, None where there is none."""
        return next((each for each in self.requests if each.name == name), None)


def find(folder: Path) -> Path | None:
    """The file that a folder has: simtiny.toml, else a pyproject.toml with a table `[tool.simtiny]`."""
    own, project = folder / FILE, folder / PROJECT_FILE
    if is_there(own):
        return own
    if is_file(project) and _table(project) is not None:
        return project
    return None


def read_configuration(path: Path) -> Configuration:
    """What a file says. Paths in it are relative to it. BadInput for anything that is not known or not allowed."""
    found = _table(path)
    if found is None:
        raise BadInput(f"configuration {path}: there is no table [tool.simtiny] in it")
    where, table = f"configuration {path}:", table_of(found, f"configuration {path}: tool.simtiny")
    if problem := no_number(table):
        raise BadInput(f"{where} {problem}")
    for key in table:
        if key not in _KEYS:
            raise BadInput(
                f"{where} unknown key {key!r:.60}{did_you_mean(key[:60], _KEYS)}: known are {', '.join(_KEYS)}"
            )
    shared = limits_of(table.get("limits", {}), f"{where} limits")
    asked = table_of(table.get("requests", {}), f"{where} requests")
    baseline = _path(table, "baseline", where) or BASELINE_FILE
    data = _path(table, "data", where)
    return Configuration(
        path=path,
        baseline=None if baseline == NO_BASELINE else path.parent / baseline,
        data=None if data is None else path.parent / data,
        requests=tuple(_asked(name, given, path, shared) for name, given in asked.items()),
        limits=shared,
    )


def check_name(name: str, where: str) -> str:
    """The name of a request. BadInput for one that a line of a report can't hold."""
    if not name.strip() or len(name) > MOST_NAME or not name.isprintable():
        raise BadInput(f"{where}: a request's name has 1 to {MOST_NAME} letters, none of them a control: {name!r:.60}")
    return name


def check_words(words: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Words of a request that is measured. BadInput for those without effect, or where nothing says what runs."""
    try:
        found = Request.from_dict(words)
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from error
    for name in _WITHOUT_EFFECT:
        if getattr(found, name):
            raise BadInput(f"{where}: `{name}` changes nothing that is checked: leave it out")
    if found.benchmark is None and found.image is None and found.model is None:
        raise BadInput(f"{where}: say what runs: a benchmark, an `image` or a `model`")
    return dict(words)


def placed(words: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Words with their paths, which are relative to `folder`, as this process opens them."""
    return {name: str(folder / value) if is_path(name, value) else value for name, value in words.items()}


def is_path(word: str, value: object) -> bool:
    """Whether a word of a request names a file."""
    return isinstance(value, str) and (
        word in ("image", "model") or (word == "board" and value.endswith(PLATFORM_FILE))
    )


def _table(path: Path) -> Any:
    """What a file says of simtiny, None where a pyproject.toml says nothing."""
    table = read_table(path, "configuration", MOST_BYTES)
    if path.name != PROJECT_FILE:
        return table
    tool = table.get("tool", {})
    return tool.get("simtiny") if isinstance(tool, Mapping) else None


def _path(table: Mapping[str, Any], key: str, where: str) -> str | None:
    given = table.get(key)
    if given is not None and (not isinstance(given, str) or not given or "\0" in given):
        raise BadInput(f"{where} {key}: expected the path of a file, not {given!r:.60}")
    return given


def _asked(name: str, given: object, path: Path, shared: Limits) -> Asked:
    where = f"configuration {path}: request {name!r:.80}"
    check_name(name, where)
    if isinstance(given, str):
        return Asked(name, placed(check_words(_of_text(given, where), where), path.parent), shared)
    table = dict(table_of(given, where))
    own = table.pop("limits", None)
    limits = shared
    if own is not None:
        own_limits = limits_of(own, f"{where} limits", shared.missing)
        limits = own_limits.over(shared, own.get("missing"))
    return Asked(name, placed(check_words(table, where), path.parent), limits)


def _of_text(text: str, where: str, names: Sequence[str] = ()) -> Mapping[str, Any]:
    try:
        found = side(where, text)
    except BadInput as error:
        raise BadInput(f"{where}: {error}{did_you_mean(text, names)}") from error
    if found.saved is not None:
        raise BadInput(f"{where}: {text} is a saved result, and a check runs the firmware")
    return found.words


def of_arguments(arguments: tuple[str, ...], shared: Mapping[str, Any], configured: Configuration) -> tuple[Asked, ...]:
    """What the arguments ask for: names of the configuration, or what `simtiny compare` takes as a side.

    `shared`: words of all, over those of the configuration. BadInput for a name that is asked twice.
    """
    found = []
    for text in arguments:
        check_name(text, "request")
        known = configured.named(text)
        words = known.words if known else _of_text(text, "request", [each.name for each in configured.requests])
        both = (request_of(words, shared) if known else request_of(shared, words)).to_dict()
        found.append(Asked(text, check_words(both, text), known.limits if known else configured.limits))
    names = [each.name for each in found]
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"{name} is asked for twice")
    return tuple(found)
