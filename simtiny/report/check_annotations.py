"""A check as GitHub's workflow commands: annotations of a pull request, at the line of what explains a failure."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from posixpath import normpath

from simtiny.gate.result import MISSING, Cause, Checked, CheckResult
from simtiny.report.check_words import OUTCOME_WORDS, cause_words, metric_words, one_line, sentence

MOST_ANNOTATIONS = 10
"""GitHub shows so many of a kind of one step."""
_MOST_TITLE, _MOST_MESSAGE = 120, 2000
_CAUSES_TOLD = 3


def check_annotations(result: CheckResult, workspace: str = "") -> bytes:
    """An error a request that fails, a warning for what is missing without failing it: at most ten of each.

    workspace: the folder of the checkout, which names of source files are cut down to.
    """
    errors = list(_errors(result, workspace))
    missing = list(_missing(result))
    return "".join([*_at_most_ten(errors, "error"), *_at_most_ten(missing, "warning")]).encode()


def _errors(result: CheckResult, workspace: str) -> Iterator[str]:
    for checked in result.checked:
        if not checked.passed:
            words = [sentence(metric) for metric in checked.metrics if metric.fails]
            words += [checked.words] if checked.words else []
            words += [cause_words(cause) for cause in checked.causes[:_CAUSES_TOLD]]
            yield _command("error", _title(checked), "\n".join(words), _place(checked, workspace))


def _missing(result: CheckResult) -> Iterator[str]:
    for checked in result.checked:
        for metric in checked.metrics:
            if metric.outcome == MISSING and not metric.fails:
                yield _command("warning", _title(checked), f"{metric_words(metric)}: {OUTCOME_WORDS[MISSING]}")
    for name in result.gone:
        yield _command("warning", "simtiny check", f"{name} is in the baseline and was not asked for")


def _at_most_ten(commands: list[str], kind: str) -> list[str]:
    if len(commands) <= MOST_ANNOTATIONS:
        return commands
    kept = commands[: MOST_ANNOTATIONS - 1]
    return [*kept, _command(kind, "simtiny check", f"and {len(commands) - len(kept):,} more: see the report")]


def _title(checked: Checked) -> str:
    return f"simtiny check: {one_line(checked.name, _MOST_TITLE)}"


def _place(checked: Checked, workspace: str) -> dict[str, str]:
    """Of the first cause that has a line, which must be in the checkout to be shown there."""
    for cause in checked.causes:
        if cause.file and cause.line > 0:
            return {"file": _in_checkout(cause, workspace), "line": str(cause.line)}
    return {}


def _in_checkout(cause: Cause, workspace: str) -> str:
    path = PurePosixPath(normpath(cause.file))
    return str(path.relative_to(workspace) if workspace and path.is_relative_to(workspace) else path)


def _command(kind: str, title: str, message: str, place: dict[str, str] | None = None) -> str:
    properties = {**(place or {}), "title": title}
    said = ",".join(f"{name}={_property(one_line(value, _MOST_MESSAGE))}" for name, value in properties.items())
    lines = [one_line(line, _MOST_MESSAGE) for line in message.split("\n")]
    return f"::{kind} {said}::{_data(chr(10).join(lines)[:_MOST_MESSAGE])}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
