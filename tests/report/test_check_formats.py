"""The files of a check for other programs, each read as these read it."""

import json
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from simtiny.report.check_annotations import check_annotations
from simtiny.report.check_bencher import check_bencher
from simtiny.report.check_benchmark_action import check_benchmark_action
from simtiny.report.check_junit import check_junit
from simtiny.report.check_openmetrics import check_openmetrics
from simtiny.report.check_words import distinct
from tests.report.checks import ALL, CAUSES, EMPTY, HOSTILE, LARGE, REGRESSION, STRANGE, checked, metric, result

FIGURES = {"regression": 9, "empty": 0, "strange": len(HOSTILE) * (1 + len(HOSTILE)), "large": 5_000}
"""Those that have a value."""
BENCHMARK_ACTION = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "unit", "value"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "unit": {"type": "string"},
            "value": {"type": "number"},
            "range": {"type": "string"},
            "extra": {"type": "string"},
        },
    },
}
"""What its documentation says of `customSmallerIsBetter`."""
_VALUES = {"type": "object", "required": ["value"], "additionalProperties": False}
_NUMBERS = {name: {"type": "number"} for name in ("value", "lower_value", "upper_value")}
BENCHER = {"type": "object", "additionalProperties": {"additionalProperties": {**_VALUES, "properties": _NUMBERS}}}
"""bmf.json of Bencher, and that nothing else may be there."""


@pytest.mark.parametrize("name", ALL)
def test_benchmark_action_has_a_row_a_figure(name: str) -> None:
    rows = json.loads(check_benchmark_action(ALL[name]))
    jsonschema.validate(rows, BENCHMARK_ACTION)
    assert len(rows) == FIGURES[name]
    assert len({row["name"] for row in rows}) == len(rows)


def test_benchmark_action_turns_round_of_what_more_is_better() -> None:
    rows = {row["name"]: row for row in json.loads(check_benchmark_action(REGRESSION))}
    assert rows["kws01 latency"] == {
        "name": "kws01 latency",
        "unit": "ms",
        "value": 50.5,
        "range": "46.25 ms to 54.50 ms",
        "extra": "board nucleo-l4r5zi\nbaseline 50.00 ms\nlimit +0.5 %, at least 100 cycles\nlimit at most 100 ms",
    }
    assert rows["kws01 1 - accuracy"]["value"] == 0.125
    only = metric("accuracy", unit="correct", value=9.0, bigger_is_better=True)
    assert json.loads(check_benchmark_action(result(checked("x", only)))) == []


@pytest.mark.parametrize("name", ALL)
def test_bencher_has_a_benchmark_a_request_and_part(name: str) -> None:
    document = json.loads(check_bencher(ALL[name]))
    jsonschema.validate(document, BENCHER)
    assert all(1 <= len(benchmark) <= 1024 for benchmark in document)
    assert all(re.fullmatch(r"[a-z0-9-]{1,64}", measure) for measures in document.values() for measure in measures)


def test_bencher_has_nanoseconds_and_the_interval() -> None:
    document = json.loads(check_bencher(REGRESSION))
    assert document["kws01"] == {
        "latency": {"value": 50_500_000.0, "lower_value": 46_250_000.0, "upper_value": 54_500_000.0},
        "cycles": {"value": 1030.0},
        "flash-bytes": {"value": 53_369.0},
        "ram-bytes": {"value": 26_000.0},
        "accuracy": {"value": 0.875},
    }
    assert document["kws01 / matmul"] == {"latency": {"value": 500_000.0}}
    assert document["my app"]["energy-nj"] == {"value": 1_500_000.0}
    assert "stack-bytes" not in document["my app"]


def test_no_benchmark_of_bencher_hides_another() -> None:
    assert len(json.loads(check_bencher(LARGE))) == 5_000
    assert len(json.loads(check_bencher(STRANGE))) == len(HOSTILE) ** 2


def test_names_are_told_apart_within_their_length() -> None:
    assert distinct(["a", "b", "a", "a (2)", "a"]) == ["a", "b", "a (2)", "a (2) (2)", "a (3)"]
    assert distinct(["x" * 9, "x" * 8, "x" * 7], 6) == ["xxxxxx", "xx (2)", "xx (3)"]
    assert len(distinct(["same"] * 20_000)) == 20_000


