"""`simtiny.check`, but for running: what is asked for, what it is compared with, and what becomes of the baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simtiny.comparison.sides import request_of
from simtiny.errors import BadInput
from simtiny.files import write_whole
from simtiny.gate.baseline import exists, read_baseline, written
from simtiny.gate.causes import located
from simtiny.gate.configuration import (
    NO_BASELINE,
    Asked,
    Configuration,
    check_name,
    check_words,
    find,
    of_arguments,
    read_configuration,
)
from simtiny.gate.figures import Figures, figures_of, refusal
from simtiny.gate.judge import judged
from simtiny.gate.result import Checked, CheckResult
from simtiny.image_load import load
from simtiny.mlperf.tasks import TASKS
from simtiny.request import Request
from simtiny.version import __version__

_WORK = ("benchmark", "image", "model")


@dataclass(frozen=True)
class Piece:
    """A run. stack: whether the stack is watched, too. data: the folder of an accuracy that is asked for, too."""

    request: Request
    stack: bool = False
    data: Path | None = None


@dataclass(frozen=True)
class Found:
    """What a run gave. result: as JSON has it. data_sha256: of the data of the accuracy. None: not known."""

    result: Mapping[str, Any]
    stack_bytes: int | None = None
    accuracy: float | None = None
    data_sha256: str | None = None


@dataclass(frozen=True)
class Plan:
    """What is to be done. baseline: the file, None without one. stored: what is in it; empty where it is not there.

    base: of each request the one of the older image that it is compared with, in their order; empty without one.
    data: the folder of the accuracy.
    """

    asked: tuple[Asked, ...]
    baseline: Path | None
    stored: Mapping[str, Figures]
    base: tuple[Request, ...]
    base_image: Path | None
    data: Path | None
    update: bool

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What is run, in the order of `asked`, then of `base`. What costs more than a run is done where it counts."""
        asked = [(each, Request.from_dict(each.words)) for each in self.asked]
        both = [*asked, *zip(self.asked, self.base, strict=False)]
        return tuple(
            Piece(request, "stack" in each.limits.metrics, self.data if _is_scored(each, request) else None)
            for each, request in both
        )


def plan(
    arguments: Sequence[str],
    words: Mapping[str, Any],
    *,
    config: Path | None,
    baseline: Path | None,
    base_image: Path | None,
    data: Path | None,
    update: bool,
) -> Plan:
    """What the parameters of `simtiny.check` ask for. BadInput for what is missing or contradicts itself."""
    path = config or find(Path())
    configured = read_configuration(path) if path else Configuration()
    if base_image is not None and (baseline is not None or update):
        raise BadInput("`base_image` takes the place of a baseline: leave `baseline` and `update` out")
    file = _baseline_file(baseline, configured)
    if base_image is not None:
        file = None
    elif update and file is None:
        raise BadInput("there is no baseline to `update`: name its file as `baseline`")
    stored = read_baseline(file) if file is not None and exists(file) else {}
    given = {name: value for name, value in words.items() if value is not None and value not in ((), [])}
    asked = _asked(arguments, given, configured, stored)
    if file is not None and not exists(file) and not update:
        raise BadInput(
            f"there is no baseline {file} yet: write one by `update` and commit it, or name one as `baseline`"
        )
    base = () if base_image is None else tuple(_with_image(each, base_image) for each in asked)
    return Plan(asked, file, stored, base, base_image, data or configured.data, update)


def concluded(todo: Plan, found: Sequence[Found], base: Sequence[Found]) -> CheckResult:
    """What was found comes to, of `todo.asked` and `todo.base` in their order. Writes the baseline for an update.

    BadInput where a result can't be compared with its baseline.
    """
    now = [_figures(each, one) for each, one in zip(todo.asked, found, strict=True)]
    then: list[Figures | None] = [todo.stored.get(each.name) for each in todo.asked]
    if todo.base:
        then = [_figures(each, one) for each, one in zip(todo.asked, base, strict=True)]
    checked = tuple(
        _checked(todo, each, *figures, one.result)
        for each, figures, one in zip(todo.asked, zip(now, then, strict=True), found, strict=True)
    )
    names = [each.name for each in todo.asked]
    if todo.update and todo.baseline is not None:
        entries = {**todo.stored, **dict(zip(names, now, strict=True))}
        try:
            write_whole(todo.baseline, written(entries, todo.baseline.parent))
        except OSError as error:
            raise BadInput(f"cannot write {todo.baseline}: {error.strerror or error}") from None
    gone = tuple(name for name in todo.stored if name not in names)
    source = todo.base_image or todo.baseline
    return CheckResult(checked, None if source is None else str(source), todo.update, gone, __version__)


def _is_scored(asked: Asked, request: Request) -> bool:
    """Whether an accuracy is asked for, of work that has one."""
    return "accuracy" in asked.limits.metrics and request.benchmark in TASKS and request.bounds is None


def _figures(asked: Asked, found: Found) -> Figures:
    more = {"stack": found.stack_bytes, "accuracy": found.accuracy}
    return figures_of(found.result, asked.words, more, found.data_sha256)


def _checked(todo: Plan, asked: Asked, now: Figures, then: Figures | None, result: Mapping[str, Any]) -> Checked:
    notes: tuple[str, ...] = ()
    why = None if then is None else refusal(then, now)
    if why and not todo.update:
        what = f"{todo.base_image or todo.baseline}: {asked.name} is {why}"
        raise BadInput(
            f"{what}: not compared; " + ("" if todo.base else "write it anew by `update`, or ask for the same")
        )
    if why:
        then, notes = None, (f"not compared with what was there, which is {why}",)
    elif then is None and todo.baseline is not None and not todo.update:
        notes = ("not in the baseline: add it by `update`",)
    found = judged(asked.name, now, then, asked.limits, result, notes)
    if not found.causes or "image" not in asked.words:
        return found
    image = load(Path(asked.words["image"]), address=asked.words.get("address"))
    return replace(found, causes=located(found.causes, image))


def _baseline_file(given: Path | None, configured: Configuration) -> Path | None:
    if given is None:
        return configured.baseline
    return None if str(given) == NO_BASELINE else given


def _asked(
    arguments: Sequence[str], words: Mapping[str, Any], configured: Configuration, stored: Mapping[str, Figures]
) -> tuple[Asked, ...]:
    """What the arguments say, else the words alone, else the configuration, else the baseline, else all benchmarks."""
    if arguments:
        return of_arguments(tuple(arguments), words, configured)
    if any(name in words for name in _WORK):
        request = request_of(words)
        return (Asked(_name_of(request), check_words(request.to_dict(), "request"), configured.limits),)
    limits = configured.limits
    known = configured.requests or tuple(Asked(name, of.options, limits) for name, of in stored.items())
    if known:
        return tuple(
            Asked(each.name, check_words(request_of(each.words, words).to_dict(), each.name), each.limits)
            for each in known
        )
    return tuple(Asked(name, request_of(words, {"benchmark": name}).to_dict(), limits) for name in TASKS)


def _name_of(request: Request) -> str:
    """What an argument for the same would be."""
    thing = request.image or request.model or request.benchmark
    window = {"function": request.function, "from": request.start, "to": request.end}
    return check_name(",".join([str(thing), *(f"{key}={name}" for key, name in window.items() if name)]), "request")


def _with_image(asked: Asked, image: Path) -> Request:
    if "image" not in asked.words:
        raise BadInput(f"`base_image` takes the place of an image, and {asked.name} has none: leave it out")
    return Request.from_dict({**asked.words, "image": image})
