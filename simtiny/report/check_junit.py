"""A check as JUnit XML, which every CI system reads. Valid by Jenkins' schema (junit-10.xsd of its xunit plugin)."""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from simtiny.gate.result import MISSING, Checked, CheckResult, Metric
from simtiny.report.check_words import cause_words, distinct, figure, one_line, place, sentence

_MOST_NAME, _MOST_TEXT = 1000, 4000
_CAUSES_TOLD = 20
_HASHES = ("image_sha256", "model_sha256", "plan_sha256", "input_sha256", "board_sha256")


def check_junit(result: CheckResult, name: str = "") -> bytes:
    """A suite a request, a test case a figure of it. `name`: what the check is called where there are several.

    No time is given: how long the check took is another thing in every run, and the same check is the same file.
    """
    called = f"simtiny check {one_line(name, _MOST_NAME)}".rstrip()
    root = Element("testsuites", {"name": called, **_totals(result.checked)})
    names = distinct(one_line(checked.name, _MOST_NAME) or "unnamed" for checked in result.checked)
    for suite_name, checked in zip(names, result.checked, strict=True):
        suite = SubElement(root, "testsuite", {"name": suite_name, **_totals((checked,)), "skipped": _skipped(checked)})
        properties = SubElement(suite, "properties")
        for key, value in _properties(result, checked):
            SubElement(properties, "property", {"name": key, "value": one_line(value, _MOST_TEXT)})
        cases = distinct(one_line(metric.name, _MOST_NAME) or "unnamed" for metric in checked.metrics)
        for case_name, metric in zip(cases, checked.metrics, strict=True):
            case = SubElement(suite, "testcase", {"classname": f"simtiny.{suite_name}", "name": case_name})
            _outcome(case, checked, metric)
    indent(root)
    declaration = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    return declaration + tostring(root, encoding="unicode").encode() + b"\n"


def _totals(checked: tuple[Checked, ...]) -> dict[str, str]:
    metrics = [metric for each in checked for metric in each.metrics]
    return {"tests": str(len(metrics)), "failures": str(sum(metric.fails for metric in metrics)), "errors": "0"}


def _skipped(checked: Checked) -> str:
    return str(sum(_is_skipped(metric) for metric in checked.metrics))


def _is_skipped(metric: Metric) -> bool:
    return metric.outcome == MISSING and not metric.fails


def _outcome(case: Element, checked: Checked, metric: Metric) -> None:
    message = one_line(sentence(metric), _MOST_TEXT)
    if metric.fails:
        failure = SubElement(case, "failure", {"type": metric.outcome, "message": message})
        told = [checked.words, *(f"{cause_words(cause)} {place(cause)}" for cause in checked.causes[:_CAUSES_TOLD])]
        failure.text = "\n".join(one_line(line, _MOST_TEXT) for line in told if line)
    elif _is_skipped(metric):
        SubElement(case, "skipped", {"message": message})
    else:
        SubElement(case, "system-out").text = message


def _properties(result: CheckResult, checked: Checked) -> Iterator[tuple[str, str]]:
    """What was checked: versions, board and hashes; then value, baseline and interval of each figure."""
    yield "simtiny", result.version
    yield "board", checked.board
    identity = checked.result.get("identity")
    if isinstance(identity, Mapping):
        for key in _HASHES:
            if identity.get(key):
                yield key, str(identity[key])
    for metric in checked.metrics:
        name = one_line(metric.name, _MOST_NAME) or "unnamed"
        yield name, figure(metric.value, metric.unit)
        if metric.baseline is not None:
            yield f"{name} baseline", figure(metric.baseline, metric.unit)
        if metric.low is not None and metric.high is not None:
            yield f"{name} interval", f"{figure(metric.low, metric.unit)} to {figure(metric.high, metric.unit)}"