def families(text: bytes) -> list[Any]:
    parser = pytest.importorskip("prometheus_client.openmetrics.parser")
    return list(parser.text_string_to_metric_families(text.decode()))


@pytest.mark.parametrize("name", ALL)
def test_openmetrics_is_read_by_the_parser_of_prometheus(name: str) -> None:
    found = families(check_openmetrics(ALL[name]))
    assert sum(len(family.samples) for family in found) == FIGURES[name] + 1
    assert found[0].samples[0].value == float(ALL[name].passed)


def test_openmetrics_has_base_units_and_always_so_many_digits() -> None:
    text = check_openmetrics(REGRESSION).decode()
    assert text.splitlines() == [
        "# TYPE simtiny_check_passed gauge",
        "simtiny_check_passed 0",
        "# TYPE simtiny_latency_seconds gauge",
        "# UNIT simtiny_latency_seconds seconds",
        'simtiny_latency_seconds{request="kws01",board="nucleo-l4r5zi"} 0.050500000',
        'simtiny_latency_seconds{request="kws01",board="nucleo-l4r5zi",part="matmul"} 0.000500000',
        "# TYPE simtiny_cycles gauge",
        "# UNIT simtiny_cycles cycles",
        'simtiny_cycles{request="kws01",board="nucleo-l4r5zi"} 1030',
        "# TYPE simtiny_flash_bytes gauge",
        "# UNIT simtiny_flash_bytes bytes",
        'simtiny_flash_bytes{request="kws01",board="nucleo-l4r5zi"} 53369',
        'simtiny_flash_bytes{request="my app",board="nucleo-l4r5zi"} 90000',
        "# TYPE simtiny_ram_bytes gauge",
        "# UNIT simtiny_ram_bytes bytes",
        'simtiny_ram_bytes{request="kws01",board="nucleo-l4r5zi"} 26000',
        'simtiny_ram_bytes{request="my app",board="nucleo-l4r5zi"} 9000',
        "# TYPE simtiny_accuracy_ratio gauge",
        "# UNIT simtiny_accuracy_ratio ratio",
        'simtiny_accuracy_ratio{request="kws01",board="nucleo-l4r5zi"} 0.875000',
        "# TYPE simtiny_energy_joules gauge",
        "# UNIT simtiny_energy_joules joules",
        'simtiny_energy_joules{request="my app",board="nucleo-l4r5zi"} 0.001500000000',
        "# EOF",
    ]


def test_openmetrics_labels_are_the_names() -> None:
    found = {family.name: family for family in families(check_openmetrics(STRANGE))}
    requests = [sample.labels["request"] for sample in found["simtiny_latency_seconds"].samples]
    assert requests[:2] == ["a;b", "<script>alert(1)</script>"]
    assert '\\" quoted \\n {label="x"} 100% $(id) ${{ github.token }}' in requests
    assert len(set(requests)) == len(HOSTILE)


@pytest.mark.parametrize("name", ALL)
def test_junit_has_a_suite_a_request_and_a_case_a_figure(name: str) -> None:
    root = ElementTree.fromstring(check_junit(ALL[name], "x" * 10_000))
    shape(root)
    cases = list(root.iter("testcase"))
    assert len(cases) == int(root.attrib["tests"]) == sum(len(each.metrics) for each in ALL[name].checked)
    assert len(list(root.iter("failure"))) == int(root.attrib["failures"])
    assert len({(case.attrib["classname"], case.attrib["name"]) for case in cases}) == len(cases)


def shape(root: ElementTree.Element) -> None:
    """What Jenkins' schema says of each element: its children, and the attributes that it must and may have."""
    rules = {
        "testsuites": ({"testsuite"}, set(), {"name", "time", "tests", "failures", "errors"}),
        "testsuite": (
            {"properties", "testcase", "system-out", "system-err"},
            {"name", "tests", "failures", "errors"},
            {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "id", "package"},
        ),
        "properties": ({"property"}, set(), set()),
        "property": (set(), {"name", "value"}, {"name", "value"}),
        "testcase": ({"skipped", "failure", "system-out"}, {"name"}, {"name", "classname", "time", "group"}),
        "failure": (set(), set(), {"type", "message"}),
        "skipped": (set(), set(), {"type", "message"}),
        "system-out": (set(), set(), set()),
    }
    for element in root.iter():
        children, must, may = rules[element.tag]
        assert {child.tag for child in element} <= children
        assert must <= element.attrib.keys() <= may
    assert root.tag == "testsuites"


