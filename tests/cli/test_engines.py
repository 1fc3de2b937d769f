"""`--engine both` of `simtiny run` and `simtiny crosscheck`."""

import json
from pathlib import Path

import pytest

import simtiny
from simtiny.cli import main
from simtiny.errors import BadInput
from simtiny.renode.find import find


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--engine", "both", "--where"], "--where has no effect with --engine both: leave it out"),
        (["run", "--engine", "both", "--sources"], "--sources has no effect"),
        (["run", "--engine", "both", "--html", "x.html"], "--html has no effect"),
        (["run", "--engine", "both", "--layers", "--json"], "--layers adds to what is printed"),
        (["run", "--engine", "both", "--renode", "nowhere"], "nowhere"),
        (["run", "--engine", "both", "--period", "1"], "--period has no effect on a comparison of engines"),
        (["run", "kws01", "--engine", "both", "--cache", "4K/2"], "--cache"),
        (["run", "kws02", "--engine", "both"], "unknown benchmark 'kws02'"),
        (["crosscheck", "--engine", "both", "--jobs", "2"], "--jobs has no effect"),
        (["crosscheck", "--engine", "both", "--limit", "0"], "--limit"),
        (["crosscheck", "--engine", "both", "--board", "nucleo"], "no results are on record for board 'nucleo'"),
        (["crosscheck", "--engine", "renode"], "--engine both compares"),
        (["crosscheck", "--limit", "2"], "--limit goes with --engine both"),
        (["crosscheck", "--renode", "renode"], "--renode goes with --engine both"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


def test_one_run_is_not_on_both() -> None:
    with pytest.raises(BadInput, match="`engine` both compares two runs"):
        simtiny.run("ad01", engine="both")


@pytest.mark.slow
def test_the_engines_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        find(None)
    except BadInput as error:
        pytest.skip(str(error))
    path = tmp_path / "engines.json"
    assert main(["run", "ad01", "--engine", "both", "--json", str(path)]) == 0
    assert "\nequal\n" in capsys.readouterr().out
    (comparison,) = json.loads(path.read_text())["comparisons"]
    assert (comparison["is_equal"], comparison["same_output"], comparison["unexplained_count"]) == (True, True, 0)
    differing = [row["name"] for row in comparison["rows"] if row["difference"]]
    assert differing in ([], ["firmware's stopwatch us"])
