"""Every JSON document has what its schema says, and nothing that the schema does not know."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import simtiny
from simtiny.cli import main
from simtiny.errors import BadInput
from simtiny.report.document import calibration_document, crosscheck_document, run_document
from simtiny.report.schema import DOCUMENTS, json_schema
from simtiny.validation.result import CrossCheck
from tests.calibration.test_overlay import calibration
from tests.report.test_crosscheck import result as checked  # noqa: F401
from tests.report.test_report import RESULT


def closed(schema: Any) -> Any:
    """The schema as it would be if no field could be added: what it does not list is an error."""
    if isinstance(schema, dict):
        inner = {key: closed(value) for key, value in schema.items()}
        return {**inner, "additionalProperties": False} if "properties" in schema else inner
    return [closed(each) for each in schema] if isinstance(schema, list) else schema


def errors(name: str, document: Any) -> list[str]:
    assert document["schema"] == f"simtiny.{name}/1"
    return [error.message for error in Draft202012Validator(closed(json_schema(name))).iter_errors(document)]


def written(document: Any) -> Any:
    from simtiny.cli.outputs import json_text

    return json.loads(json_text(document))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_is_a_schema(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Draft202012Validator.check_schema(json_schema(name))
    assert main(["schema", name]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema(name)


def test_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadInput, match=r"unknown document 'runs' \(did you mean run\?\): choose from run, accuracy"):
        json_schema("runs")
    assert main(["schema", "runs"]) == 2


def runs() -> Iterator[list[str]]:
    yield ["ad01"]
    yield ["ad01", "--board", "nucleo-g0b1re"]  # without energy
    yield ["ad01", "--period", "1", "--sleep", "stop2", "--supply", "3"]
    yield ["ad01", "--cache", "4K/2"]
    yield ["ad01", "--clock", "80", "--kernels", "portable"]
    yield ["ad01", "--function", "timestamp"]


@pytest.mark.parametrize("arguments", [*runs()])
def test_runs(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *arguments, "--json"]) == 0
    assert errors("run", json.loads(capsys.readouterr().out)) == []


def test_hand_made_results() -> None:
    bare = replace(RESULT, energy=None, macs=None, stopwatch_us=None, layers=(), benchmark=None)
    assert errors("run", written(run_document([RESULT, bare]))) == []


def test_what_is_missing_or_unknown_is_an_error() -> None:
    document = written(run_document([RESULT]))
    (result,) = document["results"]
    less = {key: value for key, value in result.items() if key != "identity"}
    assert errors("run", {**document, "results": [less]}) == ["'identity' is a required property"]
    (message,) = errors("run", {**document, "results": [{**result, "more": 1}]})
    assert "'more' was unexpected" in message
    assert not list(Draft202012Validator(json_schema("run")).iter_errors({**document, "more": 1}))  # may come


def test_cross_check_and_calibration(checked: CrossCheck) -> None:  # noqa: F811
    assert errors("crosscheck", written(crosscheck_document(checked))) == []
    assert errors("calibration", written(calibration_document("nucleo-l4r5zi", calibration("nucleo-l4r5zi")))) == []


def test_boards(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["boards", "--json"]) == 0
    assert errors("boards", json.loads(capsys.readouterr().out)) == []
    for board in simtiny.boards():
        assert main(["boards", "show", board.id, "--json"]) == 0
        assert errors("board", json.loads(capsys.readouterr().out)) == []


def test_the_same_input_gives_the_same_document(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    def document(*arguments: str) -> bytes:
        assert main(["run", "ad01", "--json", *arguments]) == 0
        return capfdbinary.readouterr().out

    first, then = document("--fresh"), document()
    assert document("--fresh") == first
    assert then == first.replace(b'"stored": false', b'"stored": true')


def test_what_went_in_is_told_apart() -> None:
    one, same = simtiny.run("ad01"), simtiny.run("ad01", clock_hz=80e6)
    assert one.identity == same.identity and one.options != same.options
    other = [
        simtiny.run("ad01", kernels="portable").identity,
        simtiny.run("ad01", board="nucleo-u575zi-q").identity,
        simtiny.run("kws01").identity,
    ]
    differing = [
        {name for name, value in asdict(each).items() if value != getattr(one.identity, name)} for each in other
    ]
    assert differing == [
        {"image_sha256", "plan_sha256"},
        {"image_sha256", "board_sha256"},
        {"plan_sha256", "input_sha256"},
    ]


def test_a_result_as_a_dictionary_is_that_of_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    result = simtiny.run("ad01")
    assert main(["run", "ad01", "--json"]) == 0
    (printed,) = json.loads(capsys.readouterr().out)["results"]
    assert {**result.to_dict(), "stored": True} == printed