def test_junit_says_what_fails_and_why() -> None:
    root = ElementTree.fromstring(check_junit(REGRESSION, "firmware"))
    assert root.attrib == {"name": "simtiny check firmware", "tests": "10", "failures": "2", "errors": "0"}
    failure = root.find("testsuite[@name='kws01']/testcase[@name='latency']/failure")
    assert failure is not None and failure.text is not None
    assert failure.attrib["message"] == (
        "latency 50.50 ms, +0.5000 ms (+1.0 %): worse than the baseline allows "
        "(+0.5 %, at least 100 cycles; at most 100 ms)"
    )
    assert failure.text.splitlines()[1] == "function matmul: 900 to 931 cycles src/matmul.c:12"
    skipped = root.find("testsuite[@name='my app']/testcase[@name='stack']/skipped")
    assert skipped is not None and skipped.attrib["message"].startswith("stack -: missing")
    properties = {
        each.attrib["name"]: each.attrib["value"] for each in root.iterfind("testsuite[1]/properties/property")
    }
    assert properties["board_sha256"] == "2" * 64
    assert properties["latency interval"] == "46.25 ms to 54.50 ms"


def test_junit_is_read_by_junitparser() -> None:
    junitparser = pytest.importorskip("junitparser")
    suites = list(junitparser.JUnitXml.fromstring(check_junit(REGRESSION)))
    assert [(suite.name, suite.tests, suite.failures, suite.skipped) for suite in suites] == [
        ("kws01", 6, 1, 0),
        ("my app", 4, 1, 1),
    ]


COMMAND = re.compile(r"::(error|warning) ((?:\w+=[^,:\n\r]*)(?:,\w+=[^,:\n\r]*)*)::([^\n\r]*)\n")
"""A workflow command as the runner reads it: properties end at the second "::"."""


def commands(text: bytes) -> list[tuple[str, dict[str, str], str]]:
    found = COMMAND.findall(text.decode())
    assert len(found) == text.decode().count("\n")
    return [(kind, dict(each.split("=", 1) for each in said.split(",")), message) for kind, said, message in found]


@pytest.mark.parametrize("name", ALL)
def test_annotations_are_at_most_ten_of_a_kind(name: str) -> None:
    kinds = [kind for kind, _, _ in commands(check_annotations(ALL[name]))]
    assert kinds.count("error") <= 10
    assert kinds.count("warning") <= 10
    assert ("error" in kinds) == (not ALL[name].passed)


def test_an_annotation_stands_at_the_line_that_explains_it() -> None:
    found = commands(check_annotations(REGRESSION))
    assert found[0][:2] == ("error", {"file": "src/matmul.c", "line": "12", "title": "simtiny check%3A kws01"})
    assert found[0][2].split("%0A") == [
        "latency 50.50 ms, +0.5000 ms (+1.0 %25): worse than the baseline allows "
        "(+0.5 %25, at least 100 cycles; at most 100 ms)",
        "matmul explains 31 of the 30 cycles that it is slower.",
        "function matmul: 900 to 931 cycles",
        "function main: 100 to 99 cycles",
    ]
    assert [(kind, said["title"]) for kind, said, _ in found[1:]] == [
        ("error", "simtiny check%3A my app"),
        ("warning", "simtiny check%3A my app"),
        ("warning", "simtiny check"),
    ]
    failing = metric(fails=True)
    deep = checked(
        "x", failing, causes=(CAUSES[0].__class__("function", "f", 1, 2, None, None, "/ci/repo/src/f.c", 3),)
    )
    assert commands(check_annotations(result(deep), "/ci/repo"))[0][1]["file"] == "src/f.c"
    assert commands(check_annotations(result(deep), "/ci/rep"))[0][1]["file"] == "/ci/repo/src/f.c"
    built = replace(deep, causes=(replace(deep.causes[0], file="/ci/repo/build/../src/f.c"),))
    assert commands(check_annotations(result(built), "/ci/repo"))[0][1]["file"] == "src/f.c"
    assert check_junit(result(deep)).count(b"function f: 1 to 2 cycles f.c:3") == 1


def test_nothing_to_annotate_is_nothing() -> None:
    assert check_annotations(EMPTY) == b""
